import type { CacheRule, HeaderRule } from './matching-rules.ts'
import { matchPattern, type PathPattern } from './path-pattern.ts'
import { expandTarget, isRedirectLoop, type PathTemplate } from './path-template.ts'
import { includesPattern } from './pattern-inclusion.ts'
import { isCachingField } from './rule-fields.ts'
import { isCanonical, type RewriteRule, redirectOf, type SiteRules } from './site-rules.ts'
import { StatusCode } from './status.ts'
import { type TypeRule, typeOfName } from './type-rules.ts'

type KeyPath = readonly (string | number)[]
/** Whether a pattern matches all that another matches. */
type Includes = (outer: PathPattern, inner: PathPattern) => boolean

/** A rule, or a part of one, that can never apply. */
export type RuleProblem = {
  /** The keys and indexes that lead to it, as the rules are written. */
  readonly path: KeyPath
  /** Another rule that is the reason. */
  readonly other?: KeyPath
  /** The message, which names the place of the other rule. */
  readonly message: (other: string) => string
}

/** So many redirects in a row lead nowhere: browsers follow 20. */
const REDIRECTS_MAX = 32

/** Finds rules that can never apply. It reports none that can, but may miss some that cannot. */
export function ruleProblems(rules: SiteRules): readonly RuleProblem[] {
  const { redirects, rewrites, caches, types, singles } = rules
  const includes = inclusion()
  return [
    ...redirects.flatMap((rule, at) => problemsOfRedirect(rule, at, rules)),
    ...shadowed('redirects', redirects, includes, (one, other) => !mayLoop(one.to, other.match)),
    ...rewrites.flatMap(problemsOfRewrite),
    ...shadowed('rewrites', rewrites, includes, isAlwaysApplied),
    ...rewrites.flatMap(({ match }, at) => {
      const isBefore = ({ match: other, to }: RewriteRule): boolean =>
        !mayLoop(to, match) && includes(other, match)
      return after(['rewrites', at, 'match'], 'redirects', redirects.findIndex(isBefore))
    }),
    ...shadowed('cache', caches, includes, (one, other) =>
      covers(statusesOf(one), statusesOf(other)),
    ),
    ...rules.headers.flatMap((rule, at) => problemsOfHeaders(rule, at, rules.headers, includes)),
    ...types.flatMap((rule, at) => problemsOfType(rule, at, types)),
    ...singles.flatMap(({ prefix }, at) => {
      const first = singles.findIndex(other => other.prefix === prefix)
      return first < at ? after(['single', at, 'prefix'], 'single', first, 'prefix') : []
    }),
  ]
}

/** Returns the problem that an earlier rule, if there is one, leaves nothing to this one. */
function after(path: KeyPath, kind: string, first: number, key = 'match'): readonly RuleProblem[] {
  const message = (other: string): string =>
    `must not come after ${other}, which applies to all that it matches`
  return first === -1 ? [] : [{ path, other: [kind, first, key], message }]
}

/** Finds rules of a kind that an earlier one precedes wherever they match. */
function shadowed<Rule extends { readonly match: PathPattern }>(
  kind: string,
  rules: readonly Rule[],
  includes: Includes,
  precedes: (one: Rule, other: Rule) => boolean,
): readonly RuleProblem[] {
  return rules.flatMap((rule, at) => {
    const isBefore = (one: Rule): boolean => precedes(one, rule) && includes(one.match, rule.match)
    return after([kind, at, 'match'], kind, rules.slice(0, at).findIndex(isBefore))
  })
}

function problemsOfRedirect(
  { match, to }: RewriteRule,
  at: number,
  rules: SiteRules,
): readonly RuleProblem[] {
  const path = ['redirects', at, 'to']
  const samples = samplesOf(match)
  if (to.query === undefined && samples.every(sample => isLoop(match, to, sample)))
    return [{ path, message: () => 'must lead elsewhere: it is the requested URL itself' }]
  const circle = circleFrom(samples[0]!, rules)
  if (circle === undefined || redirectIndex(samples[0]!, rules) !== at) return []
  return [{ path, message: () => `must not lead in a circle, as ${circle.join(' to ')} does` }]
}

function isLoop(match: PathPattern, to: PathTemplate, path: string): boolean {
  const captures = matchPattern(match, path)
  return captures !== undefined && isRedirectLoop(to, captures, path, '')
}

function redirectIndex(path: string, { redirects }: SiteRules): number {
  return redirects.findIndex(({ match, to }) => {
    return matchPattern(match, path) !== undefined && !isLoop(match, to, path)
  })
}

