import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../../src/server/connection/exchange.ts'
import { parseResponse, parseResponses } from '../../parse-responses.ts'
import { WALL_START } from '../fake-clock.ts'
import { FakeServer, get, post, respondAtOnce, wait } from '../fake-server.ts'

const statusesOf = (text: string) => parseResponses(text).map(({ status }) => status)
const bodiesOf = (text: string) => parseResponses(text).map(({ text }) => text)

describe('Connection, writing', () => {
  it('sends a small response in one write', () => {
    const transport = new FakeServer().connect()
    transport.send(get('/a'))
    expect(transport.calls).toEqual(['write'])
    expect(transport.text).toBe(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n' +
        `Date: ${WALL_START}\r\nContent-Length: 10\r\n\r\n200 OK\n/a\n`,
    )
  })

  it('corks the responses to pipelined requests together, in order', () => {
    const transport = new FakeServer().connect()
    transport.send(get('/a') + get('/b') + get('/c'))
    expect(transport.calls).toEqual(['cork', 'write', 'write', 'write', 'uncork'])
    expect(bodiesOf(transport.text)).toEqual(['200 OK\n/a\n', '200 OK\n/b\n', '200 OK\n/c\n'])
  })

  it('sends a large response in one packet, its head corked with its body', () => {
    const body = new Uint8Array(100_000).fill(0x61)
    const transport = new FakeServer(exchange => exchange.respond(200, [], body)).connect()
    transport.send(get('/'))
    expect(transport.packets).toHaveLength(1)
    expect(parseResponse(transport.text).text).toBe('a'.repeat(100_000))
  })

  it('does not write or cork for part of a request', () => {
    const transport = new FakeServer().connect()
    transport.send('GET / HT')
    expect(transport.calls).toEqual([])
  })
})

describe('requests on one Connection', () => {
  it('are read wherever the bytes are split', () => {
    const text = get('/a', 'X: y') + post('/b', 'content') + get('/c')
    for (let cut = 1; cut < text.length; cut++) {
      const server = new FakeServer()
      const transport = server.connect()
      transport.send(text.slice(0, cut), text.slice(cut))
      expect(bodiesOf(transport.text), `cut at ${cut}`).toEqual([
        '200 OK\n/a\n',
        '200 OK\n/b\n',
        '200 OK\n/c\n',
      ])
    }
  })

  it('get their responses in order, each before the next is parsed', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    transport.send(get('/a') + get('/b') + get('/c'))
    expect(server.targets).toEqual(['/a'])
    for (let i = 0; i < 3; i++) respondAtOnce(server.exchanges[i]!)
    expect(bodiesOf(transport.text)).toEqual(['200 OK\n/a\n', '200 OK\n/b\n', '200 OK\n/c\n'])
  })

  it('wait until fewer than queuedBytesMax bytes are queued', () => {
    const server = new FakeServer(exchange => exchange.respond(200, [], new Uint8Array(50_000)), {
      queuedBytesMax: '64KiB',
    })
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/1') + get('/2') + get('/3') + get('/4'))
    expect(server.exchanges).toHaveLength(2)
    transport.accept()
    expect(server.exchanges).toHaveLength(4)
    transport.accept()
    expect(statusesOf(transport.text)).toEqual([200, 200, 200, 200])
  })

  it('wait for the queue also if they arrive in separate reads', () => {
    const server = new FakeServer(exchange => exchange.respond(200, [], new Uint8Array(100_000)), {
      queuedBytesMax: '64KiB',
    })
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/1'))
    transport.send(get('/2'))
    expect(server.targets).toEqual(['/1'])
    transport.accept()
    expect(server.targets).toEqual(['/1', '/2'])
  })

  it('all get responses, though these outgrow the queue within one read', () => {
    const server = new FakeServer(exchange => exchange.respond(200, [], new Uint8Array(600)))
    const transport = server.connect()
    const batch = Array.from({ length: 1500 }, (_, i) => get(`/${i}`)).join('')
    transport.send(batch)
    expect(server.exchanges).toHaveLength(1500)
    expect(parseResponses(transport.text)).toHaveLength(1500)
  })

  it('may have empty lines between them', () => {
    const transport = new FakeServer().connect()
    transport.send(`\r\n${get('/a')}`, '\r', `\n${get('/b')}`)
    expect(bodiesOf(transport.text)).toEqual(['200 OK\n/a\n', '200 OK\n/b\n'])
  })
})

