import { describe, expect, it } from 'vitest'
import { planEmpty } from '../../../src/response/response-plan.ts'
import type { Connection } from '../../../src/server/connection/connection.ts'
import { parseResponse, parseResponses } from '../../parse-responses.ts'
import { WALL_START } from '../fake-clock.ts'
import { FakeServer, get, requestOf, respondAtOnce, wait } from '../fake-server.ts'

const statusesOf = (text: string) => parseResponses(text).map(({ status }) => status)
const bodiesOf = (text: string) => parseResponses(text).map(({ text }) => text)

describe('Connection, closing', () => {
  it('sends Connection: close, then FIN, and discards input until the client closes', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(get('/', 'Connection: close'))
    expect(transport.calls).toEqual(['write', 'end'])
    expect(parseResponse(transport.text).field('Connection')).toBe('close')
    for (let i = 0; i < 2000; i++) transport.send(new Uint8Array(64 * 1024))
    expect(transport.calls).toEqual(['write', 'end'])
    transport.finish()
    expect(transport.calls).toEqual(['write', 'end'])
    expect(server.context.admission.connections.size).toBe(0)
  })

  it('is destroyed after lingerTimeoutMs if the client does not close', () => {
    const server = new FakeServer(undefined, { lingerTimeoutMs: 2000 })
    const transport = server.connect()
    transport.send(get('/', 'Connection: close'))
    server.advance(1999)
    expect(transport.destroyed).toBe(false)
    server.advance(200)
    expect(transport.destroyed).toBe(true)
  })

  it('follows an HTTP/1.0 request without keep-alive', () => {
    const transport = new FakeServer().connect()
    transport.send(requestOf('GET / HTTP/1.0', []))
    expect(transport.calls).toEqual(['write', 'end'])
    expect(parseResponse(transport.text).field('Connection')).toBe('close')
  })

  it('ignores everything after the last request', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(get('/a') + get('/last', 'Connection: close') + get('/never'))
    transport.send(get('/never'))
    expect(server.targets).toEqual(['/a', '/last'])
    expect(statusesOf(transport.text)).toEqual([200, 200])
  })

  it('follows a delayed last response, and discards buffered input', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    transport.send(get('/', 'Connection: close'))
    transport.send(get('/never'))
    respondAtOnce(server.exchanges[0]!)
    expect(transport.calls).toEqual(['write', 'end'])
    expect(server.targets).toEqual(['/'])
  })

  it('is complete when the client closes too', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(get('/', 'Connection: close'))
    transport.finish()
    expect(server.context.admission.connections.size).toBe(0)
    expect(transport.calls).not.toContain('destroy')
  })

  it('sends only FIN to a client that closes between requests', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(get('/'))
    transport.finish()
    expect(transport.calls).toEqual(['write', 'end'])
    expect(server.context.admission.connections.size).toBe(0)
  })

  it('sends only FIN to a client that closes without a request, or after an empty line', () => {
    for (const text of ['', '\r\n']) {
      const transport = new FakeServer().connect()
      if (text !== '') transport.send(text)
      transport.finish()
      expect(transport.calls).toEqual(['end'])
    }
  })
})

describe('Connection, after FIN from the client', () => {
  it('responds to all requests, then sends FIN', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    transport.send(get('/1') + get('/2'))
    transport.finish()
    expect(transport.calls).not.toContain('end')
    respondAtOnce(server.exchanges[0]!)
    respondAtOnce(server.exchanges[1]!)
    transport.pump()
    expect(bodiesOf(transport.text)).toEqual(['200 OK\n/1\n', '200 OK\n/2\n'])
    expect(transport.acts.at(-1)).toBe('end')
    expect(server.context.admission.connections.size).toBe(0)
  })

  it('responds 400 to an incomplete head', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send('GET / HTTP/1.1\r\nHos')
    transport.finish()
    const response = parseResponse(transport.text)
    expect([response.status, response.field('Connection')]).toEqual([400, 'close'])
    expect(response.text).toContain('unexpected-end')
    expect(transport.acts.at(-1)).toBe('end')
  })
})

describe('Connection, after a malformed request', () => {
  it.each([
    ['GET /\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/2.0\r\n\r\n', 505],
    [get(`/${'a'.repeat(9000)}`), 414],
    [get('/', `X: ${'a'.repeat(9000)}`), 431],
    [requestOf('POST / HTTP/1.1', ['Host: a', 'Transfer-Encoding: gzip, chunked']), 501],
    [
      requestOf('POST / HTTP/1.1', ['Host: a', 'Content-Length: 1', 'Transfer-Encoding: chunked']),
      400,
    ],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ])('responds to %j with %d, and closes', (text, status) => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(text)
    const response = parseResponse(transport.text)
    expect([response.status, response.field('Connection')]).toEqual([status, 'close'])
    expect(response.field('Date')).toBe(WALL_START)
    expect(transport.packets).toHaveLength(1)
    expect(transport.acts.at(-1)).toBe('end')
    expect(server.exchanges).toEqual([])
  })

  it('responds after the earlier requests, and reads nothing further', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(`${get('/a')}NONSENSE\r\n\r\n${get('/never')}`)
    expect(statusesOf(transport.text)).toEqual([200, 400])
    expect(server.targets).toEqual(['/a'])
  })

  it('waits for a response that is pending', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    transport.send(`${get('/a')}NONSENSE\r\n\r\n`)
    expect(transport.text).toBe('')
    respondAtOnce(server.exchanges[0]!)
    expect(statusesOf(transport.text)).toEqual([200, 400])
  })

  it('names the error code in the body', () => {
    const transport = new FakeServer().connect()
    transport.send('GET / HTTP/1.1\r\n\r\n')
    expect(parseResponse(transport.text).text).toContain('host-missing')
  })
})

