import type { Coding } from '#src/response/content-coding.js'
import type { ContentCoder } from '#src/server/files/content-coder.js'
import type { RunOperation } from './sim-operations.ts'

const MARKS: Readonly<Record<Coding, number>> = { br: 0x42, zstd: 0x5a, gzip: 0x1f }

/** Applies a reproducible transformation instead of a real coding. */
export class SimContentCoder implements ContentCoder {
  readonly codings: readonly Coding[]
  readonly #run: RunOperation

  constructor(codings: readonly Coding[], run: RunOperation) {
    this.codings = codings
    this.#run = run
  }

  compress(bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
    return this.#run('compress', coding, () => encode(bytes, coding))
  }
}

/**
 * A mark of the coding and the length, then one half of the bytes combined with the other half.
 * Content that begins with byte 7 does not get smaller, so that the server should send it as it is.
 */
export function encode(bytes: Uint8Array, coding: Coding): Uint8Array {
  const half = bytes[0] === 7 ? bytes.length : (bytes.length + 1) >> 1
  const out = new Uint8Array(half + 2)
  out[0] = MARKS[coding]
  out[1] = bytes.length & 0xff
  for (let at = 0; at < half; at++) out[at + 2] = bytes[at]! ^ ((bytes[at + half] ?? 0) << 1)
  return out
}
