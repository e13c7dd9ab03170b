import { matchPattern, type PathPattern } from './path-pattern.ts'
import type { FieldLine } from './response-head.ts'
import { isCachingField } from './rule-fields.ts'
import { StatusCode } from './status.ts'

/** All rules of a site for headers and Cache-Control. */
type FieldRules = { readonly headers: readonly HeaderRule[]; readonly caches: readonly CacheRule[] }

/**
 * Fields to set and remove; names in `unset` are in lower case. Only for responses with one of the
 * statuses, if there are any: 200 includes 206 and 304.
 */
export type HeaderRule = {
  readonly match: PathPattern
  readonly set: readonly FieldLine[]
  readonly unset: readonly string[]
  readonly status?: readonly number[] | undefined
}

/** `control` is a Cache-Control value. Without `status` it is for files, that is for 200. */
export type CacheRule = {
  readonly match: PathPattern
  readonly control: string
  readonly status?: readonly number[] | undefined
}

/** The rules for headers and Cache-Control that match a request, in order. */
export type MatchingRules = {
  readonly headers: readonly HeaderRule[]
  /** Those with statuses: for files, `cacheControlOf()` is asked. */
  readonly caches: readonly CacheRule[]
}

export const NO_MATCHES: MatchingRules = { headers: [], caches: [] }

/** Fields to set by name in lower case; an empty list removes the field. */
export type FieldChanges = Map<string, FieldLine[]>

// The functions below take canonical paths: decoded, `/a/b`, a folder with a slash at its end.
// `file` is the path of the file served, which is that of the URL if there is no other.

export function matchingRules(
  { headers, caches }: FieldRules,
  path: string,
  file: string = path,
): MatchingRules {
  if (headers.length + caches.length === 0) return NO_MATCHES
  return {
    headers: headers.filter(rule => matches(rule, path, file)),
    caches: caches.filter(rule => rule.status !== undefined && matches(rule, path, file)),
  }
}

/**
 * The same for the page of a single-page application: a rule that matches the URL alone says
 * nothing about how long the page may be cached.
 */
export function matchingRulesOfPage(rules: FieldRules, path: string, file: string): MatchingRules {
  const { headers, caches } = matchingRules(rules, path, file)
  const ofPage = headers.map(rule => {
    if (matches(rule, file, file)) return rule
    const set = rule.set.filter(([name]) => !isCachingField(name))
    return { ...rule, set, unset: rule.unset.filter(name => !isCachingField(name)) }
  })
  return { headers: ofPage, caches }
}

/** Returns which rules match: paths with the same text get the same headers. */
export function matchingRulesKey(
  { headers, caches }: FieldRules,
  path: string,
  file: string = path,
): string {
  if (headers.length + caches.length === 0) return ''
  const indexes = (rules: readonly { readonly match: PathPattern }[]): string =>
    rules.flatMap((rule, at) => (matches(rule, path, file) ? [at] : [])).join()
  return `${indexes(headers)} ${indexes(caches)}`
}

/** Returns the Cache-Control of a response with this status, if a rule matches. */
export function cacheControlOf(
  { caches }: FieldRules,
  path: string,
  file: string = path,
  status: StatusCode = StatusCode.Ok,
): string | undefined {
  return caches.find(
    rule => isForStatus(rule.status ?? [StatusCode.Ok], status) && matches(rule, path, file),
  )?.control
}

/** Returns what the rules change in a response with this status; of each name, the last change. */
export function changesOf({ headers, caches }: MatchingRules, status: StatusCode): FieldChanges {
  const changes: FieldChanges = new Map()
  const isFile = baseOf(status) === StatusCode.Ok
  const cache = isFile ? undefined : caches.find(rule => isForStatus(rule.status!, status))
  if (cache !== undefined) changes.set('cache-control', [['Cache-Control', cache.control]])
  for (const rule of headers)
    if (rule.status === undefined || isForStatus(rule.status, status))
      // How long a file may be cached says nothing about an error at the same path.
      applyChange(changes, rule, rule.status === undefined && status >= StatusCode.BadRequest)
  return changes
}

/** Adds the changes of one rule to those before. */
export function applyChange(
  changes: FieldChanges,
  { set, unset }: Pick<HeaderRule, 'set' | 'unset'>,
  exceptCaching = false,
): void {
  const isLeftOut = (name: string): boolean => exceptCaching && isCachingField(name)
  for (const name of unset) if (!isLeftOut(name)) changes.set(name, [])
  const lines = set.filter(([name]) => !isLeftOut(name))
  for (const [name] of lines) changes.delete(name.toLowerCase())
  for (const line of lines) {
    const name = line[0].toLowerCase()
    changes.set(name, [...(changes.get(name) ?? []), line])
  }
}

function matches({ match }: { readonly match: PathPattern }, path: string, file: string): boolean {
  if (matchPattern(match, path) !== undefined) return true
  return file !== path && matchPattern(match, file) !== undefined
}

function isForStatus(statuses: readonly number[], status: StatusCode): boolean {
  return statuses.includes(baseOf(status))
}

/** 206 and 304 are forms of the 200 of the same file. */
function baseOf(status: StatusCode): StatusCode {
  return status === StatusCode.PartialContent || status === StatusCode.NotModified
    ? StatusCode.Ok
    : status
}
