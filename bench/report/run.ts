import type { Better, Omission, Ratio, Result } from './result.ts'
import { medianOf } from './statistics.ts'

/** All that one `npm run bench` found: what is written as JSON, and what the reports are made of. */
export type Run = {
  /** ISO 8601, to the second. */
  readonly date: string
  readonly quick: boolean
  readonly machine: Machine
  readonly results: readonly Result[]
  readonly omissions: readonly Omission[]
}

export type Machine = {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** Of the repository, where it is one; with `, changed` where files differ from it. */
  readonly commit?: string
  /** Of one minute, before the first round and after the last: what else ran on the machine. */
  readonly loadBefore: number
  readonly loadAfter: number
}

/** Whether a ratio does what was asked of it. `none` where nothing was. */
export type Verdict = 'reached' | 'met' | 'missed' | 'none'

export function directionOf(result: Result, ratio: Ratio): Better {
  return ratio.better ?? result.better
}

export function verdictOf(result: Result, ratio: Ratio): Verdict {
  const median = medianOf(ratio.values)
  const holds = (bound: number): boolean =>
    directionOf(result, ratio) === 'more' ? median >= bound : median <= bound
  if (ratio.reach !== undefined && holds(ratio.reach)) return 'reached'
  if (ratio.must === undefined) return 'none'
  return holds(ratio.must) ? 'met' : 'missed'
}

/** Reads what `npm run bench` wrote; throws an Error that says what is wrong with it. */
export function parseRun(text: string): Run {
  const run: unknown = JSON.parse(text)
  if (typeof run !== 'object' || run === null || !('results' in run) || !Array.isArray(run.results))
    throw new Error('this is not a result of `npm run bench`')
  return run as Run
}
