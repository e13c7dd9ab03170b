import * as fc from 'fast-check'

/**
 * How bytes are cut into slices: not at all, after every byte, after every line, or before the bytes at these indices, counted
 * round and round and in any order; one that occurs twice makes an empty slice.
 */
export type Cuts = 'nowhere' | 'every-byte' | 'line-ends' | readonly number[]

const LF = 0x0a

/** Ways to cut bytes, whatever they are. */
export function cuts(): fc.Arbitrary<Cuts> {
  const index = fc.nat()
  return fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom('nowhere', 'every-byte', 'line-ends') },
    { weight: 4, arbitrary: fc.array(index, { minLength: 1, maxLength: 6 }) },
    // Close to each other, so that a delimiter is cut on both sides, and empty slices.
    {
      weight: 2,
      arbitrary: index.chain(start =>
        fc
          .array(fc.nat({ max: 3 }), { minLength: 2, maxLength: 5 })
          .map(more => more.map(by => start + by)),
      ),
    },
  )
}

/** The slices, one at least: views of the bytes. */
export function slicesOf(bytes: Uint8Array, cuts: Cuts): Uint8Array[] {
  const ends = [...indicesOf(bytes, cuts), bytes.length]
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end))
}

function indicesOf(bytes: Uint8Array, cuts: Cuts): readonly number[] {
  if (cuts === 'nowhere') return []
  if (typeof cuts !== 'string')
    return cuts.map(index => index % (bytes.length + 1)).sort((a, b) => a - b)
  const indices = Array.from(bytes, (_, index) => index)
  return cuts === 'every-byte'
    ? indices.slice(1)
    : indices.filter(index => index > 0 && bytes[index - 1] === LF)
}

/**
 * The bytes cut into slices in every way that has mattered: whole, byte by byte, at line ends, anywhere; some slices are empty.
 * They are views of `bytes`.
 *
 * @example
 * import fc from 'fast-check'
 * import { chunking } from 'statewire/fuzz'
 * const [slices] = fc.sample(chunking(Uint8Array.of(1, 2, 3)), 1)
 * slices?.flatMap(slice => [...slice]) // => [1, 2, 3]
 */
export function chunking(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return cuts().map(where => slicesOf(bytes, where))
}
