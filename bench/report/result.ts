/**
 * What the suites return. A suite is one function `(options) => Promise<SuiteResults>`; the reports
 * know nothing else about it.
 */

export type Suite = 'server' | 'read' | 'micro'

/** Whether the higher or the lower figure is better. */
export type Better = 'more' | 'less'

/** One measured quantity of one workload, sampled from several contenders in alternating rounds. */
export type Result = {
  readonly suite: Suite
  /** Short enough for a heading. Suite, workload and unit identify a result across runs. */
  readonly workload: string
  /** The heading under which reports show the workload; those of a group follow each other. */
  readonly group?: string
  /** The unit of the samples: `requests/s`, `ns/head`, `µs CPU/request`. */
  readonly unit: string
  readonly better: Better
  readonly contenders: readonly ContenderResult[]
  readonly ratios: readonly Ratio[]
  /** How it was measured, where that differs from the rest of the suite. */
  readonly note?: string
}

export type ContenderResult = {
  readonly name: string
  readonly version?: string
  /** One sample per round, in the order of the rounds, in the result's unit. */
  readonly samples: readonly number[]
  /** Medians of other quantities, named with their units: `p99 ms`, `MiB resident`. */
  readonly extra?: Readonly<Record<string, number>>
}

/** `numerator` divided by `denominator`, per round: both sides of a round met the same noise. */
export type Ratio = {
  readonly numerator: string
  readonly denominator: string
  readonly values: readonly number[]
  /** Set where it differs from the result's: a speed-up computed from times. */
  readonly better?: Better
}

/** Something that was not measured, and how to have it measured next time. */
export type Omission = { readonly name: string; readonly reason: string }

export type SuiteResults = {
  readonly results: readonly Result[]
  readonly omissions: readonly Omission[]
}

export type SuiteOptions = {
  /** A tenth of the time: fewer and shorter rounds of the main workloads. */
  readonly quick: boolean
  /** Run only workloads whose name contains this, in any case. */
  readonly only?: string
  readonly rounds?: number
  /** Length of one round of one contender. */
  readonly seconds?: number
  /** Run only contenders whose name contains this, and statewire. */
  readonly contender?: string
  /** Aborted on Ctrl-C; ends the suite and every process that it started. */
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** Displays what runs and how much time is left. */
export type Progress = {
  /** Announces further steps, and how long they should take together. */
  plan(steps: number, seconds: number): void
  /** Begins a step, such as `1 KiB, round 2 of 5: nginx`, planned to take so many seconds. */
  step(what: string, seconds: number): void
  /** Prints a line that stays: a result or an omission. */
  say(line: string): void
}
