import { resolve } from 'node:path'
import type { z } from 'zod'
import type { SiteRules } from '../../response/site-rules.ts'
import { type ConfigIssue, formatLocation, nearest } from './config-issue.ts'
import { hostsSchema, keysOf, rulesSchema } from './rules-schema.ts'
import type { HostConfig } from './settings.ts'

export type Path = readonly PropertyKey[]
export type SourceLocation = Pick<ConfigIssue, 'source' | 'value'>

/** Rules as a source gives them, and where each part of them stands: undefined for what is not there. */
export type RawRules = {
  readonly value: unknown
  readonly locate: (path: Path) => SourceLocation | undefined
}

export type ParsedRules<T> = {
  readonly value: T | undefined
  readonly problems: readonly ConfigIssue[]
}

export function parseRules(written: RawRules): ParsedRules<SiteRules> {
  return judge(rulesSchema.safeParse(written.value), written)
}

/** `base` is the folder that relative roots start from. */
export function parseHosts(written: RawRules, base: string): ParsedRules<HostConfig[]> {
  const { value, problems } = judge(hostsSchema.safeParse(written.value), written)
  return {
    value: value?.map(host => ({ ...host, root: resolve(base, host.root) })),
    problems: [...problems, ...namesTwice(written)],
  }
}

function judge<T>(result: z.ZodSafeParseResult<T>, written: RawRules): ParsedRules<T> {
  if (result.success) return { value: result.data, problems: [] }
  return {
    value: undefined,
    problems: result.error.issues.flatMap(issue => problemsOf(issue, written)),
  }
}

function problemsOf(issue: z.core.$ZodIssue, written: RawRules): ConfigIssue[] {
  const { path, message } = issue
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(path.findLast(key => typeof key === 'string'))
    return issue.keys.map(key => ({
      ...nearestPlace([...path, key], written),
      allowed: 'is not a known key',
      suggestion: nearest(key, known),
    }))
  }
  const key = path.at(-1)
  const isThere = (some: Path): boolean => written.locate(some) !== undefined
  const isMissing = typeof key === 'string' && !isThere(path) && isThere(path.slice(0, -1))
  return [{ ...nearestPlace(path, written), allowed: isMissing ? `must have ${key}` : message }]
}

/** Of the smallest part that has a place. */
function nearestPlace(path: Path, written: RawRules): SourceLocation {
  for (let length = path.length; length >= 0; length--) {
    const place = written.locate(path.slice(0, length))
    if (place !== undefined) return place
  }
  throw new RangeError('rules that stand nowhere')
}

/** By hand, since it is to be told also if something else is wrong. */
function namesTwice(written: RawRules): ConfigIssue[] {
  const hosts = Array.isArray(written.value) ? written.value : []
  const seen = new Map<string, SourceLocation>()
  const problems: ConfigIssue[] = []
  for (const [at, host] of hosts.entries()) {
    if (typeof host?.name !== 'string') continue
    const name = host.name.toLowerCase()
    const place = nearestPlace([at, 'name'], written)
    const earlier = seen.get(name)
    if (earlier === undefined) seen.set(name, place)
    else {
      const allowed = `must be given once, and is given by ${formatLocation(earlier.source, earlier.value)} already`
      problems.push({ ...place, allowed })
    }
  }
  return problems
}
