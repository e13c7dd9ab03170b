import * as fc from 'fast-check'
import { garbled, listOf } from './grammar.ts'

/**
 * Generates positions: mostly small; also about the size of a small file, and at limits of numbers.
 */
function position(): fc.Arbitrary<string> {
  const edge = fc.constantFrom(
    '00',
    '255',
    '256',
    '1023',
    '1024',
    '2147483648',
    '4294967296',
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '18446744073709551616',
    '99999999999999999999999999',
  )
  return fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 40 }).map(String) }, edge)
}

/** Generates two ranges, in either order, that overlap, touch, or lie up to 4 bytes apart. */
function neighbours(): fc.Arbitrary<string> {
  const gap = fc.constantFrom(-1, 0, 1, 2, 3, 4)
  return fc.tuple(fc.nat({ max: 9 }), gap, fc.boolean()).map(([last, between, isReversed]) => {
    const pair = [`0-${last}`, `${last + 1 + between}-`]
    return (isReversed ? pair.reverse() : pair).join()
  })
}

/**
 * Generates values of Range (RFC 9110 §14.2) as strings: `FIRST-LAST` (also reversed), `FIRST-` and
 * `-SUFFIX`, half of them alone, else up to 40 in a list, or two next to each other. Positions are
 * mostly below 1010; others lie at 2^31, 2^32, 2^53, 2^64 and beyond. One in ten has another unit
 * or none; one in three has up to three small random edits.
 *
 * @example
 * import fc from 'fast-check'
 * import { rangeField } from 'statewire/fuzz'
 * fc.sample(rangeField(), 10).every(value => typeof value === 'string') // => true
 */
export function rangeField(): fc.Arbitrary<string> {
  const range = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(position(), position()).map(([first, last]) => `${first}-${last}`),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.nat(1000), fc.nat(9)).map(([at, more]) => `${at}-${at + more}`),
    },
    position().map(first => `${first}-`),
    position().map(suffix => `-${suffix}`),
  )
  const set = fc.oneof(
    { weight: 3, arbitrary: range },
    listOf(range),
    listOf(range, 40),
    // About the limit.
    fc.integer({ min: 198, max: 202 }).map(count => `0-0${',9-9'.repeat(count - 1)}`),
    neighbours(),
  )
  const unit = fc.oneof(
    { weight: 9, arbitrary: fc.constant('bytes=') },
    fc.constantFrom('Bytes=', 'bytes =', 'lines=', 'bytes', ''),
  )
  return garbled(
    fc.tuple(unit, set).map(([start, rest]) => start + rest),
    '0-9, =+\tx.',
  )
}
