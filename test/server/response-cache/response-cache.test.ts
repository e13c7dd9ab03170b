import { describe, expect, it } from 'vitest'
import { Event, type RequestHead, RequestParser } from '../../../src/parser/index.ts'
import {
  type CacheableResponse,
  type CacheEntry,
  HeldBody,
  type Selected,
} from '../../../src/server/response-cache/cache-entry.ts'
import { ResponseCache } from '../../../src/server/response-cache/response-cache.ts'

const DATE = 'Sun, 22 Nov 2026 12:00:00 GMT'

type Request = readonly [requestLine: string, ...lines: string[]]

function headOf(requestLine: string, ...lines: readonly string[]): RequestHead {
  const parser = new RequestParser()
  const host = lines.some(line => line.startsWith('Host:')) ? [] : ['Host: a']
  parser.feed(Buffer.from([requestLine, ...host, ...lines, '', ''].join('\r\n'), 'latin1'))
  expect(parser.next()).toBe(Event.Head)
  return parser.head
}

function cacheable(text: string, more: Partial<CacheableResponse> = {}): CacheableResponse {
  return {
    status: 200,
    fields: [['ETag', `"${text}"`]],
    body: new HeldBody(Buffer.from(text)),
    validators: {
      notModifiedFields: [['ETag', `"${text}"`]],
      etag: `"${text}"`,
      lastModified: DATE,
      hasParts: true,
    },
    variation: {},
    checkedAtMs: 0,
    lifetimeMs: 1000,
    recheck: () => undefined,
    ...more,
  }
}

function cacheWith(text: string, request: Request, more: Partial<CacheableResponse> = {}) {
  const cache = new ResponseCache(1_000_000, false)
  cache.put(headOf(...request), cacheable(text, more))
  return cache
}

/** Returns the status and the body of what an entry sends to a request, or 'miss'. */
function sent(entry: CacheEntry | undefined, head: RequestHead): string {
  const selected: Selected = { head: undefined, body: undefined, from: 0, to: 0 }
  if (entry === undefined || !entry.select(head, selected)) return 'miss'
  const { body, from, to } = selected
  const bytes = body?.inMemory()?.subarray(from, to) ?? new Uint8Array(0)
  return `${selected.head!.status} ${Buffer.from(bytes)}`
}

/** Looks up a request. Returns the status and body of its response, or 'miss'. */
function lookUp(cache: ResponseCache, request: Request, nowMs = 0): string {
  const head = headOf(...request)
  return sent(cache.find(head, nowMs), head)
}

const GET: Request = ['GET /a HTTP/1.1']

