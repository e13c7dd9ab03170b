import type { Observation } from '../observation.ts'
import type { Probe } from '../probe.ts'
import { mostSevere, type Verdict } from '../severity.ts'
import { chunking } from './chunking.ts'
import { framing } from './framing.ts'
import { head } from './head.ts'
import { interim } from './interim.ts'
import { last } from './last.ts'
import { length } from './length.ts'
import { life } from './life.ts'
import { order } from './order.ts'
import { paths } from './paths.ts'
import { range } from './range.ts'
import { responds } from './responds.ts'
import { serverError } from './server-error.ts'

/**
 * The probes in the order of their attempts. Of equally severe verdicts the first probe's counts.
 */
export const PROBES: readonly Probe[] = [
  order,
  interim,
  chunking,
  head,
  length,
  last,
  responds,
  serverError,
  framing,
  paths,
  range,
  life,
]

/** A verdict, and the name and the sentence of its probe. */
export type ProbeVerdict = Verdict & Pick<Probe, 'name' | 'sentence'>

/** Returns the most severe verdict of all probes; undefined if no probe finds anything. */
export function checkAll(observation: Observation): ProbeVerdict | undefined {
  return mostSevere(
    PROBES.flatMap(({ name, sentence, check }): ProbeVerdict[] => {
      const verdict = check(observation)
      return verdict === undefined ? [] : [{ name, sentence, ...verdict }]
    }),
  )
}
