import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import type { Coding } from '../../response/index.ts'

/** Content codings, made off the event loop. The simulator has its own. */
export interface ContentCoder {
  /** Those that can be made here, the one that makes the smallest files first. */
  readonly codings: readonly Coding[]
  compress(bytes: Uint8Array, coding: Coding): Promise<Uint8Array>
}

/** Of 11, 5 is where more time stops paying for an answer that somebody waits for. */
const BROTLI_QUALITY = 5
const GZIP_LEVEL = 6

type Compress = (bytes: Uint8Array) => Promise<Uint8Array>

const brotli = promisify(zlib.brotliCompress)
const gzip = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.gzip)
/** From Node 22.15 on. */
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
    // zlib gives a view of 16 KiB even of 30 bytes: kept, it would hold on to all of them.
    return new Uint8Array(await compress(bytes))
  },
}
