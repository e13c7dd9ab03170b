import type { Observation } from '../observation.ts'
import type { Probe } from '../probe.ts'
import { mostSevere, type Verdict } from '../severity.ts'
import { answered } from './answered.ts'
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
import { serverError } from './server-error.ts'

/** In the order of their tables; of findings that are equally grave, the first probe's is told. */
export const PROBES: readonly Probe[] = [
  order,
  interim,
  chunking,
  head,
  length,
  last,
  answered,
  serverError,
  framing,
  paths,
  range,
  life,
]

/** A verdict, and the name and the sentence of its probe. */
export type Judged = Verdict & Pick<Probe, 'name' | 'sentence'>

/** The gravest thing that any probe finds. */
export function judge(observation: Observation): Judged | undefined {
  return mostSevere(
    PROBES.flatMap(({ name, sentence, judge }): Judged[] => {
      const verdict = judge(observation)
      return verdict === undefined ? [] : [{ name, sentence, ...verdict }]
    }),
  )
}
