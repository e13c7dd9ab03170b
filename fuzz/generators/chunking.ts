import * as fc from 'fast-check'

/**
 * How bytes are cut into slices: not at all, after every byte, after every line, or before the
 * bytes at these indices. Indices are taken modulo the length plus 1 and need not be sorted; one
 * that occurs twice makes an empty slice.
 */
export type Cuts = 'nowhere' | 'every-byte' | 'line-ends' | readonly number[]

const LF = 0x0a

/** Generates ways to cut bytes of any length. */
export function cuts(): fc.Arbitrary<Cuts> {
  const index = fc.nat()
  return fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom('nowhere', 'every-byte', 'line-ends') },
    { weight: 4, arbitrary: fc.array(index, { minLength: 1, maxLength: 6 }) },
    // Cuts next to each other: a delimiter is cut on both sides, and some slices are empty.
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

/** Returns the slices, at least one, as views of `bytes`. */
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
 * Generates ways to cut `bytes` into slices. A slice is a view of `bytes`, and the slices together
 * are all of them. Mostly there are 2 to 7 slices, cut anywhere; often the cuts are next to each
 * other, so that slices are short or empty; in one of seven the bytes are whole, cut after each
 * line feed, or cut after every byte.
 *
 * @example
 * import fc from 'fast-check'
 * import { chunking } from 'statewire/fuzz'
 * const [slices] = fc.sample(chunking(Uint8Array.of(1, 2, 3)), 1)
 * slices?.flatMap(slice => [...slice]) // => [1, 2, 3]
 */
export function chunking(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return cuts().map(chosen => slicesOf(bytes, chosen))
}
