import { entityTagMatches } from './entity-tag.ts'
import { parseHttpDate } from './http-date.ts'

/**
 * Whether a GET or HEAD is answered with 304: RFC 9110 §13.2.2, steps 3 and 4. Absent fields are `undefined`;
 * `nowMs` is for two-digit years.
 */
export function isNotModified(
  request: { readonly ifNoneMatch?: string | undefined; readonly ifModifiedSince?: string | undefined },
  validators: { readonly etag: string; readonly lastModifiedMs: number },
  nowMs: number,
): boolean {
  // Step 3. Step 4 is only for requests without an If-None-Match.
  if (request.ifNoneMatch !== undefined) return entityTagMatches(request.ifNoneMatch, validators.etag)
  // Step 4. RFC 9110 §13.1.3: a value that is not a date is ignored.
  if (request.ifModifiedSince === undefined) return false
  const sinceMs = parseHttpDate(request.ifModifiedSince, nowMs)
  return sinceMs !== undefined && Math.floor(validators.lastModifiedMs / 1000) * 1000 <= sinceMs
}
