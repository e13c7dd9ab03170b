import type { z } from 'zod'
import {
  type ConfigIssue,
  formatLocation,
  type KeyPath,
  nearest,
  partAt,
  type RawValue,
  type SourceLocation,
} from './config-issue.ts'

/** Parses rules with a schema of rules-schema.ts. If they are invalid, adds issues instead. */
export function parseRules<T>(
  schema: z.ZodType<T>,
  raw: RawValue,
  issues: ConfigIssue[],
): T | undefined {
  const result = schema.safeParse(raw.value)
  if (!result.success)
    issues.push(...result.error.issues.flatMap(issue => toConfigIssues(issue, raw)))
  return result.data
}

function toConfigIssues(issue: z.core.$ZodIssue, raw: RawValue): ConfigIssue[] {
  const { path, message } = issue
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({
      ...locate(raw, [...path, key]),
      message: 'is not a known key',
      suggestion: nearest(key, message.split(',')),
    }))
  const key = path.at(-1)
  const isGiven = (path: KeyPath): boolean => partAt(raw.value, path) !== undefined
  const isMissing = typeof key === 'string' && !isGiven(path) && isGiven(path.slice(0, -1))
  return [{ ...locate(raw, path), message: isMissing ? `must have ${key}` : message }]
}

/** The location of the smallest part around `path` that the source gives. */
function locate(raw: RawValue, path: KeyPath): SourceLocation {
  const isGiven = path.length === 0 || partAt(raw.value, path) !== undefined
  return isGiven ? raw.locate(path) : locate(raw, path.slice(0, -1))
}

/**
 * Refuses hosts with the name of another. This is not part of the schema, because zod skips
 * refinements of a list if an element is invalid.
 */
export function refuseRepeatedNames(raw: RawValue, issues: ConfigIssue[]): void {
  const seen = new Map<string, SourceLocation>()
  for (const [at, host] of Array.isArray(raw.value) ? raw.value.entries() : []) {
    if (typeof host?.name !== 'string') continue
    const name = host.name.toLowerCase()
    const location = raw.locate([at, 'name'])
    const earlier = seen.get(name)
    if (earlier !== undefined) {
      const message = `must be given once; it is already given by ${formatLocation(earlier)}`
      issues.push({ ...location, message })
    } else seen.set(name, location)
  }
}
