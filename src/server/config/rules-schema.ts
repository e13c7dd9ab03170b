import { isIP } from 'node:net'
import { z } from 'zod'
import { CACHE_DIRECTIVES, whyNotCacheControl } from '../../response/cache-control.ts'
import { compilePattern, type PathPattern } from '../../response/path-pattern.ts'
import {
  compileRedirectTarget,
  compileRewriteTarget,
  missingCapture,
  type PathTemplate,
} from '../../response/path-template.ts'
import type { ParseResult } from '../../response/path-text.ts'
import { whyMisleading } from '../../response/pattern-syntax.ts'
import { isHeaderValue, whyHeaderRefused } from '../../response/rule-fields.ts'
import { compilePrefix, type SiteRules } from '../../response/site-rules.ts'
import { isMediaType } from '../../response/type-rules.ts'
import { hostSchema } from './address-schema.ts'
import type { HostConfig } from './config.ts'
import { nearest } from './config-issue.ts'
import { RULE_KEYS } from './rule-options.ts'
import { siteFileSchema } from './setting-type.ts'
import { settings } from './settings.ts'

/** A site as `[[hosts]]` has it, but for its settings. */
export type HostEntry = Pick<HostConfig, 'names' | 'root' | 'rules'>

export { ruleProblems } from '../../response/rule-problems.ts'

// Each message follows a location and a value, so it begins with "must".

const SECONDS_MAX = 31_536_000

const pattern = compiled('must be a pattern, such as /assets/** or /app/:page', text => {
  const result = compilePattern(text)
  const reason = result.ok ? whyMisleading(result.value) : undefined
  return reason === undefined ? result : { ok: false, reason }
})

const statusError = 'must be a status code from 200 to 599, such as 404; 206 and 304 go with 200'

/** One status or several. */
const status = z
  .preprocess(
    value => (typeof value === 'number' ? [value] : value),
    z
      .array(
        z
          .int(statusError)
          .min(200, statusError)
          .max(599, statusError)
          .refine(code => code !== 206 && code !== 304, statusError),
        'must be a status code or a list of them, such as [404, 410]',
      )
      .min(1, 'must be a status code or a list of them, such as [404, 410]'),
  )
  .optional()

const mediaType = text('must be a media type, such as text/html; charset=windows-1252', isMediaType)

const header = table({
  match: pattern,
  status,
  // Short for Content-Type in `set`.
  type: mediaType.optional(),
  set: z
    .record(
      z.string(),
      text('must be a header value, such as noindex', isHeaderValue),
      'must be a table of headers, such as { X-Robots-Tag = "noindex" }',
    )
    .superRefine((headers, context) => {
      const names = Object.keys(headers)
      refuseNames(new Map(names.map(name => [name, name])), 'set', context)
    })
    .default({}),
  unset: z
    .array(z.string('must be a header name'), 'must be a list of header names, such as ["ETag"]')
    .superRefine((names, context) => refuseNames(names.entries(), 'unset', context))
    .default([]),
}).transform(({ match, status, type, set: given, unset }, context) => {
  const set = type === undefined ? given : { ...given, 'Content-Type': type }
  if (type !== undefined && Object.keys(given).some(name => /^content-type$/i.test(name)))
    refuse(context, 'must not be combined with a Content-Type in set', ['type'])
  const hasType = Object.keys(set).some(name => /^content-type$/i.test(name))
  if (hasType && status?.includes(200) === false)
    refuse(context, 'must include 200 for a Content-Type: that of errors is not changed', [
      'status',
    ])
  for (const [name, value] of Object.entries(given))
    if (name.toLowerCase() === 'cache-control') refuseCacheControl(value, ['set', name], context)
  const names = Object.keys(set).map(name => name.toLowerCase())
  const unsetNames = unset.map(name => name.toLowerCase())
  if (names.length + unsetNames.length === 0)
    refuse(context, 'must have set or unset, such as unset = ["ETag"]')
  for (const [at, name] of unsetNames.entries())
    if (names.includes(name)) refuse(context, 'must not be both set and unset', ['unset', at])
  return { match, status, set: Object.entries(set), unset: unsetNames }
})

const redirect = table({
  match: pattern,
  to: compiled('must be a path or a URL, such as /new/:splat', compileRedirectTarget),
  status: z.literal([301, 302, 307, 308], 'must be one of 301, 302, 307, 308').default(308),
}).superRefine(refuseMissingNames)

const rewrite = table({
  match: pattern,
  to: compiled('must be a path, such as /pages/:page.html', compileRewriteTarget),
}).superRefine(refuseMissingNames)

const cache = table({
  match: pattern,
  status,
  control: text('must be a Cache-Control value, such as no-store', isHeaderValue)
    .superRefine((value, context) => refuseCacheControl(value, [], context))
    .optional(),
  seconds: z
    .int(`must be a whole number from 0 to ${SECONDS_MAX}, such as 3600`)
    .min(0)
    .max(SECONDS_MAX)
    .optional(),
}).transform(({ match, status, control, seconds }, context) => {
  if ((control === undefined) === (seconds === undefined))
    refuse(context, 'must have either control or seconds, such as seconds = 3600')
  return { match, status, control: control ?? `public, max-age=${seconds}` }
})

