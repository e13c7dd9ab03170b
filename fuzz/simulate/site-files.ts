import { Random } from './random.ts'

/** The folder that the simulated server serves. */
export const ROOT = '/site'

/** The extensions of compressed files beside the originals, as the server looks for them. */
export const CODING_SUFFIXES = { br: '.br', zstd: '.zst', gzip: '.gz' } as const

/** The server writes an upload to a file with this prefix, and renames the complete file. */
export const TEMPORARY_PREFIX = '.statewire-upload-'

/** Files below `ROOT` to which every kind of change may happen. */
export const CHANGING_FILES: readonly string[] = ['a.js', 'b.png', 'big.bin', 'c.txt', 'd.css']

/** Files below `ROOT` that are only ever replaced, so that a request for them always finds one. */
export const REPLACED_FILES: readonly string[] = ['index.html', 'page.html', 'docs/index.html']

/** Those of the changing files that may be removed. */
export const REMOVABLE_FILES: readonly string[] = ['a.js', 'd.css']

/**
 * Content that follows from a seed: 64 random bytes, repeated. The first byte of each repetition is
 * its number, so that bytes from the wrong position show.
 */
export function contentOf(seed: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(length)
  const random = new Random(seed)
  const blockBytes = Math.min(length, 64)
  for (let at = 0; at < blockBytes; at++) bytes[at] = random.below(256)
  for (let at = blockBytes; at < length; at += blockBytes) {
    bytes.copy(bytes, at, 0, Math.min(blockBytes, length - at))
    bytes[at] = (at / blockBytes) & 0xff
  }
  return bytes
}
