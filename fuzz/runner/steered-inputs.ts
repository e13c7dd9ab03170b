import * as fc from 'fast-check'
import { bytesOf, textOf } from '../generators/latin1.ts'
import { wireMutation } from '../generators/wire-mutation.ts'
import type { AnyProperty } from '../properties/index.ts'

const MUTATIONS_MAX = 3
const GROWTH_MAX = 4
/** Half of the time a wire is made of the newest entries: where they end, the next discovery is near. */
const NEWEST = 32

/** What a parser of HTTP tells apart. */
const DELIMITERS = [...'\r\n\t \0"#,./0123:;=A\\a\x7f\xff', '\r\n', '\r\n\r\n']

const anyIndex = fc.noBias(fc.nat())
const mutations = fc.array(wireMutation(), { maxLength: MUTATIONS_MAX })
const growths = fc
  .array(fc.constantFrom(...DELIMITERS), { minLength: 1, maxLength: GROWTH_MAX })
  .map(list => list.join(''))

/** The inputs of a property, half of them with bytes that are made of the corpus in the place of their own. */
export function steeredInputs(
  property: AnyProperty,
  corpus: readonly Uint8Array[],
): AnyProperty['inputs'] {
  const { inputs, withWire } = property
  if (withWire === undefined || corpus.length === 0) return inputs
  const mutated = fc
    .tuple(inputs, wiresFrom(corpus))
    .map(([input, wire]) => withWire(input, bytesOf(wire)))
  return fc.oneof(inputs, mutated)
}

/** Wires, as text, made of those. */
function wiresFrom(corpus: readonly Uint8Array[]): fc.Arbitrary<string> {
  // The corpus grows meanwhile, and the same numbers have to make the same wire.
  const { length } = corpus
  const entry = fc
    .tuple(fc.constantFrom(length, Math.min(length, NEWEST)), anyIndex)
    .map(([among, index]) => textOf(corpus[length - 1 - (index % among)]!))
  const splice = fc
    .tuple(entry, anyIndex, entry, anyIndex)
    .map(([a, end, b, start]) => a.slice(0, end % (a.length + 1)) + b.slice(start % (b.length + 1)))
  const mutant = fc
    .tuple(fc.oneof(entry, splice), mutations)
    .map(([wire, list]) => list.reduce((text, mutate) => mutate(text), wire))
  // Most entries end with the byte that was refused: before it, a state stands open.
  const grown = fc
    .tuple(entry, growths, fc.oneof(fc.constant(''), entry))
    .map(([start, growth, end]) => start.slice(0, -1) + growth + end)
  return fc.oneof(mutant, grown)
}
