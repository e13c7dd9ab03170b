import { TARGET_STATUS_TEXT, targetText } from '../targets.ts'
import { figureWithSpread, timesWithSpread } from './numbers.ts'
import type { Run } from './run.ts'
import { summarise } from './statistics.ts'
import { targetedOf } from './targeted.ts'

/** Compares a run with the targets, as lines for the terminal; none if nothing has a target. */
export function targetLines(run: Run): string[] {
  const compared = targetedOf(run)
  if (compared.length === 0) return []
  const short = compared.filter(({ status }) => status === 'short').length
  const judged = compared.filter(({ status }) => status !== 'none').length
  return [
    ...compared.map(({ result, name, isRatio, better, values, target, status }) => {
      const measured = (isRatio ? timesWithSpread : figureWithSpread)(summarise(values))
      const what = `${result.workload}, ${result.unit}: ${name}`
      const verdict = status === 'none' ? '' : `: ${TARGET_STATUS_TEXT[status]}`
      return `${what} ${measured}, ${targetText(better, target)}${verdict}`
    }),
    '',
    `${judged - short} of ${judged} targets are met.`,
  ]
}
