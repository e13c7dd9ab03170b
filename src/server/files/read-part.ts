import type { DirectFileSystem, FileStatus } from './file-system.ts'
import { isSameVersion } from './file-version.ts'

/**
 * Fills a buffer from a position of a file on. Returns whether the bytes are those of the version
 * with this status.
 */
export function readPart(
  direct: DirectFileSystem,
  path: string,
  before: FileStatus,
  into: Uint8Array,
  position: number,
): boolean {
  const fd = direct.open(path)
  try {
    let length = 0
    for (let read = -1; read !== 0 && length < into.length; length += read)
      read = direct.read(fd, into.subarray(length), into.length - length, position + length)
    return length === into.length && isSameVersion(direct.fstat(fd), before)
  } finally {
    direct.close(fd)
  }
}