describe('Connection, when the client vanishes', () => {
  it('aborts the exchange once, and ignores late responses', () => {
    let aborts = 0
    const server = new FakeServer(exchange => exchange.onAbort(() => aborts++))
    const transport = server.connect()
    transport.send(get('/'))
    transport.vanish()
    const [exchange] = server.exchanges
    const done: string[] = []
    exchange!.begin(200, [], undefined)
    exchange!.write(Buffer.from('late'), () => done.push('done'))
    exchange!.end()
    exchange!.respond(200, [], Buffer.from('late'))
    exchange!.send(planEmpty(204, []))
    exchange!.fail(500)
    expect([aborts, exchange!.wantsBody, done]).toEqual([1, false, ['done']])
    expect(transport.calls).toEqual([])
    expect(server.context.admission.connections.size).toBe(0)
  })

  it('calls an abort listener that is added later at once', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    transport.send(get('/'))
    transport.vanish()
    let aborts = 0
    server.exchanges[0]!.onAbort(() => aborts++)
    expect(aborts).toBe(1)
  })

  it('does not abort an exchange whose response is complete', () => {
    let aborts = 0
    const server = new FakeServer(exchange => {
      exchange.onAbort(() => aborts++)
      respondAtOnce(exchange)
    })
    const transport = server.connect()
    transport.send(get('/'))
    transport.vanish()
    expect(aborts).toBe(0)
  })

  it('clears its timeout', () => {
    const server = new FakeServer(undefined, { headTimeoutMs: 1000 })
    const transport = server.connect()
    transport.send('GET / H')
    const [connection] = server.context.admission.connections
    transport.vanish()
    // A deadline in a slot of the wheel would keep the connection from being freed.
    expect((connection as Connection).timeouts.slot).toBe(-1)
    server.advance(5000)
    expect(transport.calls).toEqual([])
  })

  it.each(['method', 'target'] as const)(
    'does not affect the next client, though the endpoint reads the %s late',
    name => {
      const server = new FakeServer(wait)
      const transport = server.connect()
      transport.send(get('/left'))
      transport.vanish()
      // If the next client had the first one's parser, this would be half of its head.
      const next = server.connect()
      next.send('G')
      void server.exchanges[0]!.head[name]
      next.send(get('/next').slice(1))
      const { head } = server.exchanges[1]!
      expect([head.method, head.target]).toEqual(['GET', '/next'])
    },
  )
})

describe('Connection.drain', () => {
  it('closes an idle connection after drainIdleMs, because a request may be on its way', () => {
    const server = new FakeServer(undefined, { drainIdleMs: 500 })
    const [fresh, used] = [server.connect(), server.connect()]
    used.send(get('/'))
    server.drain()
    server.advance(499)
    expect([...fresh.calls, ...used.calls]).toEqual(['write'])
    server.advance(200)
    expect(fresh.calls).toEqual(['end'])
    expect(used.calls).toEqual(['write', 'end'])
  })

  it('responds to a request that was on its way, with Connection: close', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(get('/first'))
    server.drain()
    transport.send(get('/crossing'))
    expect(parseResponses(transport.text).map(response => response.field('Connection'))).toEqual([
      undefined,
      'close',
    ])
    expect(transport.acts).toEqual(['write', 'write', 'end'])
  })

  it('sends no byte to a request that crosses the FIN, so that the client can repeat it', () => {
    const server = new FakeServer(undefined, { drainIdleMs: 0 })
    const transport = server.connect()
    transport.send(get('/first'))
    const { text } = transport
    server.drain()
    server.advance(200)
    transport.send(get('/too/late'))
    expect([transport.text, server.targets]).toEqual([text, ['/first']])
    expect(transport.calls).toEqual(['write', 'end'])
  })

  it('adds Connection: close to a pending response', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    transport.send(get('/'))
    server.drain()
    expect(transport.calls).toEqual([])
    respondAtOnce(server.exchanges[0]!)
    expect(parseResponse(transport.text).field('Connection')).toBe('close')
    expect(transport.calls).toEqual(['write', 'end'])
  })

  it('responds to a request whose head is incomplete', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send('GET / HTTP/1.1\r\n')
    server.drain()
    transport.send('Host: a\r\n\r\n')
    const response = parseResponse(transport.text)
    expect([response.status, response.field('Connection')]).toEqual([200, 'close'])
  })

  it('closes when idle after a response that had begun before', () => {
    const server = new FakeServer(exchange => exchange.begin(200, [], undefined))
    const transport = server.connect()
    transport.send(get('/'))
    server.drain()
    server.exchanges[0]!.end()
    expect(parseResponse(transport.text).field('Connection')).toBe(undefined)
    expect(transport.acts.at(-1)).toBe('write')
    server.advance(1000)
    expect(transport.acts.at(-1)).toBe('end')
  })

  it('allows one request on a connection that opens later', () => {
    const server = new FakeServer()
    server.drain()
    const [requesting, silent] = [server.connect(), server.connect()]
    requesting.send(get('/'))
    expect(parseResponse(requesting.text).field('Connection')).toBe('close')
    server.advance(1000)
    expect(silent.calls).toEqual(['end'])
  })
})

describe('Connection.rejectOverLimit', () => {
  it('responds 503 before any request, and lingers', () => {
    const server = new FakeServer()
    const transport = server.connect()
    for (const connection of server.connections) connection.rejectOverLimit('connections-max')
    const response = parseResponse(transport.text)
    expect([response.status, response.field('Connection')]).toEqual([503, 'close'])
    transport.send(get('/'))
    expect(server.exchanges).toEqual([])
    expect(transport.calls).toEqual(['write', 'end'])
  })
})
