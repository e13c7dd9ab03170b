import { describe, expect, it } from 'vitest'
import { Event, type RequestHead, RequestParser } from '../../../src/parser/index.ts'
import {
  type CacheableResponse,
  ResponseCache,
} from '../../../src/server/response-cache/response-cache.ts'

const DATE = 'Sun, 22 Nov 2026 12:00:00 GMT'

function headOf(requestLine: string, ...lines: string[]): RequestHead {
  const parser = new RequestParser()
  parser.feed(Buffer.from([requestLine, 'Host: a', ...lines, '', ''].join('\r\n'), 'latin1'))
  expect(parser.next()).toBe(Event.Head)
  return parser.head
}

function contentOf(text: string, more: Partial<CacheableResponse> = {}): CacheableResponse {
  return {
    fields: [['ETag', `"${text}"`]],
    notModifiedFields: [['ETag', `"${text}"`]],
    body: Buffer.from(text),
    etag: `"${text}"`,
    freshFromMs: 0,
    freshUntilMs: 1000,
    ...more,
  }
}

const tableWith = (text: string, ...request: [string, ...string[]]): ResponseCache => {
  const table = new ResponseCache(1_000_000, false)
  table.put(headOf(...request), contentOf(text))
  return table
}

/** What a table answers with: 'miss' for nothing. */
function ask(table: ResponseCache, request: readonly [string, ...string[]], nowMs = 0): string {
  const head = headOf(...request)
  const entry = table.find(head, nowMs)
  const answer = entry && table.responseFor(entry, head)
  if (answer === undefined) return 'miss'
  const [, status, body] = /^HTTP\/1.1 (\d+).*?\r\n\r\n(.*)$/s.exec(answer.bytes(DATE).toString())!
  return `${status} ${body}`
}

