import type { FileStatus } from './file-system.ts'

/** A file may change again within this time without a change of its timestamps. */
const RECENT_MS = 1000
/** Modification times up to here are placeholders: 0, and the 1 of Nix. */
const USELESS_MTIME_NS = 1_000_000_000n

/**
 * Identifies a file and the time of its content. It stays the same for a file that gets another
 * name, mode or owner, and also for one that is rewritten and gets its old mtime and size back: a
 * ctime that changed alone is a reason to read the content again.
 */
export function contentKeyOf({ device, inode, birthtimeNs, size, mtimeNs }: FileStatus): string {
  return [device, inode, birthtimeNs, size, mtimeNs].map(figure => figure.toString(36)).join('-')
}

/** Whether two statuses are of the same version of the same file. */
export function isSameVersion(one: FileStatus, other: FileStatus): boolean {
  return (
    one.inode === other.inode &&
    one.ctimeNs === other.ctimeNs &&
    one.mtimeNs === other.mtimeNs &&
    one.size === other.size &&
    one.device === other.device
  )
}

/** Whether an open file was not written to, unless its mtime was put back. */
export function isUnwritten(before: FileStatus, after: FileStatus): boolean {
  return after.size === before.size && after.mtimeNs === before.mtimeNs
}

/** Whether an open file is unchanged. It may have lost its name meanwhile, to another file. */
export function isUnchanged(before: FileStatus, after: FileStatus): boolean {
  const { ctimeNs, links } = before
  return isUnwritten(before, after) && (after.ctimeNs === ctimeNs || after.links < links)
}

/** Whether a file or folder may still be being written, judged by its times. */
export function isRecent({ ctimeNs }: FileStatus, nowMs: number): boolean {
  return nowMs - Number(ctimeNs / 1_000_000n) < RECENT_MS
}

/** Milliseconds since 1970; undefined if the file's time is a placeholder. */
export function lastModifiedMsOf({ mtimeNs }: FileStatus): number | undefined {
  return mtimeNs <= USELESS_MTIME_NS ? undefined : Number(mtimeNs / 1_000_000n)
}