const types = table({
  extensions: lowerCaseList(
    'must be a list of extensions without a dot before them, such as ["foo", "d.ts"]',
    /^[^./\\\s][^/\\\s]*$/,
  ),
  names: lowerCaseList('must be a list of file names, such as ["BUILD"]', /^[^/\\]+$/),
  type: mediaType,
}).superRefine(({ extensions, names }, context) => {
  if (extensions.length + names.length === 0)
    refuse(context, 'must have extensions or names, such as extensions = ["foo"]')
})

const single = table({
  prefix: compiled('must be a path, such as /admin/', compilePrefix),
  file: siteFileSchema('must be the name of a file below the root, such as index.html'),
})

const rules = {
  headers: list('headers', header),
  redirects: list('redirects', redirect),
  rewrites: list('rewrites', rewrite),
  cache: list('cache', cache),
  types: list('types', types),
  // A string is the file for the whole site, and `true` stands for the file of the bare flag.
  single: z.preprocess(
    value => {
      const file = value === true ? settings.single.bareValue : value
      if (file === false) return []
      return typeof file === 'string' ? [{ prefix: '/', file }] : file
    },
    list('single', single),
  ),
} satisfies Record<(typeof RULE_KEYS)[number], z.ZodType>

const hostNameError =
  'must be a host name or an IP address without a port, such as blog.example or *.blog.example'

const hostName = z.string(hostNameError).transform((name, context) => {
  // A name with a star stands for all names below the rest.
  const [, star = '', rest] = /^(\*\.)?(.*)$/s.exec(name)!
  const { data, success } = hostSchema().safeParse(rest)
  if (success && (star === '' || isIP(data) === 0)) return star + data.toLowerCase()
  refuse(context, hostNameError)
  return z.NEVER
})

const namesError = 'must be a list of host names, such as ["blog.example", "*.blog.example"]'

const hostShape = {
  name: hostName.optional(),
  names: z.array(hostName, namesError).min(1, namesError).optional(),
  root: text('must be the name of a folder, such as sites/blog', value => value !== ''),
  ...rules,
}

/** Only the keys of rules are suggested: `port` is not a misspelt `root`. */
const host = table(hostShape, RULE_KEYS).transform(({ name, names, root, ...rules }, context) => {
  if ((name === undefined) === (names === undefined))
    refuse(context, 'must have either name or names, such as name = "blog.example"')
  return { names: names ?? [name ?? ''], root, rules: toSiteRules(rules) }
})

export const rulesSchema: z.ZodType<SiteRules> = table(rules).transform(toSiteRules)
export const hostsSchema: z.ZodType<HostEntry[]> = list('hosts', host)

function toSiteRules(raw: z.output<z.ZodObject<typeof rules>>): SiteRules {
  const { cache: caches, single: singles, ...others } = raw
  return { ...others, caches, singles }
}

/** The message for unknown keys is a list of known ones, from which ConfigSource suggests. */
function table<Shape extends z.ZodRawShape>(
  shape: Shape,
  known: readonly string[] = Object.keys(shape),
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? known.join() : 'must be a table'),
  })
}

function list<Rule extends z.ZodType>(key: string, rule: Rule): z.ZodDefault<z.ZodArray<Rule>> {
  return z.array(rule, `must be a list, in TOML [[${key}]]`).default([])
}

function text(error: string, isValid: (text: string) => boolean): z.ZodType<string> {
  return z.string(error).refine(isValid, error)
}

function lowerCaseList(error: string, shape: RegExp): z.ZodType<string[]> {
  const element = z
    .string(error)
    .regex(shape, error)
    .transform(name => name.toLowerCase())
  return z.array(element, error).default([])
}

/** A text that `compile` accepts. `error` is the message for other values. */
function compiled<T>(error: string, compile: (text: string) => ParseResult<T>): z.ZodType<T> {
  return z.string(error).transform((text, context) => {
    const result = compile(text)
    if (result.ok) return result.value
    refuse(context, `must ${result.reason}`)
    return z.NEVER
  })
}

function refuse(context: z.RefinementCtx, message: string, path: PropertyKey[] = []): void {
  context.addIssue({ code: 'custom', message, path })
}

function refuseCacheControl(value: string, path: PropertyKey[], context: z.RefinementCtx): void {
  const problem = whyNotCacheControl(value)
  if (problem === undefined) return
  const near = problem.unknown && nearest(problem.unknown, CACHE_DIRECTIVES)
  refuse(context, `must ${problem.reason}${near ? `; did you mean ${near}?` : ''}`, path)
}

/** `names` has the names with their places in the value of `use`. */
function refuseNames(
  names: Iterable<readonly [at: PropertyKey, name: string]>,
  use: 'set' | 'unset',
  context: z.RefinementCtx,
): void {
  const seen = new Set<string>()
  for (const [at, name] of names) {
    const repeated = seen.has(name.toLowerCase()) ? 'be given once' : undefined
    const reason = whyHeaderRefused(name, use) ?? repeated
    if (reason !== undefined) refuse(context, `must ${reason}`, [at])
    seen.add(name.toLowerCase())
  }
}

function refuseMissingNames(
  { match, to }: { readonly match: PathPattern; readonly to: PathTemplate },
  context: z.RefinementCtx,
): void {
  const name = missingCapture(to, match)
  if (name === undefined) return
  refuse(context, `must use only names that ${match.text} captures, not :${name}`, ['to'])
}
