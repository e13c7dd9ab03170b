import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import type { Coding } from '../../response/index.ts'

/** Encodes content off the event loop. Node's zlib and the simulator implement it. */
export interface ContentCoder {
  /** The codings that are available, the most effective first. */
  readonly codings: readonly Coding[]
  compress(bytes: Uint8Array, coding: Coding): Promise<Uint8Array>
}

/** Of 11; above 5, more time does not pay while a client waits. */
const BROTLI_QUALITY = 5
const GZIP_LEVEL = 6

type Compress = (bytes: Uint8Array) => Promise<Uint8Array>

const brotli = promisify(zlib.brotliCompress)
const gzip = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.gzip)
/** Available from Node 22.15. */
const { zstdCompress } = zlib as {
  zstdCompress?: (bytes: Uint8Array, done: (error: Error | null, coded: Uint8Array) => void) => void
}

const coders: ReadonlyMap<Coding, Compress> = new Map<Coding, Compress>([
  [
    'br',
    bytes =>
      brotli(bytes, {
        params: {
          [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
          [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      }),
  ],
  ...(zstdCompress === undefined ? [] : [['zstd', promisify(zstdCompress)] as const]),
  ['gzip', bytes => gzip(bytes, { level: GZIP_LEVEL })],
])

export const nodeContentCoder: ContentCoder = {
  codings: [...coders.keys()],
  async compress(bytes, coding) {
    const compress = coders.get(coding)
    if (compress === undefined) throw new RangeError(`no coder for ${coding}`)
    // zlib returns a view of 16 KiB even for 30 bytes; the copy lets that memory go.
    return new Uint8Array(await compress(bytes))
  },
}
