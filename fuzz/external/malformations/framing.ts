import type { Attempt } from '../attempt.ts'
import { chunked, type DesyncProbe, malformed, post } from './desync-probe.ts'
import type { Malformation } from './malformation.ts'

type Traits = Partial<Pick<Malformation, 'severity' | 'mayWait' | 'mayLackContent'>>

/** Malformed framing. The response to the canary shows whether a server has found the content. */
export function framingTable(desync: DesyncProbe): Attempt[] {
  return [...lengths(desync), ...codings(desync), ...both(desync)]
}

/**
 * Malformed Content-Length. The content is a request: a server that finds no length responds to it.
 */
function lengths(desync: DesyncProbe): Attempt[] {
  const { smuggled } = desync
  const n = smuggled.length
  const invalid = 'RFC 9110 §8.6, RFC 9112 §6.3 (5)'
  const write = (name: string, fields: string, rfc = invalid, traits: Traits = {}): Attempt =>
    malformed(desync, post(desync, fields, smuggled), {
      name,
      rfc,
      severity: 'ambiguity',
      ...traits,
    })
  const value = (name: string, text: string, traits?: Traits): Attempt =>
    write(`Content-Length ${name}`, `Content-Length: ${text}`, invalid, traits)
  return [
    value('with a plus sign', `+${n}`),
    value('with a minus sign', `-${n}`),
    value('in hexadecimal', `0x${n.toString(16)}`),
    value('in octal', `0o${n.toString(8)}`),
    value('in binary', `0b${n.toString(2)}`),
    value('with an exponent', `${n}e0`),
    value('with a fraction', `${n}.0`),
    value('with an underscore', `${String(n)[0]}_${String(n).slice(1)}`),
    value('with a space within', `${String(n)[0]} ${String(n).slice(1)}`),
    value('followed by a word', `${n} bytes`),
    value('followed by a semicolon', `${n};`),
    value('in quotes', `"${n}"`),
    value('that is empty', ''),
    value('that is no number', 'NaN'),
    value('with a vertical tab', `\x0b${n}`),
    value('with a no-break space', `\xa0${n}`),
    value('over 2^64', String(2n ** 64n + BigInt(n)), { mayWait: true }),
    value('over 2^32 and a plus', `+${2 ** 32 + n}`),
    value('as a list', `${n}, ${n}`, { severity: 'leniency' }),
    value('as a list of two', `${n}, 0`),
    value('as a list with nothing', `${n},`, { severity: 'leniency' }),
    write('two Content-Length, the same', `Content-Length: ${n}\r\nContent-Length: ${n}`, invalid, {
      severity: 'leniency',
    }),
    write('two Content-Length, none first', `Content-Length: 0\r\nContent-Length: ${n}`),
    write('two Content-Length, none last', `Content-Length: ${n}\r\nContent-Length: 0`),
    write('a space before the colon of Content-Length', `Content-Length : ${n}`, 'RFC 9112 §5.1'),
    write('a NUL in the name of Content-Length', `Content-Length\0: ${n}`, 'RFC 9110 §5.1', {
      mayLackContent: true,
    }),
    write('a tab before the colon of Content-Length', `Content-Length\t: ${n}`, 'RFC 9112 §5.1'),
    write('a vertical tab before Content-Length', `\x0bContent-Length: ${n}`, 'RFC 9110 §5.1', {
      mayLackContent: true,
    }),
    // RFC 9110 §5.5: the server may replace CR or LF by a space and so extend the value of X.
    write('Content-Length after a bare LF', `X: a\nContent-Length: ${n}`, 'RFC 9112 §2.2', {
      severity: 'leniency',
      mayLackContent: true,
    }),
    write('Content-Length after a bare CR', `X: a\rContent-Length: ${n}`, 'RFC 9112 §2.2', {
      severity: 'leniency',
      mayLackContent: true,
    }),
    write('Content-Length on a folded line', `Content-Length:\r\n ${n}`, 'RFC 9112 §5.2', {
      severity: 'leniency',
    }),
  ]
}

