import type { Better, Omission, Ratio, Result } from './result.ts'

/** Everything that one `npm run bench` measured: the JSON file, and the input of the reports. */
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
  /** The repository's commit, followed by `, changed` where src or bench differ from it. */
  readonly commit?: string
  /** Load averages of one minute, before the first round and after the last. */
  readonly loadBefore: number
  readonly loadAfter: number
}

export function directionOf(result: Result, ratio: Ratio): Better {
  return ratio.better ?? result.better
}

/**
 * Reads the JSON that `npm run bench` wrote.
 * @throws Error if the text is not JSON or not a result.
 */
export function parseRun(text: string): Run {
  const run: unknown = JSON.parse(text)
  if (typeof run !== 'object' || run === null || !('results' in run) || !Array.isArray(run.results))
    throw new Error('this is not a result of `npm run bench`')
  return run as Run
}
