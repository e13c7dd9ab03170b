import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { planText } from '../../../src/response/response-plan.ts'
import type { Exchange } from '../../../src/server/connection/exchange.ts'
import { ResponseCache } from '../../../src/server/response-cache/response-cache.ts'
import { parseAnswers } from '../answers.ts'
import { FakeServer, get } from '../fake-server.ts'
import type { FakeTransport } from '../fake-transport.ts'

const LARGE = 'x'.repeat(100_000)

/** A server that puts its answers into the table: `/large` is large, all else says its target. */
function serving(options = {}) {
  const ready = new ResponseCache(10_000_000, false)
  const server: FakeServer = new FakeServer((exchange: Exchange) => {
    const { head } = exchange
    const text = head.target === '/large' ? LARGE : `${head.target} is ready`
    ready.put(head, {
      fields: [['ETag', '"v"']],
      notModifiedFields: [['ETag', '"v"']],
      body: Buffer.from(text),
      etag: '"v"',
      freshFromMs: server.clock.monotonicMs(),
      freshUntilMs: server.clock.monotonicMs() + 1_000_000,
    })
    exchange.send(planText(200, 'the long way'))
  }, options)
  Object.assign(server.context, { responseCache: ready })
  return { server, ready }
}

/** A client of whom one request has gone the long way, for each of the targets. */
function warm(...targets: string[]) {
  const { server, ready } = serving()
  const transport = server.connect()
  for (const target of targets) transport.send(get(target))
  const before = { text: transport.text.length, packets: transport.packets.length }
  server.targets.length = 0
  server.records.length = 0
  const fresh = (from: FakeTransport = transport) => ({
    bodies: parseAnswers(from.text.slice(from === transport ? before.text : 0)).map(
      ({ body }) => body,
    ),
    packets: from.packets.slice(from === transport ? before.packets : 0),
  })
  return { server, ready, transport, fresh }
}