describe('ReadyTable', () => {
  it.each([
    ['the same', ['GET /a HTTP/1.1'], '200 text'],
    ['with a query', ['GET /a?b=c HTTP/1.1'], '200 text'],
    ['of another version 1.x', ['GET /a HTTP/1.2'], '200 text'],
    [
      'with fields that change nothing',
      ['GET /a HTTP/1.1', 'User-Agent: u', 'Cookie: c', 'Accept: */*'],
      '200 text',
    ],
    ['for the head', ['HEAD /a HTTP/1.1'], '200 '],
    ['with its validator', ['GET /a HTTP/1.1', 'If-None-Match: "text"'], '304 '],
    [
      'with its validator and a date',
      ['GET /a HTTP/1.1', 'If-None-Match: "text"', 'If-Modified-Since: x'],
      '304 ',
    ],
    ['with its validator, for the head', ['HEAD /a HTTP/1.1', 'If-None-Match: "text"'], '304 '],
    ['with another validator', ['GET /a HTTP/1.1', 'If-None-Match: "other"'], 'miss'],
    ['with a list of validators', ['GET /a HTTP/1.1', 'If-None-Match: "text", "b"'], 'miss'],
    ['with a date alone', ['GET /a HTTP/1.1', `If-Modified-Since: ${DATE}`], 'miss'],
    ['with a range', ['GET /a HTTP/1.1', 'Range: bytes=0-0'], 'miss'],
    ['with If-Match', ['GET /a HTTP/1.1', 'If-Match: "text"'], 'miss'],
    ['with Expect', ['GET /a HTTP/1.1', 'Expect: x'], 'miss'],
    ['with a field twice', ['GET /a HTTP/1.1', 'Accept: a', 'Accept: b'], 'miss'],
    ['for a longer path', ['GET /ab HTTP/1.1'], 'miss'],
    ['for a shorter path', ['GET / HTTP/1.1'], 'miss'],
    ['for another spelling', ['GET /%61 HTTP/1.1'], 'miss'],
    ['in absolute-form', ['GET http://a/a HTTP/1.1'], 'miss'],
    ['in HTTP/1.0', ['GET /a HTTP/1.0'], 'miss'],
    ['with another method', ['POST /a HTTP/1.1'], 'miss'],
    ['with a method as long', ['PUT /a HTTP/1.1'], 'miss'],
    ['with a method as long as HEAD', ['HEAP /a HTTP/1.1'], 'miss'],
    ['with a coding', ['GET /a HTTP/1.1', 'Accept-Encoding: br'], 'miss'],
    ['with an empty coding', ['GET /a HTTP/1.1', 'Accept-Encoding:'], 'miss'],
  ] as [string, [string, ...string[]], string][])('is asked %s: %j: %s', (_, request, expected) => {
    expect(ask(tableWith('text', 'GET /a HTTP/1.1'), request)).toBe(expected)
  })

  it('has one answer for each Accept-Encoding', () => {
    const table = tableWith('coded', 'GET /a HTTP/1.1', 'Accept-Encoding: br, gzip')
    expect(ask(table, ['GET /a HTTP/1.1', 'Accept-Encoding: br, gzip'])).toBe('200 coded')
    expect(ask(table, ['GET /a HTTP/1.1', 'Accept-Encoding: br'])).toBe('miss')
    expect(ask(table, ['GET /a HTTP/1.1'])).toBe('miss')
  })

  it('has one answer for each Host, where that picks the site', () => {
    const table = new ResponseCache(1_000_000, true)
    table.put(headOf('GET /a HTTP/1.1'), contentOf('text'))
    expect(ask(table, ['GET /a HTTP/1.1'])).toBe('200 text')
    const parser = new RequestParser()
    parser.feed(Buffer.from('GET /a HTTP/1.1\r\nHost: b\r\n\r\n'))
    parser.next()
    expect(table.find(parser.head, 0)).toBeUndefined()
  })

  it('puts in nothing that it would not find', () => {
    for (const request of [['GET /a HTTP/1.0'], ['GET /a HTTP/1.1', 'Range: bytes=0-0']] as const) {
      const table = new ResponseCache(1_000_000, false)
      table.put(headOf(...(request as [string])), contentOf('text'))
      expect([table.size, table.bytes]).toEqual([0, 0])
    }
  })

  it('replaces what it has', () => {
    const table = tableWith('one', 'GET /a HTTP/1.1')
    table.put(headOf('GET /a?x HTTP/1.1'), contentOf('two'))
    expect([table.size, ask(table, ['GET /a HTTP/1.1'])]).toEqual([1, '200 two'])
  })

  it('has one who asks late make it anew, and all look again when its time is over', () => {
    const table = tableWith('text', 'GET /a HTTP/1.1')
    const at = (nowMs: number) => ask(table, ['GET /a HTTP/1.1'], nowMs)
    expect([at(0), at(799)]).toEqual(['200 text', '200 text'])
    expect([at(800), at(801), at(999)]).toEqual(['miss', '200 text', '200 text'])
    expect([at(1000), at(1001)]).toEqual(['miss', 'miss'])
  })

  it('holds no more bytes than it may, the newest', () => {
    const table = new ResponseCache(10_000, false)
    const text = 'x'.repeat(1000)
    for (let n = 0; n < 1000; n++) {
      table.put(headOf(`GET /${n} HTTP/1.1`), contentOf(text))
      expect(table.bytes).toBeLessThanOrEqual(10_000)
    }
    expect(ask(table, ['GET /999 HTTP/1.1'])).toBe(`200 ${text}`)
    expect(ask(table, ['GET /0 HTTP/1.1'])).toBe('miss')
    table.put(headOf('GET /large HTTP/1.1'), contentOf('x'.repeat(10_000)))
    expect(ask(table, ['GET /large HTTP/1.1'])).toBe('miss')
  })

  it('finds each of many, and drops each that is replaced', () => {
    const table = new ResponseCache(100_000_000, false)
    for (let round = 0; round < 2; round++)
      for (let n = 0; n < 20_000; n++)
        table.put(headOf(`GET /${n} HTTP/1.1`), contentOf(`${round} ${n}`))
    // As many as there are slots, the last ones; some share a slot.
    expect(table.size).toBe(1 << 14)
    for (let n = 20_000 - (1 << 14); n < 20_000; n += 97)
      expect(ask(table, [`GET /${n} HTTP/1.1`])).toBe(`200 1 ${n}`)
    expect(ask(table, ['GET /3 HTTP/1.1'])).toBe('miss')
  })

  it('sends a larger body from where it is kept', () => {
    const body = Buffer.alloc(100_000, 'x')
    const table = new ResponseCache(1_000_000, false)
    const head = headOf('GET /a HTTP/1.1')
    table.put(head, contentOf('text', { body }))
    const entry = table.find(head, 0)!
    expect(entry.body).toBe(body)
    expect(entry.whole.bytes(DATE).toString()).toMatch(/Content-Length: 100000\r\n\r\n$/)
  })
})
