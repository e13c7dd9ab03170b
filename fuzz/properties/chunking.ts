// How the bytes are cut, whether they are read by bytes or by words, and when the slices are released and overwritten, changes nothing of what the parser makes of them.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { slicesOf } from '../generators/chunking.ts'
import { observe, type Parser } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { type WireInput, wireInputs, wireOf, withWire } from './wire-input.ts'

type Input = WireInput & {
  /** After which calls the slice is released, bit by bit. */
  readonly releases: number
}

export function check({ wire, cuts, limits, releases }: Input, parser?: Parser): void {
  const watching = parser === undefined ? { limits } : { limits, parser }
  const whole = observe([wire], { ...watching, memory: Uint8Array })
  const slices = slicesOf(wire, cuts)
  for (const reading of ['early', 'late'] as const)
    assert.deepEqual(observe(slices, { ...watching, releases, reading }), whole, `read ${reading}`)
}

export const property: Property<Input> = {
  name: 'chunking',
  sentence:
    'How the bytes are cut, whether they are read by bytes or by words, and when the slices are released and overwritten, changes nothing of what the parser makes of them.',
  inputs: fc
    .tuple(wireInputs(), fc.oneof(fc.constantFrom(0, -1), fc.integer()))
    .map(([input, releases]) => ({ ...input, releases })),
  check: input => check(input),
  wireOf,
  withWire,
}
