import { formatIssue } from '#src/server/config/config-issue.js'
import { Arguments } from '../runner/arguments.ts'
import { SEED_MAX, timeIn, wholeIn } from '../runner/option-figures.ts'

const DEFAULT_SEEDS = 10_000

const options = {
  seeds: { type: 'string' },
  seed: { type: 'string' },
  time: { type: 'string' },
  without: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The options with numeric values. */
const figures = {
  seeds: { allowed: 'a whole number from 1: 5000, 1e5', parse: wholeIn(1, SEED_MAX) },
  seed: { allowed: `a whole number up to ${SEED_MAX}`, parse: wholeIn(0, SEED_MAX) },
  time: { allowed: 'a time with its unit: 30s, 10m, 1h', parse: timeIn },
} as const

export type Command =
  /** Runs consecutive seeds until their number or the time is reached. */
  | { readonly kind: 'search'; readonly from: number; readonly seeds: number; readonly ms: number }
  /** Runs one seed without the parts of these ids. */
  | { readonly kind: 'show'; readonly seed: number; readonly without: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

/** Parses the arguments. Kind 'invalid' has all problems that they have. */
export function readCommandLine(argv: readonly string[]): Command {
  const given = new Arguments(argv, options)
  const { values, positionals, problems } = given
  if (values.help === true) return { kind: 'help' }
  const { seeds, seed, time: ms } = given.figures(figures)
  for (const text of positionals)
    given.complain('argument', text, 'is not an option; use --seed to choose a seed')
  const { without } = values
  const isSingle = seeds === undefined && ms === undefined
  if (
    without !== undefined &&
    (typeof without !== 'string' || !/^[a-z0-9.]+(,[a-z0-9.]+)*$/.test(without))
  )
    given.complain('--without', without, 'must be ids of parts, as in a report: c1,f0,c0.2')
  else if (without !== undefined && (seed === undefined || !isSingle))
    given.complain(
      '--without',
      without,
      'applies to one scenario; use it with --seed alone: --seed 7 --without c1',
    )
  if (problems.length > 0) return { kind: 'invalid', problems: problems.map(formatIssue) }
  if (seed !== undefined && isSingle)
    return { kind: 'show', seed, without: typeof without === 'string' ? without.split(',') : [] }
  return {
    kind: 'search',
    from: seed ?? 0,
    seeds: seeds ?? (ms === undefined ? DEFAULT_SEEDS : Number.POSITIVE_INFINITY),
    ms: ms ?? Number.POSITIVE_INFINITY,
  }
}
