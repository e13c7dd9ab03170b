import type { RequestHead } from '../parser/index.ts'
import type { Coding } from './content-coding.ts'
import { trimOws } from './field-syntax.ts'
import { parseHttpDate } from './http-date.ts'

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

/**
 * Whether a request is for the representation with this tag alone: If-Match lists the tag, or, if
 * there is no such list, If-Range is the tag.
 */
export function isNamedBy(head: Pick<RequestHead, 'field'>, tag: string): boolean {
  const ifMatch = head.field('if-match')
  if (ifMatch !== undefined && trimOws(ifMatch) !== '*')
    return entityTagMatchesStrongly(ifMatch, tag)
  return head.field('if-range') === tag && !isWeakTag(tag)
}

/** `lastModifiedMs` is `undefined` if the modification time of the file is a placeholder. */
export type Validators = { readonly etag: string; readonly lastModifiedMs: number | undefined }

/** `index` is the position of the validators that matched. */
export type PreconditionResult =
  | { readonly kind: 'proceed' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'not-modified'; readonly index: number }

/**
 * The minimum age of a Last-Modified as a strong validator. Its second must be over, because the
 * file could change again within it (RFC 9110 §8.8.2.2), and some file systems have a resolution of
 * two seconds.
 */
const STRONG_DATE_MS = 2000

/**
 * Evaluates the preconditions of a GET or HEAD (RFC 9110 §13.2.2): the server proceeds, or responds
 * with 412 (`failed`) or 304 (`not-modified`). `validators` are those of all representations that
 * the request accepts, first those of the one that the server would send: only these can fail.
 * `nowMs` is for two-digit years.
 */
export function evaluatePreconditions(
  head: Pick<RequestHead, 'field'>,
  validators: readonly Validators[],
  nowMs: number,
): PreconditionResult {
  // RFC 9110 §13.1.3, §13.1.4: undefined, so ignored, if the field is not a date or the file has
  // none.
  const isUnmodifiedSince = (date: string): boolean | undefined => {
    const sinceMs = parseHttpDate(date, nowMs)
    const modifiedMs = validators[0]?.lastModifiedMs
    if (sinceMs === undefined || modifiedMs === undefined) return undefined
    return startOfSecond(modifiedMs) <= sinceMs
  }

  // Step 1. Step 2 applies only without an If-Match.
  const ifMatch = head.field('if-match')
  const ifUnmodifiedSince = head.field('if-unmodified-since')
  if (ifMatch !== undefined) {
    const [sent] = validators
    if (sent === undefined || !entityTagMatchesStrongly(ifMatch, sent.etag))
      return { kind: 'failed' }
  } else if (ifUnmodifiedSince !== undefined && isUnmodifiedSince(ifUnmodifiedSince) === false)
    return { kind: 'failed' }

  // Step 3. Step 4 applies only without an If-None-Match.
  const ifNoneMatch = head.field('if-none-match')
  const ifModifiedSince = head.field('if-modified-since')
  if (ifNoneMatch !== undefined) {
    const index = validators.findIndex(({ etag }) => entityTagMatches(ifNoneMatch, etag))
    return index < 0 ? { kind: 'proceed' } : { kind: 'not-modified', index }
  }
  if (ifModifiedSince !== undefined && isUnmodifiedSince(ifModifiedSince) === true)
    return { kind: 'not-modified', index: 0 }
  return { kind: 'proceed' }
}

/**
 * Whether the Range of a request applies: step 5 of RFC 9110 §13.2.2. If-Range matches the same
 * strong entity-tag, or exactly the Last-Modified date if that is a strong validator (§13.1.5). A
 * list or `*` does not match.
 */
export function rangeApplies(
  ifRange: string | undefined,
  validator: Validators,
  nowMs: number,
): boolean {
  if (ifRange === undefined) return true
  const { etag, lastModifiedMs } = validator
  if (ifRange === etag) return !isWeakTag(etag)
  if (lastModifiedMs === undefined) return false
  const modifiedMs = startOfSecond(lastModifiedMs)
  return parseHttpDate(ifRange, nowMs) === modifiedMs && nowMs - modifiedMs >= STRONG_DATE_MS
}

/** Rounds a time down to the resolution of an HTTP-date. */
function startOfSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}
