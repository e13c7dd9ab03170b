import type { FieldLine } from './head-writer.ts'
import { type Captures, matchPattern, type PathPattern } from './path-pattern.ts'
import { expandLocation, expandTarget, isRedirectLoop, type PathTemplate } from './path-template.ts'
import { decodePathText, type ParseResult, refuse } from './path-text.ts'
import { encodePath, parseTargetPath } from './target-path.ts'

/** The rules of a site, checked. Of each kind, the first that matches a path is the one that counts. */
export type SiteRules = {
  readonly headers: readonly HeaderRule[]
  readonly redirects: readonly RedirectRule[]
  readonly rewrites: readonly RewriteRule[]
  readonly caches: readonly CacheRule[]
  readonly singles: readonly SingleRule[]
}

/** Fields for the answers; names in `unset` are in lower case. */
export type HeaderRule = {
  readonly match: PathPattern
  readonly set: readonly FieldLine[]
  readonly unset: readonly string[]
}
export type RedirectStatus = 301 | 302 | 307 | 308
export type RedirectRule = {
  readonly match: PathPattern
  readonly to: PathTemplate
  readonly status: RedirectStatus
}
export type RewriteRule = { readonly match: PathPattern; readonly to: PathTemplate }
/** `control` is a Cache-Control. */
export type CacheRule = { readonly match: PathPattern; readonly control: string }
/** A single-page application: `prefix` ends in a slash; `file` is the canonical path of its page. */
export type SingleRule = { readonly prefix: string; readonly file: string }

export const NO_RULES: SiteRules = {
  headers: [],
  redirects: [],
  rewrites: [],
  caches: [],
  singles: [],
}

const NO_FIELDS: Pick<HeaderRule, 'set' | 'unset'> = { set: [], unset: [] }

// All of them take the canonical path: decoded, `/a/b`, a folder with a slash at its end.

/** Where a request is sent on; `query` is what follows the `?`, as it was sent. */
export function redirectOf(
  { redirects }: SiteRules,
  path: string,
  query: string,
): { readonly status: RedirectStatus; readonly location: string } | undefined {
  for (const { rule, captures } of matches(redirects, path)) {
    if (isRedirectLoop(rule.to, captures, path, query)) continue
    return { status: rule.status, location: expandLocation(rule.to, captures, query) }
  }
  return undefined
}

/** The canonical path that is served in place of this one. A rule that would make no such path, a dotfile's, does not count. */
export function rewriteOf({ rewrites }: SiteRules, path: string): string | undefined {
  for (const { rule, captures } of matches(rewrites, path)) {
    const target = expandTarget(rule.to, captures)
    if (isCanonical(target)) return target
  }
  return undefined
}

/** The Cache-Control of a path. */
export function cacheControlOf({ caches }: SiteRules, path: string): string | undefined {
  for (const { rule } of matches(caches, path)) return rule.control
  return undefined
}

/** The fields to set, in place of others of the same names, and the names, in lower case, of those to leave out. */
export function headersOf({ headers }: SiteRules, path: string): Pick<HeaderRule, 'set' | 'unset'> {
  for (const { rule } of matches(headers, path)) return rule
  return NO_FIELDS
}

/** The canonical path of the page that answers navigations below the longest prefix, itself with or without its slash. */
export function singleOf({ singles }: SiteRules, path: string): string | undefined {
  let longest: SingleRule | undefined
  for (const rule of singles) {
    const isBelow = path.startsWith(rule.prefix) || `${path}/` === rule.prefix
    if (isBelow && rule.prefix.length > (longest?.prefix.length ?? 0)) longest = rule
  }
  return longest?.file
}

/** Whether a decoded path is one that a request could have had. */
export function isCanonical(path: string): boolean {
  const outcome = parseTargetPath(encodePath(path.split('/'), path.endsWith('/')))
  return outcome.ok && outcome.path === path
}

/** The prefix of a single-page application: a path without patterns in it, with or without the slash at its end. */
export function compilePrefix(text: string): ParseResult<string> {
  if (!/^\/[^*?#]*$/.test(text)) return refuse('be the path of a folder, such as /admin/')
  const decoded = decodePathText(text.endsWith('/') ? text : `${text}/`)
  if (!decoded.ok) return decoded
  return isCanonical(decoded.value) ? decoded : refuse('be the path of a folder, such as /admin/')
}

/** A prefix as it has to be written to be this one. */
export function prefixText(prefix: string): string {
  return prefix.replace(/[%*?#]/g, character =>
    character === '*' ? '%2A' : encodeURIComponent(character),
  )
}

function* matches<Rule extends { readonly match: PathPattern }>(
  rules: readonly Rule[],
  path: string,
): Generator<{ readonly rule: Rule; readonly captures: Captures }, undefined> {
  for (const rule of rules) {
    const captures = matchPattern(rule.match, path)
    if (captures !== undefined) yield { rule, captures }
  }
}
