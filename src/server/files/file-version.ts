import { createHash } from 'node:crypto'
import type { FileStatus } from './file-system.ts'

/**
 * A file that changed less than this before it was looked at may change again without its times
 * telling.
 */
const RECENT_MS = 1000
/** Of a digest: 132 bits, and short enough for a field. */
const DIGEST_CHARACTERS = 22
/** Times up to here are what tools write that keep none: 0, and the 1 of Nix. */
const USELESS_MTIME_NS = 1_000_000_000n

/**
 * What tells one version of a file from all others: its size alone, or its times alone, would lie.
 */
export function versionOf({ device, inode, size, mtimeNs, ctimeNs }: FileStatus): string {
  return [device, inode, size, mtimeNs, ctimeNs].map(figure => figure.toString(36)).join('-')
}

/**
 * Whether what is open still is what it was. It may have lost its name meanwhile, to another file
 * most likely.
 */
export function isUnchanged(before: FileStatus, after: FileStatus): boolean {
  const { size, mtimeNs, ctimeNs, links } = before
  const isSame = after.size === size && after.mtimeNs === mtimeNs
  return isSame && (after.ctimeNs === ctimeNs || after.links < links)
}

/** Whether a file may still be being written, as far as its times tell. */
export function isRecent({ ctimeNs }: FileStatus, nowMs: number): boolean {
  return nowMs - Number(ctimeNs / 1_000_000n) < RECENT_MS
}

/** Milliseconds since 1970; undefined where the file's time says nothing. */
export function lastModifiedMsOf({ mtimeNs }: FileStatus): number | undefined {
  return mtimeNs <= USELESS_MTIME_NS ? undefined : Number(mtimeNs / 1_000_000n)
}

/** What an entity-tag is made of. */
export class Digest {
  readonly #hash = createHash('sha256')

  static of(bytes: Uint8Array | string): string {
    return new Digest().update(bytes).end()
  }

  update(bytes: Uint8Array | string): this {
    this.#hash.update(bytes)
    return this
  }

  end(): string {
    return this.#hash.digest('base64url').slice(0, DIGEST_CHARACTERS)
  }
}
