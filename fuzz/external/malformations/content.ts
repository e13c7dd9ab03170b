import type { Attempt } from '../attempt.ts'
import { chunked, type DesyncProbe, post, wellFormed } from './desync-probe.ts'

/** Well-formed messages whose content looks like a request. */
export function contentTable(play: DesyncProbe): Attempt[] {
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
    ...methods.map(method =>
      wellFormed(play, post(play, sized, smuggled, method), `${method} with content`),
    ),
    ...methods.map(method =>
      wellFormed(
        play,
        post(play, transfer, chunked(smuggled), method),
        `${method} with chunked content`,
      ),
    ),
    wellFormed(
      play,
      post({ ...play, target: '/no/such/thing' }, sized, smuggled),
      'content for what is not there',
    ),
    wellFormed(
      play,
      post(play, `${sized}\r\nExpect: 100-continue`, smuggled),
      'content after Expect',
    ),
    wellFormed(
      play,
      post(play, `Expect: 100-continue\r\n${transfer}`, chunked(smuggled)),
      'chunks after Expect',
    ),
    wellFormed(
      play,
      post(play, `content-LENGTH:\t${length} \t`, smuggled),
      'white space around Content-Length',
    ),
    wellFormed(
      play,
      post(play, `Content-Length: 000${length}`, smuggled),
      'leading zeros in Content-Length',
    ),
    wellFormed(
      play,
      post(play, 'TRANSFER-ENCODING:chunked', chunked(smuggled)),
      'a field name in capitals',
    ),
    wellFormed(play, post(play, transfer, `${inChunks}0\r\n\r\n`), 'several chunks'),
    wellFormed(
      play,
      post(play, transfer, chunked(`0\r\n\r\n${smuggled}`)),
      'a last chunk within a chunk',
    ),
    wellFormed(
      play,
      post(play, transfer, `000${size.toUpperCase()}\r\n${smuggled}\r\n000\r\n\r\n`),
      'zeros before sizes',
    ),
    wellFormed(
      play,
      post(play, transfer, `${size};a=b;c="d;e\\""\r\n${smuggled}\r\n0\r\n\r\n`),
      'chunk extensions',
    ),
    wellFormed(
      play,
      post(play, transfer, `${size}\r\n${smuggled}\r\n0\r\nX-Trailer: 1\r\n\r\n`),
      'trailers',
    ),
    wellFormed(play, post(play, transfer, '0\r\n\r\n'), 'no chunks'),
    wellFormed(play, post(play, 'Content-Length: 0', ''), 'no content'),
    wellFormed(
      play,
      post(play, sized, '\r\n'.repeat(length / 2) + '\n'.repeat(length % 2)),
      'empty lines',
    ),
  ]
}
