import type { Coding } from '#src/response/content-coding.js'
import type { ContentCoder } from '#src/server/files/content-coder.js'

const MARKS: Readonly<Record<Coding, number>> = { br: 0x42, zstd: 0x5a, gzip: 0x1f }

/** When and how a piece of work ends: the world decides. */
export type Work = <T>(what: string, subject: string, work: () => T) => Promise<T>

/** A coder whose results can be told again: not a real coding, but one that differs for all inputs. */
export class SimContentCoder implements ContentCoder {
  readonly codings: readonly Coding[]
  readonly #work: Work

  constructor(codings: readonly Coding[], work: Work) {
    this.codings = codings
    this.#work = work
  }

  compress(bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
    return this.#work('compress', coding, () => coded(bytes, coding))
  }
}

/** Half of the bytes, folded over the other half; of what begins with a 7, more than there were: it is not worth it. */
export function coded(bytes: Uint8Array, coding: Coding): Uint8Array {
  const half = bytes[0] === 7 ? bytes.length : (bytes.length + 1) >> 1
  const out = new Uint8Array(half + 2)
  out[0] = MARKS[coding]
  out[1] = bytes.length & 0xff
  for (let at = 0; at < half; at++) out[at + 2] = bytes[at]! ^ ((bytes[at + half] ?? 0) << 1)
  return out
}
