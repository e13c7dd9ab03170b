import type { Coding } from './content-coding.ts'
import { trimOws } from './field-syntax.ts'

/**
 * Formats the entity-tag of one version of a file in one content coding. Each coding has its own
 * tag, because its bytes differ (RFC 9110 §8.8.3.3). The tag is weak if the file may still change
 * without a change of its version (§8.8.1). A version consists of letters, digits, `_` and `-`, and
 * all versions of a file are equally long, so that no version equals another version with a coding.
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
 * Whether an If-None-Match value lists `tag` or is `*`, by the weak comparison (RFC 9110 §13.1.2,
 * §8.8.3.2). A malformed member matches no tag.
 *
 * @example
 * entityTagMatches('"a,b", W/"c"', '"c"') // => true
 */
export function entityTagMatches(list: string, tag: string): boolean {
  const opaqueTagOf = (text: string): string => text.replace(/^W\//, '')
  return listMatches(list, member => opaqueTagOf(member) === opaqueTagOf(tag))
}

/**
 * Whether an If-Match value lists `tag` or is `*`, by the strong comparison (RFC 9110 §13.1.1,
 * §8.8.3.2): a weak tag equals no tag, not even itself.
 *
 * @example
 * entityTagMatchesStrongly('"a", "c"', '"c"') // => true
 * entityTagMatchesStrongly('W/"c"', 'W/"c"') // => false
 */
export function entityTagMatchesStrongly(list: string, tag: string): boolean {
  return listMatches(list, member => member === tag && !isWeakTag(tag))
}

/** Whether a list is `*`, or one of its members matches. */
function listMatches(list: string, isMatch: (member: string) => boolean): boolean {
  // A comma inside quotes is part of the tag, and a backslash is no escape (RFC 9110 §8.8.3).
  const members = list.match(/(?:[^",]|"[^"]*(?:"|$))+/g) ?? []
  return trimOws(list) === '*' || members.some(member => isMatch(trimOws(member)))
}
