import { describe, expect, it } from 'vitest'
import { Event, type RequestHead, RequestParser } from '../../../src/parser/index.ts'
import type { CacheableResponse } from '../../../src/server/response-cache/cache-entry.ts'
import { ResponseCache } from '../../../src/server/response-cache/response-cache.ts'

const DATE = 'Sun, 22 Nov 2026 12:00:00 GMT'

function headOf(requestLine: string, ...lines: string[]): RequestHead {
  const parser = new RequestParser()
  parser.feed(Buffer.from([requestLine, 'Host: a', ...lines, '', ''].join('\r\n'), 'latin1'))
  expect(parser.next()).toBe(Event.Head)
  return parser.head
}

function cacheable(text: string, more: Partial<CacheableResponse> = {}): CacheableResponse {
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

const cacheWith = (text: string, ...request: [string, ...string[]]): ResponseCache => {
  const cache = new ResponseCache(1_000_000, false)
  cache.put(headOf(...request), cacheable(text))
  return cache
}

/** Looks up a request. Returns the status and body of its response, or 'miss'. */
function lookUp(cache: ResponseCache, request: readonly [string, ...string[]], nowMs = 0): string {
  const head = headOf(...request)
  const entry = cache.find(head, nowMs)
  const response = entry && cache.responseFor(entry, head)
  if (response === undefined) return 'miss'
  const [, status, body] = /^HTTP\/1.1 (\d+).*?\r\n\r\n(.*)$/s.exec(
    response.bytes(DATE).toString(),
  )!
  return `${status} ${body}`
}

describe('ResponseCache', () => {
  it.each([
    ['unchanged', ['GET /a HTTP/1.1'], '200 text'],
    ['with a query', ['GET /a?b=c HTTP/1.1'], '200 text'],
    ['in another version 1.x', ['GET /a HTTP/1.2'], '200 text'],
    [
      'with fields that change nothing',
      ['GET /a HTTP/1.1', 'User-Agent: u', 'Cookie: c', 'Accept: */*'],
      '200 text',
    ],
    ['by HEAD', ['HEAD /a HTTP/1.1'], '200 '],
    ['with its validator', ['GET /a HTTP/1.1', 'If-None-Match: "text"'], '304 '],
    [
      'with its validator and a date',
      ['GET /a HTTP/1.1', 'If-None-Match: "text"', 'If-Modified-Since: x'],
      '304 ',
    ],
    ['with its validator, by HEAD', ['HEAD /a HTTP/1.1', 'If-None-Match: "text"'], '304 '],
    ['with another validator', ['GET /a HTTP/1.1', 'If-None-Match: "other"'], 'miss'],
    ['with a list of validators', ['GET /a HTTP/1.1', 'If-None-Match: "text", "b"'], 'miss'],
    ['with a date alone', ['GET /a HTTP/1.1', `If-Modified-Since: ${DATE}`], 'miss'],
    ['with a range', ['GET /a HTTP/1.1', 'Range: bytes=0-0'], 'miss'],
    ['with If-Match', ['GET /a HTTP/1.1', 'If-Match: "text"'], 'miss'],
    ['with Expect', ['GET /a HTTP/1.1', 'Expect: x'], 'miss'],
    ['with a field twice', ['GET /a HTTP/1.1', 'Accept: a', 'Accept: b'], 'miss'],
    ['for a longer path', ['GET /ab HTTP/1.1'], 'miss'],
    ['for a shorter path', ['GET / HTTP/1.1'], 'miss'],
    ['for another spelling of the path', ['GET /%61 HTTP/1.1'], 'miss'],
    ['in absolute-form', ['GET http://a/a HTTP/1.1'], 'miss'],
    ['in HTTP/1.0', ['GET /a HTTP/1.0'], 'miss'],
    ['with another method', ['POST /a HTTP/1.1'], 'miss'],
    ['with another method as long as GET', ['PUT /a HTTP/1.1'], 'miss'],
    ['with another method as long as HEAD', ['HEAP /a HTTP/1.1'], 'miss'],
    ['with a coding', ['GET /a HTTP/1.1', 'Accept-Encoding: br'], 'miss'],
    ['with an empty coding', ['GET /a HTTP/1.1', 'Accept-Encoding:'], 'miss'],
  ] as [string, [string, ...string[]], string][])(
    'responds to a request %s: %j: %s',
    (_, request, expected) => {
      expect(lookUp(cacheWith('text', 'GET /a HTTP/1.1'), request)).toBe(expected)
    },
  )

  it('has one response for each Accept-Encoding', () => {
    const cache = cacheWith('coded', 'GET /a HTTP/1.1', 'Accept-Encoding: br, gzip')
    expect(lookUp(cache, ['GET /a HTTP/1.1', 'Accept-Encoding: br, gzip'])).toBe('200 coded')
    expect(lookUp(cache, ['GET /a HTTP/1.1', 'Accept-Encoding: br'])).toBe('miss')
    expect(lookUp(cache, ['GET /a HTTP/1.1'])).toBe('miss')
  })

  it('has one response for each Host if that selects the site', () => {
    const cache = new ResponseCache(1_000_000, true)
    cache.put(headOf('GET /a HTTP/1.1'), cacheable('text'))
    expect(lookUp(cache, ['GET /a HTTP/1.1'])).toBe('200 text')
    const parser = new RequestParser()
    parser.feed(Buffer.from('GET /a HTTP/1.1\r\nHost: b\r\n\r\n'))
    parser.next()
    expect(cache.find(parser.head, 0)).toBeUndefined()
  })

  it('does not store what it would not find', () => {
    for (const request of [['GET /a HTTP/1.0'], ['GET /a HTTP/1.1', 'Range: bytes=0-0']] as const) {
      const cache = new ResponseCache(1_000_000, false)
      cache.put(headOf(...(request as [string])), cacheable('text'))
      expect([cache.size, cache.bytes]).toEqual([0, 0])
    }
  })

  it('replaces an entry for the same path', () => {
    const cache = cacheWith('one', 'GET /a HTTP/1.1')
    cache.put(headOf('GET /a?x HTTP/1.1'), cacheable('two'))
    expect([cache.size, lookUp(cache, ['GET /a HTTP/1.1'])]).toEqual([1, '200 two'])
  })

  it('misses once after 80 % of the lifetime, and always after its end', () => {
    const cache = cacheWith('text', 'GET /a HTTP/1.1')
    const at = (nowMs: number) => lookUp(cache, ['GET /a HTTP/1.1'], nowMs)
    expect([at(0), at(799)]).toEqual(['200 text', '200 text'])
    expect([at(800), at(801), at(999)]).toEqual(['miss', '200 text', '200 text'])
    expect([at(1000), at(1001)]).toEqual(['miss', 'miss'])
  })

  it('evicts the oldest entries beyond its limit of bytes', () => {
    const cache = new ResponseCache(10_000, false)
    const text = 'x'.repeat(1000)
    for (let n = 0; n < 1000; n++) {
      cache.put(headOf(`GET /${n} HTTP/1.1`), cacheable(text))
      expect(cache.bytes).toBeLessThanOrEqual(10_000)
    }
    expect(lookUp(cache, ['GET /999 HTTP/1.1'])).toBe(`200 ${text}`)
    expect(lookUp(cache, ['GET /0 HTTP/1.1'])).toBe('miss')
    cache.put(headOf('GET /large HTTP/1.1'), cacheable('x'.repeat(10_000)))
    expect(lookUp(cache, ['GET /large HTTP/1.1'])).toBe('miss')
  })

  it('finds each of many entries, and removes each that is replaced', () => {
    const cache = new ResponseCache(100_000_000, false)
    for (let round = 0; round < 2; round++)
      for (let n = 0; n < 20_000; n++)
        cache.put(headOf(`GET /${n} HTTP/1.1`), cacheable(`${round} ${n}`))
    // The last ones are kept, as many as there are slots; some share a slot.
    expect(cache.size).toBe(1 << 14)
    for (let n = 20_000 - (1 << 14); n < 20_000; n += 97)
      expect(lookUp(cache, [`GET /${n} HTTP/1.1`])).toBe(`200 1 ${n}`)
    expect(lookUp(cache, ['GET /3 HTTP/1.1'])).toBe('miss')
  })

  it('does not copy a large body', () => {
    const body = Buffer.alloc(100_000, 'x')
    const cache = new ResponseCache(1_000_000, false)
    const head = headOf('GET /a HTTP/1.1')
    cache.put(head, cacheable('text', { body }))
    const entry = cache.find(head, 0)!
    expect(entry.body).toBe(body)
    expect(entry.whole.bytes(DATE).toString()).toMatch(/Content-Length: 100000\r\n\r\n$/)
  })
})
