import * as fc from 'fast-check'
import { garbled, listOf, token } from './grammar.ts'

const CODINGS = ['gzip', 'br', 'zstd', 'identity', '*', 'x-gzip', 'GZIP', 'deflate']
const WEIGHTS = [
  '0',
  '1',
  '0.5',
  '0.',
  '1.',
  '0.001',
  '0.999',
  '1.000',
  '0.000',
  '1.001',
  '0.0001',
  '2',
  '.5',
  '-1',
  '00',
  '',
]

/**
 * Generates values of Accept-Encoding (RFC 9110 §12.5.3) as strings, one char per byte. Most are
 * lists of 1 to 5 codings, known and unknown, some repeated, about half with a weight: valid ones
 * and ones just beyond the grammar (`q=1.001`, `q=.5`). A few are empty, or have 62 to 66 members.
 * One in three of the lists has up to three small random edits.
 *
 * @example
 * import fc from 'fast-check'
 * import { acceptEncoding } from 'statewire/fuzz'
 * fc.sample(acceptEncoding(), 10).every(value => typeof value === 'string') // => true
 */
export function acceptEncoding(): fc.Arbitrary<string> {
  const coding = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...CODINGS) }, token())
  const before = fc.constantFrom(';q=', ';q=', '; q=', ' ;Q=', '\t;\tq=', ';q =', ';x=')
  const weight = fc.oneof(
    fc.constant(''),
    fc.tuple(before, fc.constantFrom(...WEIGHTS)).map(parts => parts.join('')),
  )
  const member = fc.tuple(coding, weight).map(parts => parts.join(''))
  const many = fc
    .integer({ min: 62, max: 66 })
    .chain(n => fc.array(member, { minLength: n, maxLength: n }))
  return fc.oneof(
    { weight: 16, arbitrary: garbled(listOf(member), ',;q=01. \t*') },
    { weight: 1, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: many.map(members => members.join(',')) },
  )
}
