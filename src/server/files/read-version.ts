import type { FileStatus, FileSystem } from './file-system.ts'
import { isUnchanged } from './file-version.ts'
import type { SiteRoot, Unavailable } from './site-root.ts'

/** How often a file is read again that changes while it is read. */
const ATTEMPTS_MAX = 3

/** What was read; `isSettled` if all of it is of the version that the status describes. */
export type ReadVersion<T> = {
  readonly kind: 'read'
  readonly status: FileStatus
  readonly value: T
  readonly isSettled: boolean
}

/**
 * Opens a file and reads from it; `read` resolves to undefined if the file is shorter than `size`.
 * A file that changes meanwhile is read again: a validator for a mixture of two versions would be
 * wrong (RFC 9110 §8.8.1). A file that never settles and never shrinks is most likely a log: the
 * last read is returned, as not settled.
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
