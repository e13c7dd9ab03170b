import { z } from 'zod'
import { compilePattern, type PathPattern } from '../../response/path-pattern.ts'
import {
  compileLocation,
  compileTarget,
  nameMissing,
  type PathTemplate,
} from '../../response/path-template.ts'
import type { ParseResult } from '../../response/path-text.ts'
import { isRuleValue, nameRefusal } from '../../response/rule-fields.ts'
import { compilePrefix, isCanonical, type SiteRules } from '../../response/site-rules.ts'
import { hostSchema } from './address.ts'
import type { HostConfig } from './settings.ts'

// Every message stands behind the place it is about, after which one reads on: "must be …".

const SECONDS_MAX = 31_536_000

/** The canonical path of a file below a root, from its name. */
export const siteFileSchema: z.ZodType<string> = z
  .string({ error: 'must be the name of a file below the root' })
  .transform(name => (name.startsWith('/') ? name : `/${name}`))
  .refine(path => !path.endsWith('/') && isCanonical(path), {
    error: 'must be the name of a file below the root',
  })

const pattern = z
  .string({ error: 'must be a pattern, such as /assets/** or /app/:page' })
  .transform((text, context) => read(compilePattern(text), context))

const header = table({
  match: pattern,
  set: z
    .record(
      z.string(),
      z
        .string({ error: 'must be the value of a field' })
        .refine(isRuleValue, { error: 'must be the value of a field' }),
      { error: 'must be a table of fields and their values' },
    )
    .optional()
    .superRefine((fields = {}, context) => {
      const names = Object.keys(fields)
      refuseNames(names, 'set', at => names[at]!, context)
    }),
  unset: z
    .array(z.string({ error: 'must be the name of a field' }), {
      error: 'must be a list of names of fields',
    })
    .optional()
    .superRefine((names = [], context) => refuseNames(names, 'unset', at => at, context)),
}).transform(({ match, set = {}, unset = [] }, context) => {
  const names = Object.keys(set).map(name => name.toLowerCase())
  const unsetNames = unset.map(name => name.toLowerCase())
  if (names.length + unsetNames.length === 0) refuse(context, 'must have set or unset')
  for (const [i, name] of unsetNames.entries()) {
    if (names.includes(name)) refuse(context, 'must not be set beside', ['unset', i])
  }
  return { match, set: Object.entries(set), unset: unsetNames }
})

const redirect = table({
  match: pattern,
  to: z
    .string({ error: 'must be a path or a URL, such as /new/:splat' })
    .transform((text, context) => read(compileLocation(text), context)),
  status: z
    .literal([301, 302, 307, 308], { error: 'must be one of 301, 302, 307, 308' })
    .default(308),
}).superRefine(refuseMissingNames)

const rewrite = table({
  match: pattern,
  to: z
    .string({ error: 'must be a path, such as /pages/:page.html' })
    .transform((text, context) => read(compileTarget(text), context)),
}).superRefine(refuseMissingNames)

const cache = table({
  match: pattern,
  control: z
    .string({ error: 'must be a Cache-Control' })
    .refine(value => value !== '' && isRuleValue(value), { error: 'must be a Cache-Control' })
    .optional(),
  seconds: z
    .int({ error: `must be a whole number from 0 to ${SECONDS_MAX}` })
    .min(0)
    .max(SECONDS_MAX)
    .optional(),
}).transform(({ match, control, seconds }, context) => {
  if ((control === undefined) === (seconds === undefined))
    refuse(context, 'must have either control or seconds')
  return { match, control: control ?? `public, max-age=${seconds}` }
})

const single = table({
  prefix: z
    .string({ error: 'must be a path, such as /admin/' })
    .transform((text, context) => read(compilePrefix(text), context)),
  file: siteFileSchema,
})

const kinds = {
  headers: list('headers', header),
  redirects: list('redirects', redirect),
  rewrites: list('rewrites', rewrite),
  cache: list('cache', cache),
  // The one for the whole site may be written as its file alone.
  single: z.preprocess(
    written => (typeof written === 'string' ? [{ prefix: '/', file: written }] : written),
    list('single', single),
  ),
}

/** The kinds of rules, by their keys. */
export const ruleKeys: readonly string[] = Object.keys(kinds)

/** Which keys a table has, by the last key of its path; undefined for the rules as a whole. */
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

export const rulesSchema: z.ZodType<SiteRules> = table(kinds).transform(asRules)

const host = table({
  name: z
    .unknown()
    .transform(name => hostSchema.safeParse(name).data?.toLowerCase())
    .pipe(z.string({ error: 'must be a host name or an IP address, without a port' })),
  root: z
    .string({ error: 'must be the name of a folder' })
    .min(1, { error: 'must be the name of a folder' }),
  ...kinds,
}).transform(({ name, root, ...written }) => ({ name, root, rules: asRules(written) }))

export const hostsSchema: z.ZodType<HostConfig[]> = list('hosts', host)

type Kinds = z.output<z.ZodObject<typeof kinds>>

function asRules({ headers, redirects, rewrites, cache, single }: Kinds): SiteRules {
  return { headers, redirects, rewrites, caches: cache, singles: single }
}

function table<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, { error: 'must be a table' })
}

function list<Rule extends z.ZodType>(key: string, rule: Rule): z.ZodDefault<z.ZodArray<Rule>> {
  return z.array(rule, { error: `must be a list, in TOML [[${key}]]` }).default([])
}

function read<T>(reading: ParseResult<T>, context: z.RefinementCtx): T {
  if (reading.ok) return reading.value
  refuse(context, `must ${reading.reason}`)
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
      nameRefusal(name, use) ?? (seen.has(name.toLowerCase()) ? 'be given once' : undefined)
    if (reason !== undefined) refuse(context, `must ${reason}`, [keyOf(at)])
    seen.add(name.toLowerCase())
  }
}

function refuseMissingNames(
  { match, to }: { readonly match: PathPattern; readonly to: PathTemplate },
  context: z.RefinementCtx,
): void {
  const name = nameMissing(to, match)
  if (name === undefined) return
  refuse(context, `must refer to what ${match.text} captures, and :${name} is not`, ['to'])
}