describe('Connection, reading while a response is pending', () => {
  it('continues, so that a client that vanishes is noticed', () => {
    let left = false
    const server = new FakeServer(exchange => exchange.onAbort(() => (left = true)))
    const transport = server.connect()
    transport.send(get('/slow'))
    expect(transport.paused).toBe(false)
    transport.vanish()
    expect(left).toBe(true)
  })

  it.each([
    ['the next request is buffered', get('/slow') + get('/next')],
    ['content is left unread', post('/slow', 'content')],
  ])('continues while %s, so that a reset is noticed', (_, requests) => {
    let left = false
    const server = new FakeServer(exchange => exchange.onAbort(() => (left = true)))
    const transport = server.connect()
    transport.send(requests)
    transport.send('more')
    expect(transport.paused).toBe(false)
    transport.vanish()
    expect(left).toBe(true)
  })

  it('pauses once 64 KiB are buffered', () => {
    const server = new FakeServer(wait, { contentBytesMax: '1MiB' })
    const transport = server.connect()
    transport.send(post('/slow', 'x'.repeat(200_000)).slice(0, -200_000))
    for (let sent = 0; sent + 1000 < 64 * 1024; sent += 1000) transport.send('x'.repeat(1000))
    expect(transport.paused).toBe(false)
    transport.send('x'.repeat(1000))
    expect(transport.paused).toBe(true)
  })

  it('resumes when the buffered bytes are parsed, in order', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    const requests = Array.from({ length: 2000 }, (_, n) => get(`/${n}`, `X: ${'y'.repeat(50)}`))
    transport.send(requests[0]!)
    for (const request of requests.slice(1)) transport.send(request)
    expect(transport.paused).toBe(true)
    for (let n = 0; n < requests.length; n++) {
      respondAtOnce(server.exchanges[n]!)
      transport.pump()
    }
    expect(transport.paused).toBe(false)
    expect(server.targets).toEqual(requests.map((_, n) => `/${n}`))
  })

  it('keeps the head readable when the read buffer is overwritten', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    const other = server.connect()
    transport.send(get('/mine?q=1', 'X-Name: my value') + get('/next'))
    other.send(get('/theirs', 'X-Name: their value'))
    transport.send('more')
    const { head } = server.exchanges[0]!
    expect([head.method, head.target, head.path, head.query, head.field('x-name')]).toEqual([
      'GET',
      '/mine?q=1',
      '/mine',
      'q=1',
      'my value',
    ])
    expect(server.exchanges[1]!.head.field('x-name')).toBe('their value')
  })

  it('keeps buffered bytes when the read buffer is overwritten', () => {
    const server = new FakeServer(wait)
    const [transport, other] = [server.connect(), server.connect()]
    transport.send(get('/1'))
    transport.send(get('/2', 'X: mine'))
    other.send(get('/other', 'X: theirs, and longer'))
    respondAtOnce(server.exchanges[0]!)
    expect(server.targets).toEqual(['/1', '/other', '/2'])
    expect(server.exchanges[2]!.head.field('x')).toBe('mine')
  })
})

describe('the RequestReader of a Connection', () => {
  it('is held only while a request is being read or its response is pending', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    expect(server.readers.inUse).toBe(0)
    transport.send('GET / HTTP/1.1\r\n')
    expect(server.readers.inUse).toBe(1)
    transport.send('Host: a\r\n\r\n')
    expect(server.readers.inUse).toBe(1)
    respondAtOnce(server.exchanges[0]!)
    expect(server.readers.inUse).toBe(0)
    transport.send(get('/again'))
    respondAtOnce(server.exchanges[1]!)
    expect(server.readers.inUse).toBe(0)
  })
})

describe('the log entries of a Connection', () => {
  it('describe the request and the response', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    transport.send(get('/a?b', 'Referer: http://a/', 'User-Agent: me'))
    server.advance(250)
    respondAtOnce(server.exchanges[0]!)
    expect(server.logEntries).toEqual([
      {
        remoteAddress: '192.0.2.7',
        wallMs: server.clock.wallMs(),
        durationMs: 250,
        method: 'GET',
        url: '/a?b',
        version: '1.1',
        status: 200,
        bytes: 12,
        referer: 'http://a/',
        userAgent: 'me',
        host: 'a',
        protocol: 'HTTP/1.1',
        bytesIn: 66,
        bytesOut: transport.text.length,
        refusal: '-',
        closeReason: '-',
      },
    ])
  })

  it('are written once per response, in order, also for refusals and incomplete responses', () => {
    const server = new FakeServer((exchange: Exchange) => {
      if (exchange.head.target !== '/half') return respondAtOnce(exchange)
      exchange.begin(200, [], 100)
      exchange.write(Buffer.from('12345'))
    })
    const transport = server.connect()
    transport.send(get('/a') + get('/half'))
    transport.vanish()
    server.connect().send('NONSENSE\r\n\r\n')
    expect(server.logEntries.map(({ url, status, bytes }) => [url, status, bytes])).toEqual([
      ['/a', 200, 10],
      ['/half', 200, 5],
      ['-', 400, expect.any(Number)],
    ])
  })

  it('are not written without a listener', () => {
    const server = new FakeServer()
    server.context.responseLog.hasListeners = false
    server.connect().send(get('/'), 'NONSENSE\r\n\r\n')
    expect(server.logEntries).toEqual([])
  })
})
