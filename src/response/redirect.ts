import type { FieldLine } from './response-head.ts'
import { planText, type TextPlan } from './response-plan.ts'
import { StatusCode } from './status.ts'
import { encodeSegment } from './target-path.ts'

/** Decoded segments, and whether the path ends in a slash. */
type PathParts = { readonly segments: readonly string[]; readonly isFolder: boolean }

export function planRedirect(
  status: StatusCode,
  location: string,
  more: readonly FieldLine[] = [],
): TextPlan {
  return planText(status, '', [['Location', location], ...more])
}

/**
 * Redirects to another path of the same file or folder (RFC 9110 §15.4.2). Not 308: only GET and
 * HEAD are redirected so, and old clients do not follow it. Not cached: the site may change, and a
 * browser would keep the redirect for ever.
 */
export function planCanonicalRedirect(location: string, query: string): TextPlan {
  const withQuery = query === '' ? location : `${location}?${query}`
  return planRedirect(StatusCode.MovedPermanently, withQuery, [['Cache-Control', 'no-cache']])
}

/**
 * Returns a relative reference (RFC 3986 §4.2) from one canonical path to another. It leads to the
 * same path behind a proxy that removes a prefix. It is never empty, never begins with a slash, and
 * has no colon that could end a scheme: `docs/`, `../about`, `./a:b/`.
 */
export function relativeReference(from: PathParts, to: PathParts): string {
  const base = from.isFolder ? from.segments : from.segments.slice(0, -1)
  const folder = to.isFolder ? to.segments : to.segments.slice(0, -1)
  let common = 0
  while (common < base.length && base[common] === folder[common]) common++
  const down = to.segments.slice(common).map(encodeSegment).join('/')
  const reference = '../'.repeat(base.length - common) + down + (to.isFolder && down ? '/' : '')
  return reference === '' || /^[^/]*:/.test(reference) ? `./${reference}` : reference
}
