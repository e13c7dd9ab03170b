import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { planText } from '../../../src/response/response-plan.ts'
import type { Exchange } from '../../../src/server/connection/exchange.ts'
import { HeldBody } from '../../../src/server/response-cache/cache-entry.ts'
import { ResponseCache } from '../../../src/server/response-cache/response-cache.ts'
import { parseResponses } from '../../parse-responses.ts'
import { FakeServer, get, requestOf } from '../fake-server.ts'
import type { FakeTransport } from '../fake-transport.ts'

const LARGE = 'x'.repeat(100_000)

/** A server that caches a response for each target: a large one for `/large`, else a short text. */
function cachingServer(options = {}) {
  const cache = new ResponseCache(10_000_000, false)
  const server: FakeServer = new FakeServer((exchange: Exchange) => {
    const { head } = exchange
    const text = head.target === '/large' ? LARGE : `${head.target} is cached`
    cache.put(head, {
      status: 200,
      fields: [['ETag', '"v"']],
      body: new HeldBody(Buffer.from(text)),
      validators: {
        notModifiedFields: [['ETag', '"v"']],
        etag: '"v"',
        lastModified: '',
        hasParts: true,
      },
      variation: {},
      checkedAtMs: server.clock.monotonicMs(),
      lifetimeMs: 1_000_000,
      recheck: () => undefined,
    })
    exchange.send(planText(200, 'from the endpoint'))
  }, options)
  Object.assign(server.context, { responseCache: cache })
  return { server, cache }
}

/**
 * A client that has requested each target once, so that its response is cached. `received()`
 * returns what was sent since.
 */
function warm(...targets: string[]) {
  const { server, cache } = cachingServer()
  const transport = server.connect()
  for (const target of targets) transport.send(get(target))
  const before = { text: transport.text.length, packets: transport.packets.length }
  server.targets.length = 0
  server.logEntries.length = 0
  const received = (from: FakeTransport = transport) => ({
    bodies: parseResponses(from.text.slice(from === transport ? before.text : 0)).map(
      ({ text }) => text,
    ),
    packets: from.packets.slice(from === transport ? before.packets : 0),
  })
  return { server, cache, transport, received }
}

