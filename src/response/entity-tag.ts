import type { Coding } from './content-coding.ts'
import { trimOws } from './ows.ts'

/**
 * The entity-tag of one version of a file in one content coding: each has its own, since its bytes differ (RFC 9110 §8.8.3.3). Weak
 * where the file may yet change without its version doing so (§8.8.1). A version is of letters, digits, `_` and `-`, and
 * all versions of a file are equally long, so that none is another with a coding.
 *
 * @example
 * entityTag('5f3a', 'identity', false) // => '"5f3a"'
 * entityTag('5f3a', 'gzip', true) // => 'W/"5f3a-gzip"'
 */
export function entityTag(version: string, coding: Coding | 'identity', isWeak: boolean): string {
  const opaqueTag = coding === 'identity' ? `"${version}"` : `"${version}-${coding}"`
  return isWeak ? `W/${opaqueTag}` : opaqueTag
}

/** Whether an entity-tag is a weak validator (RFC 9110 §8.8.3). The `W` is case-sensitive. */
export function isWeakTag(tag: string): boolean {
  return tag.startsWith('W/')
}

/**
 * Whether an If-None-Match value lists `tag` or is `*`, compared weakly (RFC 9110 §13.1.2, §8.8.3.2). A
 * malformed member equals no tag, and so never matches.
 *
 * @example
 * entityTagMatches('"a,b", W/"c"', '"c"') // => true
 */
export function entityTagMatches(list: string, tag: string): boolean {
  const opaqueTag = opaqueTagOf(tag)
  return isAnyOrSome(list, member => opaqueTagOf(member) === opaqueTag)
}

/**
 * Whether an If-Match value lists `tag` or is `*`, compared strongly (RFC 9110 §13.1.1, §8.8.3.2): a weak tag
 * equals none, not even itself.
 *
 * @example
 * entityTagMatchesStrongly('"a", "c"', '"c"') // => true
 * entityTagMatchesStrongly('W/"c"', 'W/"c"') // => false
 */
export function entityTagMatchesStrongly(list: string, tag: string): boolean {
  return isAnyOrSome(list, member => member === tag && !isWeakTag(tag))
}

/** Whether a list is `*`, or one of its members is what is looked for. */
function isAnyOrSome(list: string, isSought: (member: string) => boolean): boolean {
  if (trimOws(list) === '*') return true
  let from = 0
  let isQuoted = false
  for (let at = 0; at <= list.length; at++) {
    if (list[at] === '"') isQuoted = !isQuoted
    // A comma within the quotes is part of the tag (RFC 9110 §8.8.3).
    const isEnd = at === list.length || (list[at] === ',' && !isQuoted)
    if (!isEnd) continue
    if (isSought(trimOws(list.slice(from, at)))) return true
    from = at + 1
  }
  return false
}

function opaqueTagOf(tag: string): string {
  return isWeakTag(tag) ? tag.slice(2) : tag
}
