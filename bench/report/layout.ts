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
export type WorkloadGroup = { readonly workload: string; readonly results: readonly Result[] }

export function workloadsOf({ results }: Run, suite: Suite): WorkloadGroup[] {
  const groups = new Map<string, Result[]>()
  for (const result of results.filter(one => one.suite === suite)) {
    const group = groups.get(result.workload)
    if (group === undefined) groups.set(result.workload, [result])
    else group.push(result)
  }
  return Array.from(groups, ([workload, group]) => ({ workload, results: group }))
}

export type NamedRatio = { readonly result: Result; readonly ratio: Ratio }

/** All ratios in the order of the results, without those that have no rounds. */
export function ratiosOfRun({ results }: Run): NamedRatio[] {
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
