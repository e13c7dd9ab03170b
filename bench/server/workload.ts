import type { Better } from '../report/result.ts'
import type { Load } from './load.ts'
import type { SiteName } from './site.ts'

/** What the contenders do, which contenders do it, and which figures are compared. */
export type Workload = {
  readonly name: string
  readonly load: Load
  /** The files that are served; `few` by default. */
  readonly site?: SiteName
  readonly contenders: readonly string[]
  /**
   * The contenders of a quick run. If there are none, a quick run leaves the workload out unless
   * it is named, and then runs all contenders.
   */
  readonly quick: readonly string[]
  /** The contender that the others are compared with; `statewire` by default. */
  readonly ours?: string
  /** Multiplies the number of rounds, for short ones. */
  readonly roundsFactor?: number
  readonly measures: readonly Measure[]
}

export type Measure = {
  /** The unit by which the load reports the figure. */
  readonly unit: string
  readonly better: Better
  /** Each yields one ratio: ours divided by that contender's. */
  readonly comparedWith: readonly string[]
}

/** Workloads that reports show under one heading. */
export type WorkloadGroup = { readonly title: string; readonly workloads: readonly Workload[] }

export const CONNECTIONS = 64

export const requestRate = (...comparedWith: readonly string[]): Measure => ({
  unit: 'requests/s',
  better: 'more',
  comparedWith,
})

export const cpuPerRequest = (...comparedWith: readonly string[]): Measure => ({
  unit: 'µs CPU/request',
  better: 'less',
  comparedWith,
})

/** The latencies that only one response in a hundred, or in a thousand, exceeds. */
export const tailLatencies = (...comparedWith: readonly string[]): Measure[] =>
  ['p99 ms', 'p99.9 ms'].map(unit => ({ unit, better: 'less', comparedWith }))
