import { describe, expect, it } from 'vitest'
import { CLOSE_REASONS, CloseReasonCounter } from '../../../src/server/connection/close-reason.ts'
import { parseResponse, parseResponses } from '../../parse-responses.ts'
import { FakeServer, get, post, REJECTED_MAX, requestOf, wait } from '../fake-server.ts'

describe('the close reason of a Connection', () => {
  it.each<[reason: string, act: (server: FakeServer) => void]>([
    ['client-closed', server => server.connect().finish()],
    ['client-closed', server => server.connect().send(get('/', 'Connection: close'))],
    ['client-closed', server => server.connect().send(requestOf('GET / HTTP/1.0', []))],
    ['reset', server => server.connect().vanish()],
    [
      'reset',
      server => {
        const transport = server.connect()
        transport.send('GET / HT')
        transport.vanish()
      },
    ],
    [
      'cut-short',
      server => {
        const transport = server.connect()
        transport.send('GET / HT')
        transport.finish()
      },
    ],
    ['idle-timeout', server => server.connect()],
    ['head-timeout', server => server.connect().send('GET / HT')],
    ['parse-error', server => server.connect().send('GET\r\n\r\n')],
    ['drained', server => server.connect() && server.drain()],
    [
      'drained',
      server => {
        server.context.lifecycle.isDraining = true
        server.connect()
      },
    ],
    [
      'connections-max',
      server => {
        server.connect()
        for (const connection of server.connections) connection.rejectOverLimit('connections-max')
      },
    ],
    [
      'cut-off',
      server => {
        server.connect()
        for (const connection of server.connections) connection.abort('cut-off')
      },
    ],
  ])('%s', (reason, act) => {
    const server = new FakeServer()
    act(server)
    for (let n = 0; n < 100; n++) server.advance(1000)
    expect(server.closeReasons).toEqual([reason])
    expect(server.context.admission.connections.size).toBe(0)
  })

  it('response-failed, before and after the response has begun', () => {
    for (const hasBegun of [false, true]) {
      const server = new FakeServer(exchange => {
        if (hasBegun) {
          exchange.begin(200, [], undefined)
          exchange.write(Buffer.from('part'))
        }
        exchange.fail(500)
      })
      server.connect().send(get('/'))
      server.advance(10_000)
      expect(server.closeReasons).toEqual(['response-failed'])
    }
  })

  it('content-unwanted', () => {
    const server = new FakeServer(undefined, { discardBytesMax: 10 })
    server.connect().send(post('/', 'more than is discarded'))
    server.advance(10_000)
    expect(server.closeReasons).toEqual(['content-unwanted'])
  })

  it('is the first: parse-error, though the client vanishes after the refusal', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send('GET\r\n\r\n')
    transport.vanish()
    expect(server.closeReasons).toEqual(['parse-error'])
  })
})

describe('requestsMax', () => {
  it('closes the connection after the last response, which carries Connection: close', () => {
    const server = new FakeServer(undefined, { requestsMax: 3 })
    const transport = server.connect()
    transport.send(get('/1'))
    transport.send(get('/2') + get('/3') + get('/never'))
    const responses = parseResponses(transport.text)
    expect(responses.map(response => response.field('Connection'))).toEqual([
      undefined,
      undefined,
      'close',
    ])
    expect(transport.acts.at(-1)).toBe('end')
    expect(server.targets).toEqual(['/1', '/2', '/3'])
    transport.finish()
    expect(server.closeReasons).toEqual(['requests-max'])
  })

  it('of 1 allows one request per connection', () => {
    const server = new FakeServer(undefined, { requestsMax: 1 })
    const transport = server.connect()
    transport.send(get('/'))
    expect(parseResponse(transport.text).field('Connection')).toBe('close')
  })

  it('waits for the response to the last request', () => {
    const server = new FakeServer(wait, { requestsMax: 1 })
    const transport = server.connect()
    transport.send(get('/'))
    server.advance(10_000)
    expect(transport.acts).toEqual([])
  })
})

describe('connectionsPerAddressMax', () => {
  it('counts a connection until it is closed', () => {
    const server = new FakeServer(undefined, { connectionsPerAddressMax: 2 })
    const transports = [server.connect(), server.connect(), server.connect()]
    const admitted = (): boolean[] => server.connections.map(({ isAdmitted }) => isAdmitted)
    expect(admitted()).toEqual([true, true, false])
    // A connection that was not admitted does not lower the count when it closes.
    transports[2]!.vanish()
    server.connect().vanish()
    transports[0]!.vanish()
    server.connect()
    expect(admitted()).toEqual([true, true])
  })
})

describe('Connection.rejectOverLimit', () => {
  it('closes without a response if REJECTED_MAX connections are being rejected', () => {
    const server = new FakeServer()
    const transports = Array.from({ length: REJECTED_MAX + 1 }, () => server.connect())
    for (const connection of server.connections) connection.rejectOverLimit('connections-max')
    server.advance(1)
    expect(transports.map(({ text }) => parseResponses(text).length)).toEqual([
      ...Array.from({ length: REJECTED_MAX }, () => 1),
      0,
    ])
    expect([transports.at(-1)!.acts, server.closeReasons]).toEqual([['destroy'], ['dropped']])
    transports[0]!.vanish()
    expect(server.context.admission.canReject).toBe(true)
  })
})

describe('CloseReasonCounter', () => {
  it('counts each reason, and prints the counts above 0', () => {
    const counter = new CloseReasonCounter()
    expect([Object.keys(counter.counts), String(counter)]).toEqual([CLOSE_REASONS, ''])
    const before = counter.counts
    for (const reason of ['reset', 'drained', 'reset'] as const) counter.count(reason, '')
    expect([
      before.reset,
      counter.counts.reset,
      counter.counts['head-timeout'],
      String(counter),
    ]).toEqual([0, 2, 0, '2 reset, 1 drained'])
  })
})
