import type { RequestHead } from '../parser/index.ts'
import { corsFields } from './cross-origin.ts'
import type { FieldLine } from './head-writer.ts'
import type { ResponsePlan } from './response-plan.ts'
import { type HeaderRule, headersOf, type SiteRules } from './site-rules.ts'
import { StatusCode } from './status.ts'

/** The settings of a site that decide on its headers. */
type SiteOptions = {
  readonly cors: readonly string[] | undefined
  readonly securityHeaders: boolean
  readonly contentSecurityPolicy: string | undefined
  readonly isTls?: boolean
}

/** Field lines that a site adds to its responses for one request. */
export type SiteHeaders = Pick<HeaderRule, 'set' | 'unset'> & {
  /** On every response that does not have a line of the same name itself. */
  readonly always: readonly FieldLine[]
}

/** Content fields that a 304 may have (RFC 9110 §15.4.5), or that only look like content fields. */
const ALLOWED_IN_304 = /^content-(?:location|security-policy)/i

/**
 * Returns the headers of a site for a request: CORS, security, and the matching header rule.
 *
 * @param path the canonical path, or '' if the request has none
 */
export function siteHeaders(
  options: SiteOptions,
  rules: SiteRules,
  path: string,
  head: Pick<RequestHead, 'field'>,
): SiteHeaders {
  const always = [...corsFields(options.cors, head), ...securityFields(options)]
  return { always, ...headersOf(rules, path) }
}

/** Returns the field lines that harden any site, and the site's own Content-Security-Policy. */
export function securityFields(options: Omit<SiteOptions, 'cors'>): readonly FieldLine[] {
  const { securityHeaders, contentSecurityPolicy: policy, isTls } = options
  const fields: FieldLine[] = []
  if (securityHeaders) {
    fields.push(['Referrer-Policy', 'strict-origin-when-cross-origin'])
    fields.push(['X-Frame-Options', 'SAMEORIGIN'])
    // RFC 6797 §7.2: not over plain HTTP. Two years, as the preload lists require; without
    // includeSubDomains.
    if (isTls) fields.push(['Strict-Transport-Security', 'max-age=63072000'])
  }
  if (policy !== undefined) fields.push(['Content-Security-Policy', policy])
  return fields
}

/** Returns the field lines of a response with the site's headers added, replaced and removed. */
export function withSiteHeaders(
  { status, fields }: Pick<ResponsePlan, 'status' | 'fields'>,
  { always, set, unset }: SiteHeaders,
): readonly FieldLine[] {
  const isFile = hasTypeOfFile(status, fields)
  // Vary is added to, never replaced.
  const isReplaceable = (name: string): boolean =>
    name !== 'vary' && (isFile || name !== 'content-type')
  const own = namesOf(fields)
  const replaced = new Set([...unset, ...namesOf(set)].filter(isReplaceable))
  const kept = [
    // A response's own field takes precedence: an error page has its own Content-Security-Policy.
    ...fields,
    ...always.filter(([name]) => /^vary$/i.test(name) || !own.includes(name.toLowerCase())),
  ].filter(([name]) => !replaced.has(name.toLowerCase()))
  const added = isFile ? set : set.filter(([name]) => !/^content-type$/i.test(name))
  const isAllowed = ([name]: FieldLine): boolean =>
    status !== StatusCode.NotModified || !/^content-/i.test(name) || ALLOWED_IN_304.test(name)
  return joinVary([...kept, ...added].filter(isAllowed))
}

/** Whether Content-Type is the file's: not in an error, nor in a multipart/byteranges response. */
function hasTypeOfFile(status: StatusCode, fields: readonly FieldLine[]): boolean {
  if (status !== StatusCode.Ok && status !== StatusCode.PartialContent) return false
  return !fields.some(
    ([name, value]) => /^content-type$/i.test(name) && value.startsWith('multipart/byteranges'),
  )
}

function namesOf(fields: readonly FieldLine[]): readonly string[] {
  return fields.map(([name]) => name.toLowerCase())
}

/** Joins all Vary lines into one: some caches look at the first alone. */
function joinVary(fields: readonly FieldLine[]): readonly FieldLine[] {
  const isVary = ([name]: FieldLine): boolean => /^vary$/i.test(name)
  const varies = new Set(fields.filter(isVary).map(([, value]) => value))
  if (varies.size === 0) return fields
  return [...fields.filter(field => !isVary(field)), ['Vary', [...varies].join(', ')]]
}