/**
 * Malformed Transfer-Encoding with chunked content: a server that ignores it refuses the first
 * size.
 */
function codings(desync: DesyncProbe): Attempt[] {
  const content = chunked(desync.smuggled)
  const rfc = 'RFC 9112 §6.1, §6.3 (4)'
  const write = (name: string, fields: string, traits: Traits = {}, where = rfc): Attempt =>
    malformed(desync, post(desync, fields, content), {
      name,
      rfc: where,
      severity: 'ambiguity',
      ...traits,
    })
  const value = (name: string, text: string, traits?: Traits): Attempt =>
    write(`Transfer-Encoding ${name}`, `Transfer-Encoding: ${text}`, traits)
  const ignored = ['xchunked', 'identity', 'chunked, identity', ''].map(text =>
    malformed(desync, post(desync, `Transfer-Encoding: ${text}`, ''), {
      name: `Transfer-Encoding ${text || 'that is empty'}, without content`,
      rfc,
      severity: 'ambiguity',
    }),
  )
  return [
    ...ignored,
    value('xchunked', 'xchunked'),
    value('chunkedx', 'chunkedx'),
    value('identity', 'identity'),
    value('chunked, identity', 'chunked, identity'),
    value('chunked, chunked', 'chunked, chunked'),
    value('chunked with a parameter', 'chunked;q=1'),
    value('chunked in quotes', '"chunked"'),
    value('chunked and a comma', 'chunked,', { severity: 'leniency' }),
    value('chunked with a vertical tab', '\x0bchunked'),
    value('that is empty', ''),
    // RFC 9110 §5.5: the server may replace the NUL by a space.
    value('chunked and a NUL', 'chunked\0', { severity: 'leniency' }),
    write(
      'two Transfer-Encoding, identity last',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    ),
    write(
      'two Transfer-Encoding, chunked twice',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    ),
    write(
      'a space before the colon of Transfer-Encoding',
      'Transfer-Encoding : chunked',
      {},
      'RFC 9112 §5.1',
    ),
    write(
      'Transfer-Encoding on a folded line',
      'Transfer-Encoding:\r\n chunked',
      { severity: 'leniency' },
      'RFC 9112 §5.2',
    ),
    malformed(
      desync,
      post(desync, 'Connection: keep-alive\r\nTransfer-Encoding: chunked', content).replace(
        'HTTP/1.1',
        'HTTP/1.0',
      ),
      { name: 'Transfer-Encoding in HTTP/1.0', rfc: 'RFC 9112 §6.1', severity: 'ambiguity' },
    ),
  ]
}

/**
 * Both fields. RFC 9112 §6.3 (3): the server refuses it, or uses Transfer-Encoding and then closes.
 */
function both(desync: DesyncProbe): Attempt[] {
  const { smuggled } = desync
  const write = (name: string, length: string, coding: string, content: string): Attempt =>
    malformed(
      desync,
      post(desync, `Content-Length: ${length}\r\nTransfer-Encoding: ${coding}`, content),
      {
        name,
        rfc: 'RFC 9112 §6.1, §6.3 (3)',
        severity: 'ambiguity',
      },
    )
  const agreeing = chunked(smuggled)
  const early = `0\r\n\r\n${smuggled}`
  return [
    write(
      'Content-Length and Transfer-Encoding that agree',
      String(agreeing.length),
      'chunked',
      agreeing,
    ),
    write('Content-Length beyond the last chunk', String(early.length), 'chunked', early),
    write('Content-Length before the last chunk', '0', 'chunked', agreeing),
    write(
      'Content-Length and Transfer-Encoding identity',
      String(smuggled.length),
      'identity',
      smuggled,
    ),
    write(
      'Content-Length and Transfer-Encoding xchunked',
      String(smuggled.length),
      'xchunked',
      smuggled,
    ),
  ]
}
