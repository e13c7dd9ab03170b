import type { Disk, FileStatus } from '../disk.ts'
import { isUnchanged } from './file-version.ts'
import type { Absent, SiteRoot } from './site-root.ts'

/** A file that changes while it is read is read again so often; one that never rests is not to be had. */
const ATTEMPTS_MAX = 3

/**
 * Reads from a file that is opened for it. Resolves to what was read when all of it is of one version, whose status is told: a
 * validator that stood for a mixture of two would lie (RFC 9110 §8.8.1).
 */
export async function readVersion<T>(
  root: SiteRoot,
  segments: readonly string[],
  disk: Disk,
  read: (fd: number, size: number) => Promise<T>,
): Promise<{ readonly kind: 'read'; readonly status: FileStatus; readonly value: T } | Absent> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const opened = await root.open(segments)
    if (opened.kind === 'folder') return { kind: 'missing' }
    if (opened.kind !== 'file') return opened
    const { fd, status } = opened
    try {
      const value = await read(fd, status.size)
      if (isUnchanged(status, await disk.fstat(fd))) return { kind: 'read', status, value }
    } finally {
      await disk.close(fd)
    }
  }
  return { kind: 'busy' }
}
