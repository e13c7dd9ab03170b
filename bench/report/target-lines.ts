import { TARGET_STATUS_TEXT, targetOf, targetStatus, targetText } from '../targets.ts'
import { ratiosOfRun } from './layout.ts'
import { timesWithSpread } from './numbers.ts'
import type { Run } from './run.ts'
import { summarise } from './statistics.ts'

/** Compares a run with the targets, as lines for the terminal; none if no ratio has a target. */
export function targetLines(run: Run): string[] {
  const compared = ratiosOfRun(run).flatMap(({ result, ratio }) => {
    const target = targetOf(result, ratio, run.machine.node)
    if (target === undefined) return []
    const status = targetStatus(result, ratio, target)
    const measured = timesWithSpread(summarise(ratio.values))
    const what = `${result.workload}, ${result.unit}: ${ratio.numerator} / ${ratio.denominator}`
    const verdict = status === 'none' ? '' : `: ${TARGET_STATUS_TEXT[status]}`
    return [{ status, line: `${what} ${measured}, ${targetText(result, ratio, target)}${verdict}` }]
  })
  if (compared.length === 0) return []
  const short = compared.filter(({ status }) => status === 'short').length
  const judged = compared.filter(({ status }) => status !== 'none').length
  return [
    ...compared.map(({ line }) => line),
    '',
    `${judged - short} of ${judged} targets are met.`,
  ]
}
