import type { FileStatus } from './file-system.ts'

/** A file may change again within this time without a change of its timestamps. */
const RECENT_MS = 1000
/** Modification times up to here are placeholders: 0, and the 1 of Nix. */
const USELESS_MTIME_NS = 1_000_000_000n

/** Identifies a version of a file. Neither its size nor its times alone would. */
export function versionOf({ device, inode, size, mtimeNs, ctimeNs }: FileStatus): string {
  return [device, inode, size, mtimeNs, ctimeNs].map(figure => figure.toString(36)).join('-')
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

/** Whether an open file is unchanged. It may have lost its name meanwhile, to another file. */
export function isUnchanged(before: FileStatus, after: FileStatus): boolean {
  const { size, mtimeNs, ctimeNs, links } = before
  const isSame = after.size === size && after.mtimeNs === mtimeNs
  return isSame && (after.ctimeNs === ctimeNs || after.links < links)
}

/** Whether a file or folder may still be being written, judged by its times. */
export function isRecent({ ctimeNs }: FileStatus, nowMs: number): boolean {
  return nowMs - Number(ctimeNs / 1_000_000n) < RECENT_MS
}

/** Milliseconds since 1970; undefined if the file's time is a placeholder. */
export function lastModifiedMsOf({ mtimeNs }: FileStatus): number | undefined {
  return mtimeNs <= USELESS_MTIME_NS ? undefined : Number(mtimeNs / 1_000_000n)
}