describe('Connection with a response cache', () => {
  it('responds in one write, without the endpoint', () => {
    const { server, transport, received } = warm('/a')
    transport.send(get('/a'))
    expect(received()).toMatchObject({
      bodies: ['/a is cached'],
      packets: [expect.stringContaining('200 OK')],
    })
    expect([server.targets, server.readers.inUse]).toEqual([[], 0])
  })

  it('responds to a request that arrives byte by byte', () => {
    const { server, transport, received } = warm('/a')
    for (const byte of get('/a')) transport.send(byte)
    expect(received().bodies).toEqual(['/a is cached'])
    expect(server.targets).toEqual([])
  })

  it('responds to pipelined requests in one write, in order', () => {
    const { server, transport, received } = warm('/a', '/b')
    transport.send(get('/a') + get('/b') + get('/a'))
    expect(received().bodies).toEqual(['/a is cached', '/b is cached', '/a is cached'])
    expect(received().packets).toHaveLength(1)
    expect(server.targets).toEqual([])
  })

  it('keeps the order of responses from the cache and from the endpoint', () => {
    const { server, transport, received } = warm('/a')
    transport.send(get('/a') + get('/b') + get('/a') + get('/b') + get('/a'))
    expect(received().bodies.map(body => body.trim().split('\n').at(-1))).toEqual([
      '/a is cached',
      'from the endpoint',
      '/a is cached',
      '/b is cached',
      '/a is cached',
    ])
    expect(server.targets).toEqual(['/b'])
  })

  it('responds to more pipelined requests than fit into one write', () => {
    const { transport, received } = warm('/a')
    transport.send(get('/a').repeat(1000))
    expect(received().bodies).toEqual(new Array(1000).fill('/a is cached'))
    expect(received().packets.length).toBeLessThan(10)
  })

  it('sends a large body directly after its head', () => {
    const { transport, received } = warm('/a', '/large')
    transport.send(get('/a') + get('/large') + get('/a'))
    expect(received().bodies).toEqual(['/a is cached', LARGE, '/a is cached'])
  })

  it('responds to a request with Connection: close, and closes', () => {
    const { server, transport, received } = warm('/a')
    transport.send(get('/a', 'Connection: close') + get('/a'))
    expect(received().bodies).toEqual(['/a is cached'])
    expect(received().packets).toHaveLength(1)
    expect(parseResponses(transport.text).at(-1)!.field('Connection')).toBe('close')
    expect([server.targets, transport.calls.at(-1)]).toEqual([[], 'end'])
    transport.finish()
    expect(server.closeReasons).toEqual(['client-closed'])
  })

  it.each([
    [[], 'close'],
    [['Connection: keep-alive'], 'keep-alive'],
  ])('responds to HTTP/1.0 with %j', (lines, expected) => {
    const { server, transport, received } = warm('/a')
    transport.send(requestOf('GET /a HTTP/1.0', lines))
    expect(received().bodies).toEqual(['/a is cached'])
    expect(parseResponses(transport.text).at(-1)!.field('Connection')).toBe(expected)
    expect(server.targets).toEqual([])
  })

  it('closes the connection after a response while the server drains', () => {
    const { server, transport, received } = warm('/a')
    const half = get('/a')
    transport.send(half.slice(0, 10))
    server.drain()
    transport.send(half.slice(10))
    expect(received().bodies).toEqual(['/a is cached'])
    expect(parseResponses(transport.text).at(-1)!.field('Connection')).toBe('close')
    transport.finish()
    expect([server.targets, server.closeReasons]).toEqual([[], ['drained']])
  })

  it('passes a request with content to its endpoint', () => {
    const { server, transport } = warm('/a')
    transport.send(`${get('/a', 'Content-Length: 1')}x`)
    expect(server.targets).toEqual(['/a'])
  })

  it('stops reading from a client that accepts nothing, and destroys its connection in the end', () => {
    const { server, transport } = warm('/large')
    transport.acceptsAtOnce = false
    transport.send(get('/large').repeat(5000))
    // queuedBytesMax is 256 KiB: three cached responses, and a short one from the endpoint.
    expect(transport.queuedBytes).toBeLessThan(600_000)
    expect(transport.paused).toBe(true)
    server.advance(40_000)
    expect(transport.destroyed).toBe(true)
  })

  it('keeps a slow client, and closes its connection when it is idle', () => {
    const { server, transport } = warm('/large')
    transport.acceptsAtOnce = false
    transport.send(get('/large'))
    for (let n = 0; n < 10; n++) {
      server.advance(10_000)
      expect(transport.destroyed).toBe(false)
      transport.accept(5000)
    }
    while (transport.queuedBytes > 0) transport.accept(50_000)
    server.advance(76_000)
    expect(transport.calls.at(-1)).toBe('end')
  })

  it('sends Connection: close in response to the last request of requestsMax', () => {
    const { server } = cachingServer({ requestsMax: 4 })
    const transport = server.connect()
    transport.send(get('/a'))
    transport.send(get('/a'), get('/a') + get('/a') + get('/a'))
    const responses = parseResponses(transport.text)
    expect(responses.map(response => [response.text, response.field('Connection')])).toEqual([
      ['200 OK\nfrom the endpoint\n', undefined],
      ['/a is cached', undefined],
      ['/a is cached', undefined],
      ['/a is cached', 'close'],
    ])
    transport.finish()
    expect(server.closeReasons).toEqual(['requests-max'])
  })

  it('sends the Date of each second, and does not change bytes that are queued', () => {
    const { server, transport } = warm('/a')
    transport.acceptsAtOnce = false
    transport.send(get('/a'))
    server.advance(1000)
    const other = server.connect()
    other.send(get('/a'))
    while (transport.queuedBytes > 0) transport.accept(7)
    const dates = [transport, other].map(({ text }) => /.*\r\nDate: ([^\r]+)/s.exec(text)![1])
    expect(dates).toEqual(['Sun, 22 Nov 2026 13:05:09 GMT', 'Sun, 22 Nov 2026 13:05:10 GMT'])
  })

  it('logs each response', () => {
    const { server, transport } = warm('/a')
    transport.send(
      get('/a', 'User-Agent: u') +
        get('/a', 'If-None-Match: "v"') +
        get('/a').replace('GET', 'HEAD'),
    )
    expect(
      server.logEntries.map(({ method, url, status, bytes }) => [method, url, status, bytes]),
    ).toEqual([
      ['GET', '/a', 200, 12],
      ['GET', '/a', 304, 0],
      ['HEAD', '/a', 200, 0],
    ])
    expect(server.logEntries[0]!.userAgent).toBe('u')
  })

  it('allocates nothing: a million requests leave the heap as it was', { timeout: 120_000 }, () => {
    const program = fileURLToPath(new URL('heap-growth.mjs', import.meta.url))
    // Room for whatever a million requests might allocate, so that no collection hides it.
    const stdout = execFileSync(
      process.execPath,
      ['--min-semi-space-size=512', '--max-semi-space-size=512', program],
      {
        encoding: 'utf8',
      },
    )
    const { responses, bytesPerRequest } = JSON.parse(stdout)
    expect(responses).toBe(1_000_000)
    expect(bytesPerRequest).toBeLessThan(4)
  })
})
