import type { Better } from './result.ts'
import { directionOf, type Run } from './run.ts'
import { chanceOfNoise, medianOf } from './statistics.ts'

/** One thing that two runs both measured. */
export type Difference = {
  readonly part: string
  readonly work: string
  readonly unit: string
  /** A contender, or two of them with a slash between. */
  readonly name: string
  /** Ratios are the ones to trust between runs: both sides of them had the same machine on the same day. */
  readonly isRatio: boolean
  readonly before: number
  readonly after: number
  /** `after / before - 1`. */
  readonly change: number
  readonly verdict: DifferenceVerdict
}

export type DifferenceVerdict = 'better' | 'worse' | 'noise' | 'too few rounds'

export function exceedsNoise({ verdict }: Difference): boolean {
  return verdict === 'better' || verdict === 'worse'
}

/** One in a hundred such findings is an accident. */
const CHANCE_MAX = 0.01

/** What changed from one run to another; what only one of them measured is left out. */
export function compareRuns(before: Run, after: Run): Difference[] {
  const old = new Map(measuresOf(before).map(one => [one.key, one]))
  return measuresOf(after).flatMap(one => {
    const other = old.get(one.key)
    if (other === undefined) return []
    const { key: _, samples, better, ...names } = one
    const [was, is] = [medianOf(other.samples), medianOf(samples)]
    return [
      {
        ...names,
        before: was,
        after: is,
        change: is / was - 1,
        verdict: judge(other.samples, samples, better),
      },
    ]
  })
}

function judge(
  before: readonly number[],
  after: readonly number[],
  better: Better,
): DifferenceVerdict {
  if (chanceOfNoise(furthest(before), nearest(after)) >= CHANCE_MAX) return 'too few rounds'
  if (chanceOfNoise(before, after) >= CHANCE_MAX) return 'noise'
  return medianOf(after) > medianOf(before) === (better === 'more') ? 'better' : 'worse'
}

/** As many rounds, as far apart as rounds can be: what even that does not prove, no rounds of this number can. */
const furthest = (samples: readonly number[]): number[] => samples.map(() => 0)
const nearest = (samples: readonly number[]): number[] => samples.map(() => 1)

type Measure = Pick<Difference, 'part' | 'work' | 'unit' | 'name' | 'isRatio'> & {
  readonly key: string
  readonly better: Better
  readonly samples: readonly number[]
}

function measuresOf({ results }: Run): Measure[] {
  return results.flatMap(result => {
    const { part, work, unit, better } = result
    const measure = (
      name: string,
      isRatio: boolean,
      samples: readonly number[],
      direction: Better,
    ): Measure => ({
      key: JSON.stringify([part, work, unit, name]),
      ...{ part, work, unit, name, isRatio, samples },
      better: direction,
    })
    return [
      ...result.ratios.map(ratio =>
        measure(`${ratio.of} / ${ratio.to}`, true, ratio.values, directionOf(result, ratio)),
      ),
      ...result.contenders.map(({ name, samples }) => measure(name, false, samples, better)),
    ].filter(({ samples }) => samples.length > 0)
  })
}
