import { sep } from 'node:path'

/**
 * Joins a folder and the segments of a canonical path, which contain no separator. Never by
 * path.normalize(), which drive and device names of Windows have confused (CVE-2025-23084,
 * CVE-2025-27210).
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

/** Whether a real path lies below a real root, with no hidden name on the way. */
export function isServed(realPath: string, realRoot: string, separator: string = sep): boolean {
  if (realPath === realRoot) return true
  const prefix = withSeparator(realRoot, separator)
  return (
    realPath.startsWith(prefix) && !realPath.slice(prefix.length).split(separator).some(isHidden)
  )
}

/** Dotfiles are hidden, except `.well-known` at the root (RFC 8615). */
export function isHidden(segment: string, depth: number): boolean {
  return segment.startsWith('.') && !(depth === 0 && segment === '.well-known')
}

/** Appends a separator, so that `/pub` is no prefix of `/public`. */
function withSeparator(folder: string, separator: string): string {
  return folder.endsWith(separator) ? folder : folder + separator
}
