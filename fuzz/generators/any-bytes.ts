import * as fc from 'fast-check'
import { bytesOf } from './latin1.ts'

/** Fragments of requests. */
const PIECES = [
  'GET ',
  '/',
  ' HTTP/1.1',
  '\r\n',
  'Host: a\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 3\r\n',
  '0',
  ':',
  ' ',
  '\r',
  '\n',
]

/**
 * Generates byte arrays that are rarely valid HTTP: half of them are 0 to 64 random bytes, half are
 * 0 to 24 fragments of requests and random bytes in any order.
 *
 * @example
 * import fc from 'fast-check'
 * import { anyBytes } from 'statewire/fuzz'
 * fc.sample(anyBytes(), 10).every(bytes => bytes instanceof Uint8Array) // => true
 */
export function anyBytes(): fc.Arbitrary<Uint8Array> {
  const char = fc.nat({ max: 255 }).map(byte => String.fromCharCode(byte))
  const pieces = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PIECES) }, char), {
    maxLength: 24,
    size: 'max',
  })
  return fc.oneof(
    fc.uint8Array({ maxLength: 64, size: 'max' }),
    pieces.map(list => bytesOf(list.join(''))),
  )
}
