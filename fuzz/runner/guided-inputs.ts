import * as fc from 'fast-check'
import { bytesOf, textOf } from '../generators/latin1.ts'
import { wireMutation } from '../generators/wire-mutation.ts'
import type { AnyProperty } from '../properties/index.ts'

const MUTATIONS_MAX = 3
const EXTENSION_MAX = 4
/** Half of the wires are made from the newest entries, because new steps are often next to them. */
const NEWEST = 32

/** The bytes that an HTTP parser distinguishes. */
const DELIMITERS = [...'\r\n\t \0"#,./0123:;=A\\a\x7f\xff', '\r\n', '\r\n\r\n']

const anyIndex = fc.noBias(fc.nat())
const mutations = fc.array(wireMutation(), { maxLength: MUTATIONS_MAX })
const extensions = fc
  .array(fc.constantFrom(...DELIMITERS), { minLength: 1, maxLength: EXTENSION_MAX })
  .map(list => list.join(''))

/** Returns the inputs of a property; half of them have bytes that are mutated from the corpus. */
export function guidedInputs(
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

/** Generates wires, as text, by splicing, mutating and extending entries of the corpus. */
function wiresFrom(corpus: readonly Uint8Array[]): fc.Arbitrary<string> {
  // The corpus grows while fast-check shrinks, and the same numbers must give the same wire.
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
  // Most entries end with the byte that the parser refused. Replacing it continues from a live
  // state.
  const extended = fc
    .tuple(entry, extensions, fc.oneof(fc.constant(''), entry))
    .map(([start, extension, end]) => start.slice(0, -1) + extension + end)
  return fc.oneof(mutant, extended)
}
