import { trimOws } from './ows.ts'

/**
 * The strong entity-tag of one version of a file in one content coding. Nanoseconds tell apart two changes
 * within a second (RFC 9110 §8.8.1); each coding has its own tag, since its bytes differ (§8.8.3.3).
 *
 * @example
 * entityTagOf({ size: 36, mtimeNs: 1n }, 'gzip') // => '"1-10-gzip"'
 */
export function entityTagOf(file: { size: number; mtimeNs: bigint }, coding?: string): string {
  const version = `${file.mtimeNs.toString(36)}-${file.size.toString(36)}`
  return coding === undefined ? `"${version}"` : `"${version}-${coding}"`
}

/**
 * Whether an If-None-Match value lists `tag` or is `*`, compared weakly (RFC 9110 §13.1.2, §8.8.3.2). A
 * malformed member equals no tag, and so never matches.
 *
 * @example
 * entityTagMatches('"a,b", W/"c"', '"c"') // => true
 */
export function entityTagMatches(list: string, tag: string): boolean {
  if (trimOws(list) === '*') return true
  const opaqueTag = opaqueTagOf(tag)
  let from = 0
  let isQuoted = false
  for (let at = 0; at <= list.length; at++) {
    if (list[at] === '"') isQuoted = !isQuoted
    // A comma within the quotes is part of the tag (RFC 9110 §8.8.3).
    const isEnd = at === list.length || (list[at] === ',' && !isQuoted)
    if (!isEnd) continue
    if (opaqueTagOf(trimOws(list.slice(from, at))) === opaqueTag) return true
    from = at + 1
  }
  return false
}

function opaqueTagOf(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