describe('a connection with answers that are ready', () => {
  it('answers in one write, and asks nobody', () => {
    const { server, transport, fresh } = warm('/a')
    transport.send(get('/a'))
    expect(fresh()).toMatchObject({
      bodies: ['/a is ready'],
      packets: [expect.stringContaining('200 OK')],
    })
    expect([server.targets, server.readers.out]).toEqual([[], 0])
  })

  it('answers byte by byte', () => {
    const { server, transport, fresh } = warm('/a')
    for (const byte of get('/a')) transport.send(byte)
    expect(fresh().bodies).toEqual(['/a is ready'])
    expect(server.targets).toEqual([])
  })

  it('answers what comes together in one write, in order', () => {
    const { server, transport, fresh } = warm('/a', '/b')
    transport.send(get('/a') + get('/b') + get('/a'))
    expect(fresh().bodies).toEqual(['/a is ready', '/b is ready', '/a is ready'])
    expect(fresh().packets).toHaveLength(1)
    expect(server.targets).toEqual([])
  })

  it('keeps the order with those that go the long way', () => {
    const { server, transport, fresh } = warm('/a')
    transport.send(get('/a') + get('/b') + get('/a') + get('/b') + get('/a'))
    expect(fresh().bodies.map(body => body.trim().split('\n').at(-1))).toEqual([
      '/a is ready',
      'the long way',
      '/a is ready',
      '/b is ready',
      '/a is ready',
    ])
    expect(server.targets).toEqual(['/b'])
  })

  it('answers more than fits together', () => {
    const { transport, fresh } = warm('/a')
    transport.send(get('/a').repeat(1000))
    expect(fresh().bodies).toEqual(new Array(1000).fill('/a is ready'))
    expect(fresh().packets.length).toBeLessThan(10)
  })

  it('sends a large body behind its head, and nothing before it', () => {
    const { transport, fresh } = warm('/a', '/large')
    transport.send(get('/a') + get('/large') + get('/a'))
    expect(fresh().bodies).toEqual(['/a is ready', LARGE, '/a is ready'])
  })

  it('goes the long way where the connection ends with the answer', () => {
    const { server, transport } = warm('/a')
    transport.send(get('/a', 'Connection: close'))
    expect(server.targets).toEqual(['/a'])
    expect(transport.text).toContain('Connection: close')
  })

  it('goes the long way where the server drains', () => {
    const { server, transport } = warm('/a')
    const half = get('/a')
    transport.send(half.slice(0, 10))
    server.drain()
    transport.send(half.slice(10))
    expect(server.targets).toEqual(['/a'])
  })

  it('goes the long way where there is content', () => {
    const { server, transport } = warm('/a')
    transport.send(`${get('/a', 'Content-Length: 1')}x`)
    expect(server.targets).toEqual(['/a'])
  })

  it('stops reading for a client that takes nothing, and leaves it when it never does', () => {
    const { server, transport } = warm('/large')
    transport.takesAtOnce = false
    transport.send(get('/large').repeat(50))
    // 256 KiB may be queued: three answers, and the one that is waited with.
    expect(transport.queuedBytes).toBeLessThan(600_000)
    expect(transport.paused).toBe(true)
    server.advance(40_000)
    expect(transport.destroyed).toBe(true)
  })

  it('leaves a client alone that takes its time, and then an idle one', () => {
    const { server, transport } = warm('/large')
    transport.takesAtOnce = false
    transport.send(get('/large'))
    for (let n = 0; n < 10; n++) {
      server.advance(10_000)
      expect(transport.destroyed).toBe(false)
      transport.take(5000)
    }
    while (transport.queuedBytes > 0) transport.take(50_000)
    server.advance(76_000)
    expect(transport.calls.at(-1)).toBe('end')
  })

  it('gives the last answer that requestsMax grants the long way, where it says so', () => {
    const { server } = serving({ requestsMax: 4 })
    const transport = server.connect()
    transport.send(get('/a'))
    transport.send(get('/a'), get('/a') + get('/a') + get('/a'))
    const answers = parseAnswers(transport.text)
    expect(answers.map(answer => [answer.body, answer.field('Connection')])).toEqual([
      ['200 OK\nthe long way\n', undefined],
      ['/a is ready', undefined],
      ['/a is ready', undefined],
      ['200 OK\nthe long way\n', 'close'],
    ])
    transport.finish()
    expect(server.ends).toEqual(['requests-max'])
  })

  it('has the Date of each second, and changes none that is still being sent', () => {
    const { server, transport } = warm('/a')
    transport.takesAtOnce = false
    transport.send(get('/a'))
    server.advance(1000)
    const other = server.connect()
    other.send(get('/a'))
    while (transport.queuedBytes > 0) transport.take(7)
    const dates = [transport, other].map(({ text }) => /.*\r\nDate: ([^\r]+)/s.exec(text)![1])
    expect(dates).toEqual(['Sun, 22 Nov 2026 13:05:09 GMT', 'Sun, 22 Nov 2026 13:05:10 GMT'])
  })

  it('tells of each answer', () => {
    const { server, transport } = warm('/a')
    transport.send(
      get('/a', 'User-Agent: u') +
        get('/a', 'If-None-Match: "v"') +
        get('/a').replace('GET', 'HEAD'),
    )
    expect(
      server.records.map(({ method, target, status, bytes }) => [method, target, status, bytes]),
    ).toEqual([
      ['GET', '/a', 200, 11],
      ['GET', '/a', 304, 0],
      ['HEAD', '/a', 200, 0],
    ])
    expect(server.records[0]!.userAgent).toBe('u')
  })

  it('makes nothing: a million requests leave the heap as it was', { timeout: 120_000 }, () => {
    const program = fileURLToPath(new URL('heap-growth.mjs', import.meta.url))
    // Room for all that a million requests might make, so that no collection hides it.
    const printed = execFileSync(
      process.execPath,
      ['--min-semi-space-size=512', '--max-semi-space-size=512', program],
      {
        encoding: 'utf8',
      },
    )
    const { answered, bytesPerRequest } = JSON.parse(printed)
    expect(answered).toBe(1_000_000)
    expect(bytesPerRequest).toBeLessThan(4)
  })
})
