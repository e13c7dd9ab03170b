import type * as fc from 'fast-check'
import type { Attempt } from './attempt.ts'
import type { Observation } from './observation.ts'
import type { Verdict } from './severity.ts'
import type { Site } from './target-site.ts'

/**
 * A requirement on every HTTP/1.1 server, with attempts that test it. Each probe is a file in
 * `probes`. Every probe checks every observation, whichever probe made the attempt.
 */
export type Probe = {
  readonly name: string
  /** The requirement, in one sentence. */
  readonly sentence: string
  /** Returns the fixed attempts, which are made first. */
  readonly table?: (site: Site) => Attempt[]
  /** Returns the random attempts, which are made in the remaining time. */
  readonly inputs?: (site: Site) => fc.Arbitrary<Attempt> | undefined
  /** Returns what is wrong with an observation; undefined if nothing is. */
  readonly check: (observation: Observation) => Verdict | undefined
}
