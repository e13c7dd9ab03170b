import type { RequestHead } from '../parser/index.ts'
import { corsFields } from './cross-origin.ts'
import {
  applyChange,
  type CacheRule,
  changesOf,
  type HeaderRule,
  type MatchingRules,
  matchingRules,
  NO_MATCHES,
} from './matching-rules.ts'
import { matchPattern, type PathPattern } from './path-pattern.ts'
import { expandLocation, expandTarget, isRedirectLoop, type PathTemplate } from './path-template.ts'
import { decodePathText, type ParseResult, refuse } from './path-text.ts'
import type { FieldLine } from './response-head.ts'
import type { ResponsePlan } from './response-plan.ts'
import { StatusCode } from './status.ts'
import { encodePath, parseTargetPath } from './target-path.ts'
import type { TypeRule } from './type-rules.ts'

/**
 * The compiled rules of a site. All header rules that match apply, in order; of the other kinds,
 * the first. Rules for headers and Cache-Control match the path of the URL or of the file served.
 */
export type SiteRules = {
  readonly headers: readonly HeaderRule[]
  readonly redirects: readonly RedirectRule[]
  readonly rewrites: readonly RewriteRule[]
  readonly caches: readonly CacheRule[]
  readonly singles: readonly SingleRule[]
  readonly types: readonly TypeRule[]
}

export type RedirectStatus = 301 | 302 | 307 | 308
export type RedirectRule = RewriteRule & { readonly status: RedirectStatus }
export type RewriteRule = { readonly match: PathPattern; readonly to: PathTemplate }
/**
 * A single-page application. `prefix` ends in a slash; `file` is the path of its page. A rule that
 * a host has inherited does not count where the page is missing.
 */
export type SingleRule = {
  readonly prefix: string
  readonly file: string
  readonly isInherited?: boolean
}

export const NO_RULES: SiteRules = {
  headers: [],
  redirects: [],
  rewrites: [],
  caches: [],
  singles: [],
  types: [],
}

// The functions below take canonical paths: decoded, `/a/b`, a folder with a slash at its end.

/** Returns the redirect for a request, if one applies. `query` follows the `?`, not decoded. */
export function redirectOf(
  { redirects }: SiteRules,
  path: string,
  query: string,
): { readonly status: RedirectStatus; readonly location: string } | undefined {
  for (const { match, to, status } of redirects) {
    const captures = matchPattern(match, path)
    if (captures === undefined || isRedirectLoop(to, captures, path, query)) continue
    return { status, location: expandLocation(to, captures, query) }
  }
  return undefined
}

/**
 * Returns the canonical path to serve instead of this one, if a rule applies. A rule is skipped if
 * its result is not canonical, such as the path of a dotfile.
 */
export function rewriteOf({ rewrites }: SiteRules, path: string): string | undefined {
  for (const { match, to } of rewrites) {
    const captures = matchPattern(match, path)
    const target = captures && expandTarget(to, captures)
    if (target !== undefined && isCanonical(target)) return target
  }
  return undefined
}

/** Returns the page for navigations at a path: of the longest prefix, its final slash optional. */
export function singleOf(rules: SiteRules, path: string): string | undefined {
  return singlesOf(rules, path)[0]?.file
}

/** Returns all rules whose prefix a path has, the longest first. */
export function singlesOf({ singles }: SiteRules, path: string): readonly SingleRule[] {
  const withSlash = `${path.normalize('NFC')}/`
  return singles
    .filter(({ prefix }) => withSlash.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length)
}

/** Whether a decoded path is the canonical path of a valid request target. */
export function isCanonical(path: string): boolean {
  const result = parseTargetPath(encodePath(path.split('/'), path.endsWith('/')), { bytes: true })
  return result.ok && result.path === path
}

/** Compiles the prefix of a single-page application: a path without patterns. */
export function compilePrefix(text: string): ParseResult<string> {
  if (!/^\/[^*?#]*$/.test(text)) return refuse('be the path of a folder, such as /admin/')
  const decoded = decodePathText(text.endsWith('/') ? text : `${text}/`)
  if (!decoded.ok) return decoded
  return isCanonical(decoded.value) ? decoded : refuse('be the path of a folder, such as /admin/')
}

/** Formats a prefix so that `compilePrefix` returns it again. */
export function prefixText(prefix: string): string {
  return prefix.replace(/[%*?#]/g, character =>
    character === '*' ? '%2A' : encodeURIComponent(character),
  )
}

/** The settings of a site that decide on its headers. */
type SiteOptions = {
  readonly cors: readonly string[] | undefined
  readonly securityHeaders: boolean
  readonly contentSecurityPolicy: string | undefined
  readonly isTls?: boolean
}

/** Field lines that a site adds to its responses for one request. */
export type SiteHeaders = {
  /** On every response that does not have a line of the same name itself. */
  readonly always: readonly FieldLine[]
  /** The rules that match the request. */
  readonly rules?: MatchingRules | undefined
  /** Set and removed after all rules. */
  readonly set: readonly FieldLine[]
  readonly unset: readonly string[]
}

/** Content fields that a 304 may have (RFC 9110 §15.4.5), or that only look like content fields. */
const ALLOWED_IN_304 = /^content-(?:location|security-policy)/i

/**
 * Returns the headers of a site for a request: CORS, security, and the rules that match.
 *
 * @param path the canonical path, or '' if the request has none
 */
export function siteHeaders(
  options: SiteOptions,
  rules: SiteRules,
  path: string,
  head: Pick<RequestHead, 'field'>,
): SiteHeaders {
  const always = [
    ...(options.cors === undefined ? [] : corsFields(options.cors, head)),
    ...securityFields(options),
  ]
  return { always, rules: matchingRules(rules, path), set: [], unset: [] }
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

/** For responses whose own fields do not take precedence over rules. */
export const NONE_FIXED: ReadonlySet<string> = new Set()

/**
 * Returns the field lines of a response with the site's headers added, replaced and removed.
 *
 * @param fixed names in lower case that rules neither replace nor remove
 */
export function withSiteHeaders(
  { status, fields }: Pick<ResponsePlan, 'status' | 'fields'>,
  { always, rules = NO_MATCHES, set, unset }: SiteHeaders,
  fixed: ReadonlySet<string> = NONE_FIXED,
): readonly FieldLine[] {
  const isFile = hasTypeOfFile(status, fields)
  const changes = changesOf(rules, status)
  applyChange(changes, { set, unset })
  // Vary is never fixed: it is added to.
  for (const name of fixed) if (name !== 'vary') changes.delete(name)
  const own = namesOf(fields)
  const kept = [
    // A response's own field takes precedence: an error page has its own Content-Security-Policy.
    ...fields,
    ...always.filter(([name]) => /^vary$/i.test(name) || !own.includes(name.toLowerCase())),
  ].filter(([name]) => {
    const lower = name.toLowerCase()
    // Vary is added to, never replaced.
    return lower === 'vary' || (!isFile && lower === 'content-type') || !changes.has(lower)
  })
  const added = [...changes.values()]
    .flat()
    .filter(([name]) => isFile || !/^content-type$/i.test(name))
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
