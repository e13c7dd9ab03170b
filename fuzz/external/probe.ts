import type * as fc from 'fast-check'
import type { Attempt } from './attempt.ts'
import type { Observation } from './observation.ts'
import type { Verdict } from './severity.ts'
import type { Site } from './target-site.ts'

/** Something that every HTTP/1.1 server must do. A probe is a file in `probes`; all of them look at all observations. */
export type Probe = {
  readonly name: string
  /** What must hold, in one sentence. */
  readonly sentence: string
  /** What is tried first, whatever the seed. */
  readonly table?: (site: Site) => Attempt[]
  /** What is tried then, as long as there is time. */
  readonly inputs?: (site: Site) => fc.Arbitrary<Attempt> | undefined
  /** What is wrong with an observation, if anything. */
  readonly judge: (observation: Observation) => Verdict | undefined
}
