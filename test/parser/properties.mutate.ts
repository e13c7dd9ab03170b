import * as fc from 'fast-check'
import { describe, it } from 'vitest'
import { property as chunking } from '../../fuzz/properties/chunking.ts'
import { property as concatenation } from '../../fuzz/properties/concatenation.ts'
import { property as contentEnd } from '../../fuzz/properties/content-end.ts'
import { property as grammar } from '../../fuzz/properties/grammar.ts'
import type { AnyProperty } from '../../fuzz/properties/index.ts'
import { property as linear } from '../../fuzz/properties/linear.ts'
import { property as memory } from '../../fuzz/properties/memory.ts'
import { property as roundTrip } from '../../fuzz/properties/round-trip.ts'
import { property as total } from '../../fuzz/properties/total.ts'

/**
 * The properties that concern the parser alone. `npm run mutate` checks each with only a few
 * inputs, because there are many mutants; test/fuzz/properties.test.ts uses more.
 */
const PROPERTIES = [
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

describe('properties of the parser', () => {
  it.each(
    (PROPERTIES as readonly AnyProperty[]).map(property => [property.name, property] as const),
  )('%s', async (_, property) => {
    await fc.assert(
      fc.asyncProperty(property.inputs, async input => property.check(input)),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    )
  })
})
