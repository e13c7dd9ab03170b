import {
  figureTargetOf,
  type Target,
  type TargetStatus,
  targetOf,
  targetStatus,
} from '../targets.ts'
import { ratiosOfRun } from './layout.ts'
import type { Better, Result } from './result.ts'
import { directionOf, type Run } from './run.ts'

/** A ratio or a figure that has a target. */
export type Targeted = {
  readonly result: Result
  /** `statewire / nginx`, or the name of the contender whose figure it is. */
  readonly name: string
  readonly isRatio: boolean
  readonly better: Better
  /** One for each round. */
  readonly values: readonly number[]
  readonly target: Target
  readonly status: TargetStatus
}

/** Everything of a run that has a target, in the order of the results. */
export function targetedOf(run: Run): Targeted[] {
  return run.results.flatMap(result => [...ratiosOf(run, result), ...figuresOf(result)])
}

function ratiosOf(run: Run, result: Result): Targeted[] {
  return ratiosOfRun({ results: [result] }).flatMap(({ ratio }) => {
    const target = targetOf(result, ratio, run.machine.node)
    if (target === undefined) return []
    const { numerator, denominator, values } = ratio
    const better = directionOf(result, ratio)
    return [
      {
        ...{ result, name: `${numerator} / ${denominator}`, isRatio: true, better, values, target },
        status: targetStatus(values, better, target),
      },
    ]
  })
}

function figuresOf(result: Result): Targeted[] {
  return result.contenders.flatMap(({ name, samples: values }) => {
    const target = figureTargetOf(result, name)
    if (target === undefined || values.length === 0) return []
    const { better } = result
    const status = targetStatus(values, better, target)
    return [{ result, name, isRatio: false, better, values, target, status }]
  })
}
