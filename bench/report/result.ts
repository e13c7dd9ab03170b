/**
 * What a benchmark hands over. Each part of `npm run bench` is one function `(options) => Promise<PartOutcome>`; reports know nothing
 * else of it.
 */

export type Part = 'server' | 'read' | 'micro'

/** Whether a higher or a lower figure is the better one. */
export type Better = 'more' | 'less'

/** One measure of one work, taken of several contenders in turns. */
export type Result = {
  readonly part: Part
  /** What was done, short enough for a heading; with `unit` it names the result in comparisons of two runs. */
  readonly work: string
  /** Of the samples: `requests/s`, `ns/head`, `µs CPU/request`. */
  readonly unit: string
  readonly better: Better
  readonly contenders: readonly ContenderResult[]
  readonly ratios: readonly Ratio[]
  /** How it was measured, where that is not the same for the whole part. */
  readonly note?: string
}

export type ContenderResult = {
  readonly name: string
  readonly version?: string
  /** One a round, in the order of the rounds, in the result's unit. */
  readonly samples: readonly number[]
  /** Medians of what was measured beside it, with the unit in the name: `p99 ms`, `MiB resident`. */
  readonly extra?: Readonly<Record<string, number>>
}

/** `of` divided by `to`, round by round, since both sides of one round met the same noise. */
export type Ratio = {
  readonly of: string
  readonly to: string
  readonly values: readonly number[]
  /** At least this where `better` is more, at most this where it is less. */
  readonly must?: number
  /** What is hoped for. */
  readonly reach?: number
  /** Where it is not the result's: times as fast, of a unit that is a time. */
  readonly better?: Better
}

/** What was left out, and how to have it the next time. */
export type Omission = { readonly name: string; readonly why: string }

/** What a part hands over when it is done. */
export type PartOutcome = {
  readonly results: readonly Result[]
  readonly omissions: readonly Omission[]
}

/** What `npm run bench` asks of each part. */
export type PartOptions = {
  /** A tenth of the time: fewer rounds, shorter, main rows. */
  readonly quick: boolean
  /** Works whose name contains this, in any case; all without it. */
  readonly only?: string
  readonly rounds?: number
  /** How long one round of one contender lasts. */
  readonly seconds?: number
  /** Contenders whose name contains this, and ours; all without it. */
  readonly contender?: string
  /** Aborted on Ctrl-C: ends at once what was started. */
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** What runs and how much is left, for one line on a terminal. */
export type Progress = {
  /** Adds steps that are still to come, and how long they should take together. */
  plan(steps: number, seconds: number): void
  /** A step begins: `1 KiB, round 2 of 5: nginx`. `seconds` is what was planned for it. */
  step(what: string, seconds: number): void
  /** A line that stays: a result, or what was left out. */
  say(line: string): void
}
