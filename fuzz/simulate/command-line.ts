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

/** The options that are figures: what is allowed, and what it comes to. */
const figures = {
  seeds: { allowed: 'a whole number from 1: 5000, 1e5', parse: wholeIn(1, SEED_MAX) },
  seed: { allowed: `a whole number up to ${SEED_MAX}`, parse: wholeIn(0, SEED_MAX) },
  time: { allowed: 'a time with its unit: 30s, 10m, 1h', parse: timeIn },
} as const

export type Command =
  /** So many worlds from this seed on, or as many as there is time for. */
  | { readonly kind: 'search'; readonly from: number; readonly seeds: number; readonly ms: number }
  /** One world, without some of its parts. */
  | { readonly kind: 'show'; readonly seed: number; readonly without: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

/** What the arguments say, or all that is wrong with them. */
export function readCommandLine(argv: readonly string[]): Command {
  const given = new Arguments(argv, options)
  const { values, positionals, problems } = given
  if (values.help === true) return { kind: 'help' }
  const { seeds, seed, time: ms } = given.figures(figures)
  for (const text of positionals) given.complain('argument', text, 'there are options only')
  const { without } = values
  const isOne = seeds === undefined && ms === undefined
  if (
    without !== undefined &&
    (typeof without !== 'string' || !/^[a-z0-9.]+(,[a-z0-9.]+)*$/.test(without))
  )
    given.complain(
      '--without',
      without,
      'must be names of parts, as a report tells them: c1,f0,c0.2',
    )
  else if (without !== undefined && (seed === undefined || !isOne))
    given.complain('--without', without, 'is for one world, and goes with --seed alone')
  if (problems.length > 0) return { kind: 'invalid', problems: problems.map(formatIssue) }
  if (seed !== undefined && isOne)
    return { kind: 'show', seed, without: typeof without === 'string' ? without.split(',') : [] }
  return {
    kind: 'search',
    from: seed ?? 0,
    seeds: seeds ?? (ms === undefined ? DEFAULT_SEEDS : Number.POSITIVE_INFINITY),
    ms: ms ?? Number.POSITIVE_INFINITY,
  }
}
