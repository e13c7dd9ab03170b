import { entityTagMatches, entityTagMatchesStrongly, isWeakTag } from './entity-tag.ts'
import { parseHttpDate } from './http-date.ts'

/** The fields of a request that make it conditional, `undefined` where absent (RFC 9110 §13.1). */
export type Preconditions = {
  readonly ifMatch?: string | undefined
  readonly ifUnmodifiedSince?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifModifiedSince?: string | undefined
}

/** What tells one representation from another; `undefined` where the file has no modification time that can be believed. */
export type Validators = { readonly etag: string; readonly lastModifiedMs: number | undefined }

export type PreconditionOutcome =
  | { readonly kind: 'proceed' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'not-modified'; readonly index: number }

/**
 * How old a Last-Modified must be to be strong. The second that it names must be over, or the file may change once more within it
 * (RFC 9110 §8.8.2.2); and some file systems count in twos.
 */
const STRONG_DATE_MS = 2000

/**
 * Whether a GET or HEAD goes on, is refused with 412, or is answered with 304 (RFC 9110 §13.2.2). `validators` are
 * those of all representations that the request accepts, that which would be sent first; `index` is of that
 * which the client has. `nowMs` is for two-digit years.
 */
export function evaluatePreconditions(
  conditions: Preconditions,
  validators: readonly Validators[],
  nowMs: number,
): PreconditionOutcome {
  const { ifMatch, ifUnmodifiedSince, ifNoneMatch, ifModifiedSince } = conditions
  const isUnmodifiedSince = (date: string): boolean | undefined =>
    isUnmodified(validators[0]?.lastModifiedMs, date, nowMs)

  // Step 1. Step 2 is only for requests without an If-Match.
  if (ifMatch !== undefined) {
    if (!validators.some(({ etag }) => entityTagMatchesStrongly(ifMatch, etag)))
      return { kind: 'failed' }
  }
  // Step 2. RFC 9110 §13.1.4: ignored where it is no date, or there is none to compare it with.
  else if (ifUnmodifiedSince !== undefined && isUnmodifiedSince(ifUnmodifiedSince) === false)
    return { kind: 'failed' }

  // Step 3. Step 4 is only for requests without an If-None-Match.
  if (ifNoneMatch !== undefined) {
    const index = validators.findIndex(({ etag }) => entityTagMatches(ifNoneMatch, etag))
    return index < 0 ? { kind: 'proceed' } : { kind: 'not-modified', index }
  }
  // Step 4. RFC 9110 §13.1.3: ignored as in step 2.
  if (ifModifiedSince !== undefined && isUnmodifiedSince(ifModifiedSince) === true)
    return { kind: 'not-modified', index: 0 }
  return { kind: 'proceed' }
}

/**
 * Whether a Range counts: step 5 of RFC 9110 §13.2.2. An If-Range is met by the same strong entity-tag, or by the very date of
 * Last-Modified once that is a strong validator (§13.1.5); by no list and no `*`.
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

/** Undefined where `date` is no date, or there is none to compare it with. */
function isUnmodified(
  lastModifiedMs: number | undefined,
  date: string,
  nowMs: number,
): boolean | undefined {
  const sinceMs = parseHttpDate(date, nowMs)
  if (sinceMs === undefined || lastModifiedMs === undefined) return undefined
  return startOfSecond(lastModifiedMs) <= sinceMs
}

/** What an HTTP-date keeps of a time. */
function startOfSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}
