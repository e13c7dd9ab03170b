import type { Attempt } from '../attempt.ts'
import { chunked, type Play, post, sound } from './play.ts'

/** Well-formed messages whose content looks like a request. */
export function contentTable(play: Play): Attempt[] {
  const { smuggled } = play
  const { length } = smuggled
  const size = length.toString(16)
  const sized = `Content-Length: ${length}`
  const transfer = 'Transfer-Encoding: chunked'
  const half = Math.floor(length / 2)
  const halves = [smuggled.slice(0, half), smuggled.slice(half)]
  const inChunks = halves.map(part => `${part.length.toString(16)}\r\n${part}\r\n`).join('')
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']
  return [
    ...methods.map(method => sound(play, post(play, sized, smuggled, method), `${method} with content`)),
    ...methods.map(method =>
      sound(play, post(play, transfer, chunked(smuggled), method), `${method} with chunked content`),
    ),
    sound(
      play,
      post({ ...play, target: '/no/such/thing' }, sized, smuggled),
      'content for what is not there',
    ),
    sound(play, post(play, `${sized}\r\nExpect: 100-continue`, smuggled), 'content after Expect'),
    sound(play, post(play, `Expect: 100-continue\r\n${transfer}`, chunked(smuggled)), 'chunks after Expect'),
    sound(play, post(play, `content-LENGTH:\t${length} \t`, smuggled), 'white space around Content-Length'),
    sound(play, post(play, `Content-Length: 000${length}`, smuggled), 'leading zeros in Content-Length'),
    sound(play, post(play, 'TRANSFER-ENCODING:chunked', chunked(smuggled)), 'a field name in capitals'),
    sound(play, post(play, transfer, `${inChunks}0\r\n\r\n`), 'several chunks'),
    sound(play, post(play, transfer, chunked(`0\r\n\r\n${smuggled}`)), 'a last chunk within a chunk'),
    sound(
      play,
      post(play, transfer, `000${size.toUpperCase()}\r\n${smuggled}\r\n000\r\n\r\n`),
      'zeros before sizes',
    ),
    sound(
      play,
      post(play, transfer, `${size};a=b;c="d;e\\""\r\n${smuggled}\r\n0\r\n\r\n`),
      'chunk extensions',
    ),
    sound(play, post(play, transfer, `${size}\r\n${smuggled}\r\n0\r\nX-Trailer: 1\r\n\r\n`), 'trailers'),
    sound(play, post(play, transfer, '0\r\n\r\n'), 'no chunks'),
    sound(play, post(play, 'Content-Length: 0', ''), 'no content'),
    sound(play, post(play, sized, '\r\n'.repeat(length / 2) + '\n'.repeat(length % 2)), 'empty lines'),
  ]
}
