import type { Better, Suite } from './result.ts'
import { directionOf, type Run } from './run.ts'
import { chanceOfNoise, medianOf } from './statistics.ts'

/** A figure or ratio that both of two runs measured. */
export type Difference = {
  readonly suite: Suite
  readonly workload: string
  readonly unit: string
  /** A contender, or two with a slash between them. */
  readonly name: string
  /** Ratios are comparable between runs: both of their sides ran on the same machine and day. */
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

/** One in a hundred reported differences is an accident. */
const CHANCE_MAX = 0.01

/** Returns the differences between two runs, of whatever both of them measured. */
export function compareRuns(before: Run, after: Run): Difference[] {
  const old = new Map(seriesOf(before).map(series => [series.key, series]))
  return seriesOf(after).flatMap(series => {
    const other = old.get(series.key)
    if (other === undefined) return []
    const { key: _, samples, better, ...names } = series
    const [was, is] = [medianOf(other.samples), medianOf(samples)]
    return [
      {
        ...names,
        before: was,
        after: is,
        change: is / was - 1,
        verdict: verdictOn(other.samples, samples, better),
      },
    ]
  })
}

function verdictOn(
  before: readonly number[],
  after: readonly number[],
  better: Better,
): DifferenceVerdict {
  if (chanceOfNoise(allBelow(before), allAbove(after)) >= CHANCE_MAX) return 'too few rounds'
  if (chanceOfNoise(before, after) >= CHANCE_MAX) return 'noise'
  return medianOf(after) > medianOf(before) === (better === 'more') ? 'better' : 'worse'
}

/** As many rounds, as far apart as possible: if these prove nothing, so many rounds never can. */
const allBelow = (samples: readonly number[]): number[] => samples.map(() => 0)
const allAbove = (samples: readonly number[]): number[] => samples.map(() => 1)

type Series = Pick<Difference, 'suite' | 'workload' | 'unit' | 'name' | 'isRatio'> & {
  readonly key: string
  readonly better: Better
  readonly samples: readonly number[]
}

function seriesOf({ results }: Run): Series[] {
  return results.flatMap(result => {
    const { suite, workload, unit, better } = result
    const series = (
      name: string,
      isRatio: boolean,
      samples: readonly number[],
      direction: Better,
    ): Series => ({
      key: JSON.stringify([suite, workload, unit, name]),
      ...{ suite, workload, unit, name, isRatio, samples },
      better: direction,
    })
    return [
      ...result.ratios.map(ratio =>
        series(
          `${ratio.numerator} / ${ratio.denominator}`,
          true,
          ratio.values,
          directionOf(result, ratio),
        ),
      ),
      ...result.contenders.map(({ name, samples }) => series(name, false, samples, better)),
    ].filter(({ samples }) => samples.length > 0)
  })
}