/** Follows redirects from a path. Returns the first steps if they never end. */
function circleFrom(path: string, rules: SiteRules): readonly string[] | undefined {
  const urls = [path]
  for (let url = path; urls.length < REDIRECTS_MAX; urls.push(url)) {
    const [from = '', query = ''] = url.split('?', 2)
    const next = redirectOf(rules, decodeURIComponent(from), query)
    if (next === undefined || !next.location.startsWith('/')) return undefined
    url = next.location.replace(/#.*/, '')
    // A circle that begins elsewhere is that of another rule.
    if (url === path) return [...urls, url].slice(0, 4)
    if (urls.includes(url)) return undefined
  }
  return urls.slice(0, 3)
}

function problemsOfRewrite({ match, to }: RewriteRule, at: number): readonly RuleProblem[] {
  const isServed = samplesOf(match).some(sample => {
    const captures = matchPattern(match, sample)
    return captures !== undefined && isCanonical(expandTarget(to, captures))
  })
  if (isServed) return []
  const message = (): string => 'must be a path that is served: names with a dot first are not'
  return [{ path: ['rewrites', at, 'to'], message }]
}

/** A rewrite is skipped if it leads to a hidden name, such as the one it has captured. */
function isAlwaysApplied({ match, to }: RewriteRule): boolean {
  const hasWhole = to.path.split('/').every(part => /^(?::\w+|[^:.][^:]*|)$/.test(part))
  return hasWhole && (!to.path.includes(':') || match.segments[0]?.kind === 'text')
}

/** Whether a redirect may lead to a path that matches, and is then skipped. */
function mayLoop(to: PathTemplate, { segments }: PathPattern): boolean {
  if (to.origin !== '') return false
  const parts = decodeURIComponent(to.path).slice(1).split('/')
  for (const [at, part] of parts.entries()) {
    const segment = segments[at]
    if (part.includes(':') || segment?.kind !== 'text' || segment.texts.length > 1) return true
    if (segment.texts[0] !== part) return false
  }
  return segments.length === parts.length
}

/** Each header that a later rule sets or removes wherever this rule does. */
function problemsOfHeaders(
  rule: HeaderRule,
  at: number,
  rules: readonly HeaderRule[],
  includes: Includes,
): readonly RuleProblem[] {
  const parts: readonly (readonly [name: string, path: KeyPath])[] = [
    ...rule.set.map(([name]) => [name, ['headers', at, 'set', name]] as const),
    ...rule.unset.map((name, n) => [name, ['headers', at, 'unset', n]] as const),
  ]
  return parts.flatMap(([name, path]) => {
    const later = rules.findIndex(
      (other, n) =>
        n > at && changes(other, name.toLowerCase()) && replaces(other, rule, name, includes),
    )
    const message = (other: string): string =>
      `must not come before ${other}, which sets or removes it for all these paths`
    return later === -1 ? [] : [{ path, other: ['headers', later, 'match'], message }]
  })
}

function changes({ set, unset }: HeaderRule, name: string): boolean {
  return unset.includes(name) || set.some(([other]) => other.toLowerCase() === name)
}

function replaces(later: HeaderRule, rule: HeaderRule, name: string, includes: Includes): boolean {
  const isForAll =
    later.status === undefined &&
    // It does not change the caching of errors.
    (!isCachingField(name) || (rule.status ?? []).every(status => status < StatusCode.BadRequest))
  const isForSame =
    later.status !== undefined && rule.status !== undefined && covers(later.status, rule.status)
  return (isForAll || isForSame) && includes(later.match, rule.match)
}

function statusesOf({ status }: CacheRule): readonly number[] {
  return status ?? [StatusCode.Ok]
}

function covers(outer: readonly number[], inner: readonly number[]): boolean {
  return inner.every(status => outer.includes(status))
}

/** Each name and extension that an earlier rule has. */
function problemsOfType(
  { extensions, names }: TypeRule,
  at: number,
  types: readonly TypeRule[],
): readonly RuleProblem[] {
  const before = types.slice(0, at)
  const find = (name: string): number =>
    before.findIndex(rule => typeOfName([rule], name) !== undefined)
  return [
    ...extensions.flatMap((extension, n) =>
      after(['types', at, 'extensions', n], 'types', find(`x.${extension}`), 'type'),
    ),
    ...names.flatMap((name, n) => after(['types', at, 'names', n], 'types', find(name), 'type')),
  ]
}

/** Compares patterns. A different name first, or a sample, refutes most of them in less time. */
function inclusion(): Includes {
  const known = new Map<PathPattern, readonly string[]>()
  return (outer, inner) => {
    const [first, other] = [outer.segments[0], inner.segments[0]]
    const areNames =
      first?.kind === 'text' &&
      other?.kind === 'text' &&
      first.texts.length + other.texts.length === 2
    if (areNames && first.texts[0] !== other.texts[0]) return false
    const samples = known.get(inner) ?? samplesOf(inner)
    known.set(inner, samples)
    return (
      samples.every(path => matchPattern(outer, path) !== undefined) &&
      includesPattern(outer, inner)
    )
  }
}

/** Returns paths that match, with names in them that no rule has. */
function samplesOf({ segments }: PathPattern): readonly string[] {
  const splats = [['x-1'], ['x-1', 'x-2']]
  const paths = splats.map(splat =>
    segments.flatMap((segment, at) => {
      if (segment.kind === 'splat') return splat
      return segment.kind === 'capture' ? [`x-${at}`] : [segment.texts.join(`x${at}`)]
    }),
  )
  return paths.map(path => `/${path.join('/')}`)
}
