import { formatIssue, nearest } from '#src/server/config/config-issue.js'
import { Arguments } from './arguments.ts'
import { SEED_MAX, timeIn, wholeIn } from './option-figures.ts'
import { randomSeed } from './seed.ts'

const DEFAULT_MS = 60_000
const WORKERS_MAX = 256

const options = {
  time: { type: 'string' },
  runs: { type: 'string' },
  seed: { type: 'string' },
  workers: { type: 'string' },
  replay: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const numericOptions = {
  time: { allowed: 'a time with its unit: 30s, 10m, 1h', parse: timeIn },
  runs: { allowed: 'a whole number from 1: 5000, 1e6', parse: wholeIn(1, Number.MAX_SAFE_INTEGER) },
  seed: { allowed: `a whole number up to ${SEED_MAX}`, parse: wholeIn(0, SEED_MAX) },
  workers: { allowed: `a whole number from 1 to ${WORKERS_MAX}`, parse: wholeIn(1, WORKERS_MAX) },
} as const

/** A search for failing inputs: which properties to check, and for how long. */
export type Search = {
  readonly kind: 'search'
  readonly properties: readonly string[]
  /** The time limit in milliseconds; Infinity for none. */
  readonly ms: number
  /** The number of inputs to check; Infinity for no limit. */
  readonly runs: number
  readonly seed: number
  readonly workers: number
}

export type Command =
  | Search
  | { readonly kind: 'replay'; readonly file: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

/**
 * Parses the arguments, or lists every problem in them. `known` are the names of the properties.
 */
export function readCommandLine(argv: readonly string[], known: readonly string[]): Command {
  const given = new Arguments(argv, options)
  const { values, positionals, problems } = given
  if (values.help === true) return { kind: 'help' }
  const { time: ms, runs, seed, workers } = given.figures(numericOptions)
  for (const name of positionals) {
    if (!known.includes(name))
      given.complain('PROPERTY', name, `must be one of ${known.join(', ')}`, nearest(name, known))
  }
  const { replay } = values
  if (replay === true || replay === '') given.complain('--replay', replay, 'must be a file')
  else if (replay !== undefined && given.count > 1)
    given.complain(
      '--replay',
      undefined,
      'replays one input and cannot be combined with other arguments',
    )

  if (problems.length > 0) return { kind: 'invalid', problems: problems.map(formatIssue) }
  if (typeof replay === 'string') return { kind: 'replay', file: replay }
  return {
    kind: 'search',
    properties: positionals.length === 0 ? known : known.filter(name => positionals.includes(name)),
    ms: ms ?? (runs === undefined ? DEFAULT_MS : Number.POSITIVE_INFINITY),
    runs: runs ?? Number.POSITIVE_INFINITY,
    seed: seed ?? randomSeed(),
    workers: workers ?? 1,
  }
}
