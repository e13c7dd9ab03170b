import type { Ratio, Result } from './result.ts'
import { directionOf, type Run } from './run.ts'
import { medianOf } from './statistics.ts'

/** The order and the words that both reports share. */
export const PARTS = {
  server: 'Whole servers',
  read: 'Ways of reading',
  micro: 'Small pieces',
} as const

/** One work with all that was measured of it. */
export type WorkGroup = { readonly work: string; readonly results: readonly Result[] }

export function worksOf({ results }: Run, part: Result['part']): WorkGroup[] {
  const groups = new Map<string, Result[]>()
  for (const result of results.filter(one => one.part === part)) {
    const group = groups.get(result.work)
    if (group === undefined) groups.set(result.work, [result])
    else group.push(result)
  }
  return Array.from(groups, ([work, group]) => ({ work, results: group }))
}

export type NamedRatio = { readonly result: Result; readonly ratio: Ratio }

/** All ratios, in the order of the results; those of which nothing was measured are left out. */
export function ratiosOfRun({ results }: Run): NamedRatio[] {
  return results.flatMap(result =>
    result.ratios.filter(({ values }) => values.length > 0).map(ratio => ({ result, ratio })),
  )
}

/** Those of which something was asked. */
export function isAsked({ ratio }: NamedRatio): boolean {
  return ratio.must !== undefined || ratio.reach !== undefined
}

/** Best first. */
export function ranked({ contenders, better }: Result): Result['contenders'] {
  const sign = better === 'more' ? -1 : 1
  return contenders
    .filter(({ samples }) => samples.length > 0)
    .toSorted((a, b) => sign * (medianOf(a.samples) - medianOf(b.samples)))
}

export function extrasOf({ contenders }: Result): string[] {
  return [...new Set(contenders.flatMap(({ extra }) => Object.keys(extra ?? {})))]
}

export function roundsOf({ contenders }: Result): number {
  return Math.max(0, ...contenders.map(({ samples }) => samples.length))
}

function sign(result: Result, ratio: Ratio): '≥' | '≤' {
  return directionOf(result, ratio) === 'more' ? '≥' : '≤'
}

export function boundText(result: Result, ratio: Ratio, value: number | undefined): string {
  return value === undefined ? '' : `${sign(result, ratio)}\u00a0${value}`
}

/** `nginx (1.22.1)` */
export function withVersion(name: string, version: string | undefined): string {
  return version === undefined ? name : `${name} (${version})`
}

export const VERDICTS = { reached: 'reached', met: 'met', missed: 'missed', none: '' } as const
