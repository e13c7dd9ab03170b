import type { FileStatus, FileSystem } from './file-system.ts'
import { isUnchanged } from './file-version.ts'
import type { SiteRoot, Unavailable } from './site-root.ts'

/** A file that changes while it is read is read again so often. */
const ATTEMPTS_MAX = 3

/** What was read; `isSettled` where all of it is of the version that the status tells of. */
export type ReadVersion<T> = {
  readonly kind: 'read'
  readonly status: FileStatus
  readonly value: T
  readonly isSettled: boolean
}

/**
 * Reads from a file that is opened for it; `read` resolves to undefined where there are fewer bytes
 * than there were. A file that changes meanwhile is read again: a validator that stood for a
 * mixture of two versions would lie (RFC 9110 §8.8.1). One that never rests, and is never shorter
 * than it was, is most likely a log: what was read of it last is told, as not settled.
 */
export async function readVersion<T>(
  root: SiteRoot,
  segments: readonly string[],
  fileSystem: FileSystem,
  read: (fd: number, size: number) => Promise<T | undefined>,
): Promise<ReadVersion<T> | Unavailable> {
  let last: ReadVersion<T> | undefined
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const opened = await root.open(segments)
    if (opened.kind === 'folder') return { kind: 'missing' }
    if (opened.kind !== 'file') return opened
    const { fd, status } = opened
    try {
      const value = await read(fd, status.size)
      if (value === undefined) continue
      const after = await fileSystem.fstat(fd)
      const isSettled = isUnchanged(status, after)
      if (isSettled) return { kind: 'read', status, value, isSettled }
      last = after.size < status.size ? undefined : { kind: 'read', status, value, isSettled }
    } finally {
      await fileSystem.close(fd)
    }
  }
  return last ?? { kind: 'busy' }
}
