import * as fc from 'fast-check'
import { describe, it } from 'vitest'
import { law as chunking } from '../../fuzz/laws/chunking.ts'
import { law as concatenation } from '../../fuzz/laws/concatenation.ts'
import { law as contentEnd } from '../../fuzz/laws/content-end.ts'
import { law as grammar } from '../../fuzz/laws/grammar.ts'
import type { AnyLaw } from '../../fuzz/laws/index.ts'
import { law as linear } from '../../fuzz/laws/linear.ts'
import { law as memory } from '../../fuzz/laws/memory.ts'
import { law as roundTrip } from '../../fuzz/laws/round-trip.ts'
import { law as total } from '../../fuzz/laws/total.ts'

/** The laws of the parser alone, bounded to judge many mutants: `npm run mutate` runs them, test/fuzz/laws.test.ts more of each. */
const LAWS = [
  total,
  chunking,
  roundTrip,
  concatenation,
  contentEnd,
  grammar,
  memory,
  linear,
] as readonly unknown[]
const RUNS = 40
const SEED = 3

describe('laws of the parser', () => {
  it.each((LAWS as readonly AnyLaw[]).map(law => [law.name, law] as const))('%s', async (_, law) => {
    await fc.assert(
      fc.asyncProperty(law.inputs, async input => law.check(input)),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    )
  })
})
