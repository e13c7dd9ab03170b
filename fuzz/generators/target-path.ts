import * as fc from 'fast-check'

const SEGMENTS = [
  'a',
  '',
  '.',
  '..',
  '...',
  '%2e',
  '%2E%2e',
  '.%2e',
  '.a',
  '.well-known',
  '%2f',
  '%5C',
  '\\',
  '%00',
  '%0a',
  '%7f',
  '%',
  '%2',
  '%zz',
  '%c3%a9',
  '%c3',
  'caf%e9',
  '%e0%a4',
  '%c0%ae',
  '%ed%a0%80',
  '%f0%9f%98%80',
  '%f4%90%80%80',
  '%252e',
  'CON',
  'nul.txt',
  'com1',
  'com%c2%b9',
  'a:b',
  'A~1',
  'a.',
  'a%20',
  'é',
  ' ',
  '#',
  '*',
]

/**
 * Generates paths of request targets, as sent, with 0 to 4 segments. Besides plain segments they
 * have those that have led servers out of their root or to another file: dot segments, encoded
 * slashes, malformed and overlong encodings, device names of Windows, and names about as long as a
 * file system allows. One in 20 does not start with a single slash.
 *
 * @example
 * import fc from 'fast-check'
 * import { targetPath } from 'statewire/fuzz'
 * fc.sample(targetPath(), 10).every(path => typeof path === 'string') // => true
 */
export function targetPath(): fc.Arbitrary<string> {
  const byte = fc.nat({ max: 255 })
  const char = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...'ab.-~ ') },
    byte.map(value => `%${value.toString(16).padStart(2, '0')}`),
    byte.map(value => String.fromCharCode(value)),
  )
  const long = fc.tuple(fc.constantFrom('a', '%41', '%c3%a9'), fc.integer({ min: 126, max: 257 }))
  const segment = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...SEGMENTS) },
    { weight: 4, arbitrary: fc.array(char, { maxLength: 6 }).map(chars => chars.join('')) },
    { weight: 1, arbitrary: long.map(([piece, times]) => piece.repeat(times)) },
  )
  const start = fc.oneof(
    { weight: 19, arbitrary: fc.constant('/') },
    fc.constantFrom('', 'a', '//', '*', '%2f'),
  )
  return fc
    .tuple(start, fc.array(segment, { maxLength: 4 }), fc.constantFrom('', '', '/'))
    .map(([first, segments, end]) => first + segments.join('/') + end)
}
