import { resolve } from 'node:path'
import type { z } from 'zod'
import type { SiteRules } from '../../response/site-rules.ts'
import { type ConfigIssue, formatLocation, nearest, type SourceLocation } from './config-issue.ts'
import { hostsSchema, keysOf, rulesSchema } from './rules-schema.ts'
import type { HostConfig } from './settings.ts'

/** The keys and indexes that lead to a part of the rules. */
export type KeyPath = readonly PropertyKey[]

/** Rules as a source gives them. */
export type RawRules = {
  readonly value: unknown
  /** Where the source gives a part of the rules; undefined if it does not. */
  readonly locate: (path: KeyPath) => SourceLocation | undefined
}

export type ParsedRules<T> = {
  /** Undefined if there are issues. */
  readonly value: T | undefined
  readonly issues: readonly ConfigIssue[]
}

export function parseRules(raw: RawRules): ParsedRules<SiteRules> {
  return toParsedRules(rulesSchema.safeParse(raw.value), raw)
}

/** `base` is the folder that relative roots start from. */
export function parseHosts(raw: RawRules, base: string): ParsedRules<HostConfig[]> {
  const { value, issues } = toParsedRules(hostsSchema.safeParse(raw.value), raw)
  return {
    value: value?.map(host => ({ ...host, root: resolve(base, host.root) })),
    issues: [...issues, ...duplicateNames(raw)],
  }
}

function toParsedRules<T>(result: z.ZodSafeParseResult<T>, raw: RawRules): ParsedRules<T> {
  if (result.success) return { value: result.data, issues: [] }
  return {
    value: undefined,
    issues: result.error.issues.flatMap(issue => toConfigIssues(issue, raw)),
  }
}

function toConfigIssues(issue: z.core.$ZodIssue, raw: RawRules): ConfigIssue[] {
  const { path, message } = issue
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(path.findLast(key => typeof key === 'string'))
    return issue.keys.map(key => ({
      ...nearestLocation([...path, key], raw),
      message: 'is not a known key',
      suggestion: nearest(key, known),
    }))
  }
  const key = path.at(-1)
  const isGiven = (part: KeyPath): boolean => raw.locate(part) !== undefined
  const isMissing = typeof key === 'string' && !isGiven(path) && isGiven(path.slice(0, -1))
  return [{ ...nearestLocation(path, raw), message: isMissing ? `must have ${key}` : message }]
}

/** The location of the smallest part around `path` that has one. */
function nearestLocation(path: KeyPath, raw: RawRules): SourceLocation {
  for (let length = path.length; length >= 0; length--) {
    const location = raw.locate(path.slice(0, length))
    if (location !== undefined) return location
  }
  throw new RangeError('rules without a location')
}

/** Not part of the schema, because zod skips refinements of a list if an element is invalid. */
function duplicateNames(raw: RawRules): ConfigIssue[] {
  const hosts = Array.isArray(raw.value) ? raw.value : []
  const seen = new Map<string, SourceLocation>()
  const issues: ConfigIssue[] = []
  for (const [at, host] of hosts.entries()) {
    if (typeof host?.name !== 'string') continue
    const name = host.name.toLowerCase()
    const location = nearestLocation([at, 'name'], raw)
    const earlier = seen.get(name)
    if (earlier === undefined) seen.set(name, location)
    else {
      const message = `must be given once; it is already given by ${formatLocation(earlier)}`
      issues.push({ ...location, message })
    }
  }
  return issues
}
