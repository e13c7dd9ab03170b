import { z } from 'zod'
import { compilePattern, type PathPattern } from '../../response/path-pattern.ts'
import {
  compileRedirectTarget,
  compileRewriteTarget,
  missingCapture,
  type PathTemplate,
} from '../../response/path-template.ts'
import type { ParseResult } from '../../response/path-text.ts'
import { isHeaderValue, whyHeaderRefused } from '../../response/rule-fields.ts'
import { compilePrefix, isCanonical, type SiteRules } from '../../response/site-rules.ts'
import { hostSchema } from './address-schema.ts'
import type { HostConfig } from './settings.ts'

// Each message follows a location and a value, so it begins with "must".

const SECONDS_MAX = 31_536_000

const siteFileError = { error: 'must be the name of a file below the root, such as index.html' }

/** Transforms a file name, relative to the root, into the canonical path of the file. */
export const siteFileSchema: z.ZodType<string> = z
  .string(siteFileError)
  .transform(name => (name.startsWith('/') ? name : `/${name}`))
  .refine(path => !path.endsWith('/') && isCanonical(path), siteFileError)

const headerValueError = { error: 'must be a header value, such as noindex' }

const pattern = z
  .string({ error: 'must be a pattern, such as /assets/** or /app/:page' })
  .transform((text, context) => unwrap(compilePattern(text), context))

const header = table({
  match: pattern,
  set: z
    .record(z.string(), z.string(headerValueError).refine(isHeaderValue, headerValueError), {
      error: 'must be a table of headers, such as { X-Robots-Tag = "noindex" }',
    })
    .optional()
    .superRefine((headers = {}, context) => {
      const names = Object.keys(headers)
      refuseNames(names, 'set', at => names[at]!, context)
    }),
  unset: z
    .array(z.string({ error: 'must be a header name' }), {
      error: 'must be a list of header names, such as ["ETag"]',
    })
    .optional()
    .superRefine((names = [], context) => refuseNames(names, 'unset', at => at, context)),
}).transform(({ match, set = {}, unset = [] }, context) => {
  const names = Object.keys(set).map(name => name.toLowerCase())
  const unsetNames = unset.map(name => name.toLowerCase())
  if (names.length + unsetNames.length === 0) {
    refuse(context, 'must have set or unset, such as unset = ["ETag"]')
  }
  for (const [i, name] of unsetNames.entries()) {
    if (names.includes(name)) {
      refuse(context, 'must not be both set and unset', ['unset', i])
    }
  }
  return { match, set: Object.entries(set), unset: unsetNames }
})

const redirect = table({
  match: pattern,
  to: z
    .string({ error: 'must be a path or a URL, such as /new/:splat' })
    .transform((text, context) => unwrap(compileRedirectTarget(text), context)),
  status: z
    .literal([301, 302, 307, 308], { error: 'must be one of 301, 302, 307, 308' })
    .default(308),
}).superRefine(refuseMissingNames)

const rewrite = table({
  match: pattern,
  to: z
    .string({ error: 'must be a path, such as /pages/:page.html' })
    .transform((text, context) => unwrap(compileRewriteTarget(text), context)),
}).superRefine(refuseMissingNames)

const cacheControlError = { error: 'must be a Cache-Control value, such as no-store' }

const cache = table({
  match: pattern,
  control: z
    .string(cacheControlError)
    .refine(value => value !== '' && isHeaderValue(value), cacheControlError)
    .optional(),
  seconds: z
    .int({ error: `must be a whole number from 0 to ${SECONDS_MAX}, such as 3600` })
    .min(0)
    .max(SECONDS_MAX)
    .optional(),
}).transform(({ match, control, seconds }, context) => {
  if ((control === undefined) === (seconds === undefined))
    refuse(context, 'must have either control or seconds, such as seconds = 3600')
  return { match, control: control ?? `public, max-age=${seconds}` }
})

const single = table({
  prefix: z
    .string({ error: 'must be a path, such as /admin/' })
    .transform((text, context) => unwrap(compilePrefix(text), context)),
  file: siteFileSchema,
})

const rules = {
  headers: list('headers', header),
  redirects: list('redirects', redirect),
  rewrites: list('rewrites', rewrite),
  cache: list('cache', cache),
  // A string is the file for the whole site.
  single: z.preprocess(
    value => (typeof value === 'string' ? [{ prefix: '/', file: value }] : value),
    list('single', single),
  ),
}

/** The keys of rules: `headers`, `redirects` and so on. */
export const ruleKeys: readonly string[] = Object.keys(rules)

/** The keys of a table, by the last key of its path; of the rules themselves for undefined. */
export function keysOf(key: PropertyKey | undefined): readonly string[] {
  const shapes: Record<PropertyKey, { readonly shape: object }> = {
    headers: header.in,
    redirects: redirect,
    rewrites: rewrite,
    cache: cache.in,
    single,
    hosts: host.in,
  }
  return key === undefined ? ruleKeys : Object.keys(shapes[key]?.shape ?? {})
}

export const rulesSchema: z.ZodType<SiteRules> = table(rules).transform(toSiteRules)

const folderError = { error: 'must be the name of a folder, such as sites/blog' }

const host = table({
  name: z
    .unknown()
    .transform(name => hostSchema.safeParse(name).data?.toLowerCase())
    .pipe(
      z.string({
        error: 'must be a host name or an IP address without a port, such as blog.example',
      }),
    ),
  root: z.string(folderError).min(1, folderError),
  ...rules,
}).transform(({ name, root, ...rules }) => ({ name, root, rules: toSiteRules(rules) }))

export const hostsSchema: z.ZodType<HostConfig[]> = list('hosts', host)

type Rules = z.output<z.ZodObject<typeof rules>>

function toSiteRules({ headers, redirects, rewrites, cache, single }: Rules): SiteRules {
  return { headers, redirects, rewrites, caches: cache, singles: single }
}

function table<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, { error: 'must be a table' })
}

function list<Rule extends z.ZodType>(key: string, rule: Rule): z.ZodDefault<z.ZodArray<Rule>> {
  return z.array(rule, { error: `must be a list, in TOML [[${key}]]` }).default([])
}

/** Unwraps the result of a transform, and reports an error to zod. */
function unwrap<T>(result: ParseResult<T>, context: z.RefinementCtx): T {
  if (result.ok) return result.value
  refuse(context, `must ${result.reason}`)
  return z.NEVER
}

function refuse(context: z.RefinementCtx, message: string, path: PropertyKey[] = []): void {
  context.addIssue({ code: 'custom', message, path })
}

function refuseNames(
  names: readonly string[],
  use: 'set' | 'unset',
  keyOf: (at: number) => PropertyKey,
  context: z.RefinementCtx,
): void {
  const seen = new Set<string>()
  for (const [at, name] of names.entries()) {
    const reason =
      whyHeaderRefused(name, use) ?? (seen.has(name.toLowerCase()) ? 'be given once' : undefined)
    if (reason !== undefined) refuse(context, `must ${reason}`, [keyOf(at)])
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
