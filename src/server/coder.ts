import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Coding } from '../response/index.ts'

/** Content codings, made off the event loop. The simulator has its own. */
export interface Coder {
  compress(bytes: Uint8Array, coding: Coding): Promise<Uint8Array>
}

const compressGzip = promisify(gzip)

export const systemCoder: Coder = {
  compress(bytes, coding) {
    if (coding !== 'gzip') throw new RangeError(`no coder for ${coding}`)
    return compressGzip(bytes)
  },
}