describe('ResponseCache', () => {
  it.each<[string, Request, string]>([
    ['unchanged', GET, '200 text'],
    ['with a query', ['GET /a?b=c HTTP/1.1'], '200 text'],
    ['in another version 1.x', ['GET /a HTTP/1.2'], '200 text'],
    ['in HTTP/1.0', ['GET /a HTTP/1.0'], '200 text'],
    ['on a connection that closes', [...GET, 'Connection: close'], '200 text'],
    [
      'with fields that change nothing',
      [...GET, 'User-Agent: u', 'Cookie: c', 'Accept: */*'],
      '200 text',
    ],
    ['by HEAD', ['HEAD /a HTTP/1.1'], '200 '],
    ['with its validator', [...GET, 'If-None-Match: "text"'], '304 '],
    [
      'with its validator and a date',
      [...GET, 'If-None-Match: "text"', 'If-Modified-Since: x'],
      '304 ',
    ],
    ['with its validator, by HEAD', ['HEAD /a HTTP/1.1', 'If-None-Match: "text"'], '304 '],
    ['with its date alone', [...GET, `If-Modified-Since: ${DATE}`], '304 '],
    ['with another validator', [...GET, 'If-None-Match: "other"'], 'miss'],
    [
      'with another validator and its date',
      [...GET, 'If-None-Match: "o"', `If-Modified-Since: ${DATE}`],
      'miss',
    ],
    ['with a list of validators', [...GET, 'If-None-Match: "text", "b"'], 'miss'],
    ['with another date', [...GET, 'If-Modified-Since: Sun, 22 Nov 2026 12:00:01 GMT'], 'miss'],
    ['with a range to the end', [...GET, 'Range: bytes=0-'], '206 text'],
    ['with a range', [...GET, 'Range: bytes=1-2'], '206 ex'],
    ['with a range beyond the end', [...GET, 'Range: bytes=3-99'], '206 t'],
    ['with a range by HEAD', ['HEAD /a HTTP/1.1', 'Range: bytes=1-2'], '200 '],
    [
      'with a range and its validator',
      [...GET, 'Range: bytes=1-2', 'If-None-Match: "text"'],
      '304 ',
    ],
    ['with a range that is not satisfiable', [...GET, 'Range: bytes=4-'], 'miss'],
    ['with a range that ends before it begins', [...GET, 'Range: bytes=2-1'], 'miss'],
    ['with a range of the last bytes', [...GET, 'Range: bytes=-1'], 'miss'],
    ['with two ranges', [...GET, 'Range: bytes=0-0,2-2'], 'miss'],
    ['with a range in another unit', [...GET, 'Range: lines=0-1'], 'miss'],
    ['with a range that is no number', [...GET, 'Range: bytes=0x0-1'], 'miss'],
    ['with an endless number', [...GET, `Range: bytes=0-${'9'.repeat(40)}`], 'miss'],
    ['with a range and If-Range', [...GET, 'Range: bytes=0-', 'If-Range: "text"'], 'miss'],
    ['with If-Match', [...GET, 'If-Match: "text"'], 'miss'],
    ['with Expect', [...GET, 'Expect: x'], 'miss'],
    ['with a field twice', [...GET, 'Accept: a', 'Accept: b'], 'miss'],
    ['for a longer path', ['GET /ab HTTP/1.1'], 'miss'],
    ['for a shorter path', ['GET / HTTP/1.1'], 'miss'],
    ['for another spelling of the path', ['GET /%61 HTTP/1.1'], 'miss'],
    ['in absolute-form', ['GET http://a/a HTTP/1.1'], 'miss'],
    ['with another method', ['POST /a HTTP/1.1'], 'miss'],
    ['with another method as long as GET', ['PUT /a HTTP/1.1'], 'miss'],
    ['with another method as long as HEAD', ['HEAP /a HTTP/1.1'], 'miss'],
  ])('responds to a request %s: %j: %s', (_, request, expected) => {
    expect(lookUp(cacheWith('text', GET), request)).toBe(expected)
  })

  it.each([
    ['GET', 'Range: bytes=0-'],
    // Its Content-Length would be that of another representation than a GET gets.
    ['HEAD', 'Range: bytes=0-'],
    ['GET', `If-Modified-Since: ${DATE}\r\nRange: bytes=0-`],
  ])('leaves a %s with %j to the endpoint if the response is coded', (method, lines) => {
    const validators = { ...cacheable('text').validators!, hasParts: false }
    const cache = cacheWith('text', GET, { validators })
    const head = headOf(`${method} /a HTTP/1.1`, lines)
    expect(sent(cache.find(head, 0), head)).toBe('miss')
    const whole = headOf(`${method} /a HTTP/1.1`)
    expect(sent(cache.find(whole, 0), whole)).not.toBe('miss')
  })

  it('ignores conditions and ranges for a response without validators', () => {
    const cache = new ResponseCache(1_000_000, false)
    const { validators: _, ...plain } = cacheable('gone', { status: 404 })
    cache.put(headOf(...GET), plain)
    for (const line of ['If-None-Match: "gone"', `If-Modified-Since: ${DATE}`, 'Range: bytes=0-'])
      expect(lookUp(cache, [...GET, line]), line).toBe('404 gone')
  })

  it.each([
    ['gzip, br', 'br, gzip', true],
    ['gzip, br', 'GZIP;q=1.0,BR', true],
    ['gzip, br', 'br, gzip, deflate', true],
    ['gzip, br', 'br', false],
    ['gzip, br', 'gzip, br;q=0.5', false],
    ['gzip, br', undefined, false],
    ['br', 'br, identity;q=0', false],
  ])('takes Accept-Encoding %s for the same as %s: %s', (one, other, isSame) => {
    const cache = new ResponseCache(1_000_000, false)
    const first = [...GET, `Accept-Encoding: ${one}`] as unknown as Request
    const codings = cache.negotiation.codingsOf(headOf(...first))
    cache.put(headOf(...first), cacheable('coded', { variation: { codings } }))
    const second = other === undefined ? GET : ([...GET, `Accept-Encoding: ${other}`] as const)
    expect(lookUp(cache, first)).toBe('200 coded')
    expect(lookUp(cache, second)).toBe(isSame ? '200 coded' : 'miss')
  })

  it('keeps few responses, however many spellings of Accept-Encoding there are', () => {
    const cache = new ResponseCache(100_000_000, false)
    for (let n = 0; n < 20_000; n++) {
      const head = headOf(...GET, `Accept-Encoding: br, x-${n}`)
      if (cache.find(head, 0) !== undefined) continue
      const codings = cache.negotiation.codingsOf(head)
      cache.put(head, cacheable('coded', { variation: { codings } }))
    }
    expect(cache.size).toBe(1)
  })

  it('keeps a bounded number of variations of one path', () => {
    const cache = new ResponseCache(100_000_000, false)
    const codings = ['br', 'gzip', 'zstd', 'identity']
    for (let n = 0; n < 500; n++) {
      const field = codings.map((name, i) => `${name};q=0.${(n >> (2 * i)) & 3}`).join()
      const head = headOf(...GET, `Accept-Encoding: ${field}`)
      cache.put(head, cacheable('x', { variation: { codings: cache.negotiation.codingsOf(head) } }))
    }
    expect(cache.size).toBeLessThanOrEqual(16)
  })

  it('serves what is not negotiable to all clients that accept it as it is', () => {
    const cache = cacheWith('png', GET, { variation: { codings: 'identity' } })
    expect(lookUp(cache, GET)).toBe('200 png')
    expect(lookUp(cache, [...GET, 'Accept-Encoding: br'])).toBe('200 png')
    expect(lookUp(cache, [...GET, 'Accept-Encoding: identity;q=0'])).toBe('miss')
    expect(lookUp(cache, [...GET, 'Accept-Encoding: br, *;q=0'])).toBe('miss')
  })

  it('distinguishes who prefers HTML', () => {
    const cache = cacheWith('page', [...GET, 'Accept: text/html'], {
      variation: { prefersHtml: true },
    })
    expect(lookUp(cache, [...GET, 'Accept: text/html;q=0.9, */*;q=0.1'])).toBe('200 page')
    for (const lines of [[], ['Accept: */*'], ['Accept: text/plain']])
      expect(lookUp(cache, ['GET /a HTTP/1.1', ...lines]), lines.join()).toBe('miss')
  })

  it('has one response for each Host if that selects the site', () => {
    const cache = new ResponseCache(1_000_000, true)
    cache.put(headOf(...GET), cacheable('text'))
    expect(lookUp(cache, GET)).toBe('200 text')
    expect(lookUp(cache, [...GET, 'Host: b'])).toBe('miss')
    expect(lookUp(new ResponseCache(1, false), GET)).toBe('miss')
  })

  it('keeps what depends on the query for requests without one', () => {
    const cache = cacheWith('moved', GET, { hasNoQuery: true })
    expect(lookUp(cache, GET)).toBe('200 moved')
    for (const target of ['/a?', '/a?b'])
      expect(lookUp(cache, [`GET ${target} HTTP/1.1`]), target).toBe('miss')
    expect(cacheWith('moved', ['GET /a?b HTTP/1.1'], { hasNoQuery: true }).size).toBe(0)
  })

  it('does not store what it would not find', () => {
    for (const request of [['POST /a HTTP/1.1'], [...GET, 'If-Match: "a"']] as Request[]) {
      const cache = cacheWith('text', request)
      expect([cache.size, cache.bytes]).toEqual([0, 0])
    }
  })

  it('replaces an entry for the same path', () => {
    const cache = cacheWith('one', GET)
    cache.put(headOf('GET /a?x HTTP/1.1'), cacheable('two'))
    expect([cache.size, lookUp(cache, GET)]).toEqual([1, '200 two'])
  })

  it('evicts the oldest entries beyond its limit of bytes, but not those in use', () => {
    const cache = new ResponseCache(20_000, false)
    const text = 'x'.repeat(1000)
    cache.put(headOf(...GET), cacheable('used'))
    for (let n = 0; n < 1000; n++) {
      cache.put(headOf(`GET /${n} HTTP/1.1`), cacheable(text))
      expect(cache.bytes).toBeLessThanOrEqual(20_000)
      expect(lookUp(cache, GET)).toBe('200 used')
    }
    expect(lookUp(cache, ['GET /999 HTTP/1.1'])).toBe(`200 ${text}`)
    expect(lookUp(cache, ['GET /0 HTTP/1.1'])).toBe('miss')
    cache.put(headOf('GET /large HTTP/1.1'), cacheable('x'.repeat(20_000)))
    expect(lookUp(cache, ['GET /large HTTP/1.1'])).toBe('miss')
  })

  it('finds each of many entries, and removes each that is replaced', () => {
    const cache = new ResponseCache(100_000_000, false)
    for (let round = 0; round < 2; round++)
      for (let n = 0; n < 20_000; n++)
        cache.put(headOf(`GET /${n} HTTP/1.1`), cacheable(`${round} ${n}`))
    expect(cache.size).toBe(20_000)
    for (let n = 0; n < 20_000; n += 97)
      expect(lookUp(cache, [`GET /${n} HTTP/1.1`])).toBe(`200 1 ${n}`)
  })

  it('has entries that many paths share', () => {
    const cache = new ResponseCache(1_000_000, false)
    const html: Request = ['GET /b HTTP/1.1', 'Accept: text/html']
    const sharedKey = 'missing'
    cache.put(headOf(...GET), cacheable('plain', { sharedKey, variation: { prefersHtml: false } }))
    cache.put(headOf(...html), cacheable('page', { sharedKey, variation: { prefersHtml: true } }))
    const shared = (key: string, request: Request): string => {
      const head = headOf(...request)
      return sent(cache.findShared(key, head, 0), head)
    }
    expect(shared('missing', ['GET /c HTTP/1.1'])).toBe('200 plain')
    expect(shared('missing', ['GET /d HTTP/1.1', 'Accept: text/html'])).toBe('200 page')
    expect(shared('other', GET)).toBe('miss')
    expect(lookUp(cache, GET)).toBe('miss')
  })
})

