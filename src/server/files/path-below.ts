import { sep } from 'node:path'

// By segments, and never by path.normalize(), which drive names and devices of Windows have
// confused (CVE-2025-23084, CVE-2025-27210).

/**
 * The path of what lies below a folder; the segments are those of a canonical path, and hold no
 * separator.
 */
export function pathBelow(
  folder: string,
  segments: readonly string[],
  separator: string = sep,
): string {
  return segments.length === 0
    ? folder
    : withSeparator(folder, separator) + segments.join(separator)
}

/** Whether a real path lies under a real root, and no name on the way is hidden. */
export function isServed(realPath: string, realRoot: string, separator: string = sep): boolean {
  if (realPath === realRoot) return true
  const prefix = withSeparator(realRoot, separator)
  return (
    realPath.startsWith(prefix) && !realPath.slice(prefix.length).split(separator).some(isHidden)
  )
}

/** RFC 8615: `.well-known` at the root is the one name with a dot that is meant to be seen. */
export function isHidden(segment: string, depth: number): boolean {
  return segment.startsWith('.') && !(depth === 0 && segment === '.well-known')
}

/** With one at its end, as the root of a file system has it: `/pub` is no prefix of `/public`. */
function withSeparator(folder: string, separator: string): string {
  return folder.endsWith(separator) ? folder : folder + separator
}
