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

/** Whether a real path is a real root, or lies below it. */
export function isBelow(realPath: string, realRoot: string, separator: string = sep): boolean {
  return realPath === realRoot || realPath.startsWith(withSeparator(realRoot, separator))
}

/**
 * Whether a name of a requested path is hidden: it begins with a dot, and is not `.well-known` at
 * the root (RFC 8615). Links may lead through such names, as in volumes of Kubernetes.
 */
export function isHidden(segment: string, depth: number): boolean {
  return segment.startsWith('.') && !(depth === 0 && segment === '.well-known')
}

/** Appends a separator, so that `/pub` is no prefix of `/public`. */
function withSeparator(folder: string, separator: string): string {
  return folder.endsWith(separator) ? folder : folder + separator
}
