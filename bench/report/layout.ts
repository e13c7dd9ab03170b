import type { Ratio, Result, Suite } from './result.ts'
import type { Run } from './run.ts'
import { medianOf } from './statistics.ts'

/** The suites in the order of the reports, with their headings. */
export const SUITE_TITLES: Readonly<Record<Suite, string>> = {
  server: 'Whole servers',
  read: 'Read strategies',
  micro: 'Parser and other functions',
}

export const SUITES = Object.keys(SUITE_TITLES) as readonly Suite[]

/** A workload with everything that was measured of it. */
export type MeasuredWorkload = { readonly workload: string; readonly results: readonly Result[] }

/** Workloads under one heading; without a title, they have none but that of their suite. */
export type Section = {
  readonly title: string | undefined
  readonly workloads: readonly MeasuredWorkload[]
}

/** The workloads of a suite, by group. */
export function sectionsOf({ results }: Pick<Run, 'results'>, suite: Suite): Section[] {
  const groups = groupBy(
    results.filter(one => one.suite === suite),
    ({ group }) => group,
  )
  return Array.from(groups, ([title, ofGroup]) => ({
    title,
    workloads: Array.from(
      groupBy(ofGroup, ({ workload }) => workload),
      ([workload, measured]) => ({ workload, results: measured }),
    ),
  }))
}

/** `Map.groupBy`, which Node 20 does not have. */
function groupBy<K>(results: readonly Result[], keyOf: (result: Result) => K): Map<K, Result[]> {
  const groups = new Map<K, Result[]>()
  for (const result of results) {
    const key = keyOf(result)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [result])
    else group.push(result)
  }
  return groups
}

export type NamedRatio = { readonly result: Result; readonly ratio: Ratio }

/** All ratios in the order of the results, without those that have no rounds. */
export function ratiosOfRun({ results }: Pick<Run, 'results'>): NamedRatio[] {
  return results.flatMap(result =>
    result.ratios.filter(({ values }) => values.length > 0).map(ratio => ({ result, ratio })),
  )
}

/** The contenders that have samples, best first. */
export function ranked({ contenders, better }: Result): Result['contenders'] {
  const sign = better === 'more' ? -1 : 1
  return contenders
    .filter(({ samples }) => samples.length > 0)
    .toSorted((a, b) => sign * (medianOf(a.samples) - medianOf(b.samples)))
}

/** The names of the other quantities that any contender has. */
export function extrasOf({ contenders }: Result): string[] {
  return [...new Set(contenders.flatMap(({ extra }) => Object.keys(extra ?? {})))]
}

export function roundsOf({ contenders }: Result): number {
  return Math.max(0, ...contenders.map(({ samples }) => samples.length))
}

/** `nginx (1.22.1)` */
export function withVersion(name: string, version: string | undefined): string {
  return version === undefined ? name : `${name} (${version})`
}
