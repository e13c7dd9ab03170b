import { resolve } from 'node:path'
import type { z } from 'zod'
import type { SiteRules } from '../../response/site-rules.ts'
import { nearest, type Problem, placeOf } from './config-issue.ts'
import { hostsSchema, keysOf, rulesSchema } from './rules-schema.ts'
import type { HostConfig } from './settings.ts'

export type Path = readonly PropertyKey[]
export type Place = Pick<Problem, 'source' | 'value'>

/** Rules as a source gives them, and where each part of them stands: undefined for what is not there. */
export type Written = {
  readonly value: unknown
  readonly placeOf: (path: Path) => Place | undefined
}

export type RulesReading<T> = { readonly value: T | undefined; readonly problems: readonly Problem[] }

export function readRules(written: Written): RulesReading<SiteRules> {
  return judge(rulesSchema.safeParse(written.value), written)
}

/** `base` is the folder that relative roots start from. */
export function readHosts(written: Written, base: string): RulesReading<HostConfig[]> {
  const { value, problems } = judge(hostsSchema.safeParse(written.value), written)
  return {
    value: value?.map(host => ({ ...host, root: resolve(base, host.root) })),
    problems: [...problems, ...namesTwice(written)],
  }
}

function judge<T>(result: z.ZodSafeParseResult<T>, written: Written): RulesReading<T> {
  if (result.success) return { value: result.data, problems: [] }
  return { value: undefined, problems: result.error.issues.flatMap(issue => problemsOf(issue, written)) }
}

function problemsOf(issue: z.core.$ZodIssue, written: Written): Problem[] {
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
  const isThere = (some: Path): boolean => written.placeOf(some) !== undefined
  const isMissing = typeof key === 'string' && !isThere(path) && isThere(path.slice(0, -1))
  return [{ ...nearestPlace(path, written), allowed: isMissing ? `must have ${key}` : message }]
}

/** Of the smallest part that has a place. */
function nearestPlace(path: Path, written: Written): Place {
  for (let length = path.length; length >= 0; length--) {
    const place = written.placeOf(path.slice(0, length))
    if (place !== undefined) return place
  }
  throw new RangeError('rules that stand nowhere')
}

/** By hand, since it is to be told also if something else is wrong. */
function namesTwice(written: Written): Problem[] {
  const hosts = Array.isArray(written.value) ? written.value : []
  const seen = new Map<string, Place>()
  const problems: Problem[] = []
  for (const [at, host] of hosts.entries()) {
    if (typeof host?.name !== 'string') continue
    const name = host.name.toLowerCase()
    const place = nearestPlace([at, 'name'], written)
    const earlier = seen.get(name)
    if (earlier === undefined) seen.set(name, place)
    else {
      const allowed = `must be given once, and is given by ${placeOf(earlier.source, earlier.value)} already`
      problems.push({ ...place, allowed })
    }
  }
  return problems
}
