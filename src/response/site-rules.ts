import type { FieldLine } from './head-writer.ts'
import { matchPattern, type PathPattern } from './path-pattern.ts'
import { expandLocation, expandTarget, isRedirectLoop, type PathTemplate } from './path-template.ts'
import { decodePathText, type ParseResult, refuse } from './path-text.ts'
import { encodePath, parseTargetPath } from './target-path.ts'

/** The compiled rules of a site. Of each kind, the first rule that matches a path applies. */
export type SiteRules = {
  readonly headers: readonly HeaderRule[]
  readonly redirects: readonly RedirectRule[]
  readonly rewrites: readonly RewriteRule[]
  readonly caches: readonly CacheRule[]
  readonly singles: readonly SingleRule[]
}

/** Fields to set and remove; names in `unset` are in lower case. */
export type HeaderRule = {
  readonly match: PathPattern
  readonly set: readonly FieldLine[]
  readonly unset: readonly string[]
}
export type RedirectStatus = 301 | 302 | 307 | 308
export type RedirectRule = RewriteRule & { readonly status: RedirectStatus }
export type RewriteRule = { readonly match: PathPattern; readonly to: PathTemplate }
/** `control` is a Cache-Control value. */
export type CacheRule = { readonly match: PathPattern; readonly control: string }
/** A single-page application. `prefix` ends in a slash; `file` is the path of its page. */
export type SingleRule = { readonly prefix: string; readonly file: string }

export const NO_RULES: SiteRules = {
  headers: [],
  redirects: [],
  rewrites: [],
  caches: [],
  singles: [],
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

/** Returns the Cache-Control for a path, if a rule matches. */
export function cacheControlOf({ caches }: SiteRules, path: string): string | undefined {
  return firstMatch(caches, path)?.control
}

/** Returns the fields to set, which replace those of the same names, and the names to remove. */
export function headersOf({ headers }: SiteRules, path: string): Pick<HeaderRule, 'set' | 'unset'> {
  return firstMatch(headers, path) ?? { set: [], unset: [] }
}

/** Returns the page for navigations at a path: of the longest prefix, its final slash optional. */
export function singleOf({ singles }: SiteRules, path: string): string | undefined {
  return singles
    .filter(({ prefix }) => `${path}/`.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0]?.file
}

/** Whether a decoded path is the canonical path of a valid request target. */
export function isCanonical(path: string): boolean {
  const result = parseTargetPath(encodePath(path.split('/'), path.endsWith('/')))
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

function firstMatch<Rule extends { readonly match: PathPattern }>(
  rules: readonly Rule[],
  path: string,
): Rule | undefined {
  return rules.find(({ match }) => matchPattern(match, path) !== undefined)
}