describe('an entry', () => {
  /** An entry that is looked at again, with what that returns. */
  function entryWith(look: () => number | undefined | Promise<number | undefined>) {
    let looks = 0
    const cache = cacheWith('text', GET, {
      recheck: () => {
        looks++
        return look()
      },
    })
    const at = (nowMs: number): string => lookUp(cache, GET, nowMs)
    return { at, looks: () => looks }
  }

  it('is sent without a look for 80 % of its lifetime', () => {
    const { at, looks } = entryWith(() => 0)
    expect([at(0), at(799), looks()]).toEqual(['200 text', '200 text', 0])
  })

  it('is sent while it is looked at behind the request, once', async () => {
    const { at, looks } = entryWith(() => 850)
    expect([at(850), at(851), looks()]).toEqual(['200 text', '200 text', 0])
    await Promise.resolve()
    expect([looks(), at(1649), looks()]).toEqual([1, '200 text', 1])
  })

  it('is looked at before it is sent after its lifetime', () => {
    const { at, looks } = entryWith(() => 5000)
    expect([at(5000), looks()]).toEqual(['200 text', 1])
    expect([at(5799), looks()]).toEqual(['200 text', 1])
  })

  it('is not sent any more if it is no longer right', () => {
    const { at } = entryWith(() => undefined)
    expect([at(1000), at(1001)]).toEqual(['miss', 'miss'])
  })

  it('is not sent after its lifetime until a look in a thread is over', async () => {
    let resolve = (_: number): void => {}
    const look = new Promise<number>(done => {
      resolve = done
    })
    const { at, looks } = entryWith(() => look)
    expect([at(1000), at(1001), looks()]).toEqual(['miss', 'miss', 1])
    resolve(1000)
    await look
    await Promise.resolve()
    expect([at(1002), looks()]).toEqual(['200 text', 1])
  })

  it('is not sent if looking at it fails at once', () => {
    const { at } = entryWith(() => {
      throw new Error('EIO')
    })
    expect(at(1000)).toBe('miss')
  })

  it('is not sent if looking at it fails', async () => {
    const { at } = entryWith(() => Promise.reject(new Error('EIO')))
    expect(at(1000)).toBe('miss')
    await new Promise(setImmediate)
    expect(at(1001)).toBe('miss')
  })
})
