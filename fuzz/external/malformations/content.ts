import type { Attempt } from '../attempt.ts'
import { chunked, type DesyncProbe, post, wellFormed } from './desync-probe.ts'

/** Well-formed messages, most of them with content that looks like a request. */
export function contentTable(desync: DesyncProbe): Attempt[] {
  const { smuggled } = desync
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
      wellFormed(desync, post(desync, sized, smuggled, method), `${method} with content`),
    ),
    ...methods.map(method =>
      wellFormed(
        desync,
        post(desync, transfer, chunked(smuggled), method),
        `${method} with chunked content`,
      ),
    ),
    wellFormed(
      desync,
      post({ ...desync, target: '/no/such/thing' }, sized, smuggled),
      'content for what is not there',
    ),
    wellFormed(
      desync,
      post(desync, `${sized}\r\nExpect: 100-continue`, smuggled),
      'content after Expect',
    ),
    wellFormed(
      desync,
      post(desync, `Expect: 100-continue\r\n${transfer}`, chunked(smuggled)),
      'chunks after Expect',
    ),
    wellFormed(
      desync,
      post(desync, `content-LENGTH:\t${length} \t`, smuggled),
      'white space around Content-Length',
    ),
    wellFormed(
      desync,
      post(desync, `Content-Length: 000${length}`, smuggled),
      'leading zeros in Content-Length',
    ),
    wellFormed(
      desync,
      post(desync, 'TRANSFER-ENCODING:chunked', chunked(smuggled)),
      'a field name in capitals',
    ),
    wellFormed(desync, post(desync, transfer, `${inChunks}0\r\n\r\n`), 'several chunks'),
    wellFormed(
      desync,
      post(desync, transfer, chunked(`0\r\n\r\n${smuggled}`)),
      'a last chunk within a chunk',
    ),
    wellFormed(
      desync,
      post(desync, transfer, `000${size.toUpperCase()}\r\n${smuggled}\r\n000\r\n\r\n`),
      'zeros before sizes',
    ),
    wellFormed(
      desync,
      post(desync, transfer, `${size};a=b;c="d;e\\""\r\n${smuggled}\r\n0\r\n\r\n`),
      'chunk extensions',
    ),
    wellFormed(
      desync,
      post(desync, transfer, `${size}\r\n${smuggled}\r\n0\r\nX-Trailer: 1\r\n\r\n`),
      'trailers',
    ),
    wellFormed(desync, post(desync, transfer, '0\r\n\r\n'), 'no chunks'),
    wellFormed(desync, post(desync, 'Content-Length: 0', ''), 'no content'),
    wellFormed(
      desync,
      post(desync, sized, '\r\n'.repeat(length / 2) + '\n'.repeat(length % 2)),
      'empty lines',
    ),
  ]
}
