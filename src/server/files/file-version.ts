import { createHash } from 'node:crypto'
import type { FileStatus } from './file-system.ts'

/** A file may change again within this time without a change of its timestamps. */
const RECENT_MS = 1000
/** 132 bits of a digest: short enough for a field. */
const DIGEST_CHARACTERS = 22
/** Modification times up to here are placeholders: 0, and the 1 of Nix. */
const USELESS_MTIME_NS = 1_000_000_000n

/** Identifies a version of a file. Neither its size nor its times alone would. */
export function versionOf({ device, inode, size, mtimeNs, ctimeNs }: FileStatus): string {
  return [device, inode, size, mtimeNs, ctimeNs].map(figure => figure.toString(36)).join('-')
}

/** Whether an open file is unchanged. It may have lost its name meanwhile, to another file. */
export function isUnchanged(before: FileStatus, after: FileStatus): boolean {
  const { size, mtimeNs, ctimeNs, links } = before
  const isSame = after.size === size && after.mtimeNs === mtimeNs
  return isSame && (after.ctimeNs === ctimeNs || after.links < links)
}

/** Whether a file may still be being written, judged by its times. */
export function isRecent({ ctimeNs }: FileStatus, nowMs: number): boolean {
  return nowMs - Number(ctimeNs / 1_000_000n) < RECENT_MS
}

/** Milliseconds since 1970; undefined if the file's time is a placeholder. */
export function lastModifiedMsOf({ mtimeNs }: FileStatus): number | undefined {
  return mtimeNs <= USELESS_MTIME_NS ? undefined : Number(mtimeNs / 1_000_000n)
}

/** The digest that an entity-tag is made of. */
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
