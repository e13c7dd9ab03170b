import * as fc from 'fast-check'
import type { Limits } from '#src/parser/index.js'
import { anyBytes } from '../../generators/any-bytes.ts'
import { type Cuts, cuts } from '../../generators/chunking.ts'
import { nearValidRequest } from '../../generators/near-valid-request.ts'
import { pipelined } from '../../generators/pipelined.ts'

/** Bytes for a parser, how they are cut, and the parser's limits. */
export type WireInput = {
  readonly wire: Uint8Array
  readonly cuts: Cuts
  readonly limits: Partial<Limits>
}

/** Generates near-valid requests, pipelined requests and random bytes. */
export function anyWire(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { weight: 8, arbitrary: nearValidRequest() },
    { weight: 2, arbitrary: pipelined().map(({ wire }) => wire) },
    { weight: 1, arbitrary: anyBytes() },
  )
}

/** Generates limits: the defaults, or some so small that a small request exceeds them. */
export function anyLimits(): fc.Arbitrary<Partial<Limits>> {
  const bytes = fc.nat({ max: 64 })
  const some = fc.record(
    {
      methodBytesMax: fc.nat({ max: 8 }),
      requestLineBytesMax: bytes,
      fieldLineBytesMax: bytes,
      fieldsBytesMax: bytes,
      fieldCountMax: fc.nat({ max: 4 }),
      contentBytesMax: bytes,
      chunkLineBytesMax: fc.nat({ max: 8 }),
      trailersBytesMax: bytes,
    },
    { requiredKeys: [] },
  )
  return fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, some)
}

export function wireInputs(): fc.Arbitrary<WireInput> {
  return fc.record({ wire: anyWire(), cuts: cuts(), limits: anyLimits() })
}

/** The `wireOf` of a property whose input has a `wire`. */
export function wireOf(input: { readonly wire: Uint8Array }): Uint8Array {
  return input.wire
}

/** The `withWire` of a property whose input has a `wire`. */
export function withWire<Input extends { readonly wire: Uint8Array }>(
  input: Input,
  wire: Uint8Array,
): Input {
  return { ...input, wire }
}
