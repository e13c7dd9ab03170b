// How the bytes are cut and released, and whether they are scanned by bytes or by words, does not
// change what the parser reports.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { slicesOf } from '../generators/chunking.ts'
import { observeParser, type ParserClass } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { type WireInput, wireInputs, wireOf, withWire } from './helpers/wire-input.ts'

type Input = WireInput & {
  /** After which parser calls the slice is released: see `ObserveOptions.releases`. */
  readonly releases: number
}

export function check({ wire, cuts, limits, releases }: Input, parser?: ParserClass): void {
  const options = parser === undefined ? { limits } : { limits, parser }
  const whole = observeParser([wire], { ...options, memory: Uint8Array })
  const slices = slicesOf(wire, cuts)
  for (const readFields of ['at-event', 'at-end'] as const) {
    const observation = observeParser(slices, { ...options, releases, readFields })
    assert.deepEqual(observation, whole, `fields read ${readFields}`)
  }
}

export const property: Property<Input> = {
  name: 'chunking',
  sentence:
    'How the bytes are cut and released, and whether they are scanned by bytes or by words, does not change what the parser reports.',
  inputs: fc
    .tuple(wireInputs(), fc.oneof(fc.constantFrom(0, -1), fc.integer()))
    .map(([input, releases]) => ({ ...input, releases })),
  check: input => check(input),
  wireOf,
  withWire,
}
