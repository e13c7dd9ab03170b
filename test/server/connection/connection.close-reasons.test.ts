import { describe, expect, it } from 'vitest'
import { CLOSE_REASONS, CloseReasonCounter } from '../../../src/server/connection/close-reason.ts'
import { parseAnswers, parseOne } from '../answers.ts'
import { FakeServer, get, post, REJECTED_MAX, requestOf, wait } from '../fake-server.ts'

describe('a connection has one end', () => {
  it.each<[end: string, what: (server: FakeServer) => void]>([
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
  ])('%s', (end, what) => {
    const server = new FakeServer()
    what(server)
    for (let n = 0; n < 100; n++) server.advance(1000)
    expect(server.ends).toEqual([end])
    expect(server.context.admission.connections.size).toBe(0)
  })

  it('response-failed', () => {
    for (const begun of [false, true]) {
      const server = new FakeServer(exchange => {
        if (begun) {
          exchange.begin(200, [], undefined)
          exchange.write(Buffer.from('part'))
        }
        exchange.fail(500)
      })
      server.connect().send(get('/'))
      server.advance(10_000)
      expect(server.ends).toEqual(['response-failed'])
    }
  })

  it('content-unwanted', () => {
    const server = new FakeServer(undefined, { discardBytesMax: 10 })
    server.connect().send(post('/', 'more than is discarded'))
    server.advance(10_000)
    expect(server.ends).toEqual(['content-unwanted'])
  })

  it('is that which came first: a reader that vanishes behind a refusal was refused', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send('GET\r\n\r\n')
    transport.vanish()
    expect(server.ends).toEqual(['parse-error'])
  })
})

describe('requestsMax', () => {
  it('has the last answer say so, and closes', () => {
    const server = new FakeServer(undefined, { requestsMax: 3 })
    const transport = server.connect()
    transport.send(get('/1'))
    transport.send(get('/2') + get('/3') + get('/never'))
    const answers = parseAnswers(transport.text)
    expect(answers.map(answer => answer.field('Connection'))).toEqual([
      undefined,
      undefined,
      'close',
    ])
    expect(transport.acts.at(-1)).toBe('end')
    expect(server.targets).toEqual(['/1', '/2', '/3'])
    transport.finish()
    expect(server.ends).toEqual(['requests-max'])
  })

  it('1 is one request a connection', () => {
    const server = new FakeServer(undefined, { requestsMax: 1 })
    const transport = server.connect()
    transport.send(get('/'))
    expect(parseOne(transport.text).field('Connection')).toBe('close')
  })

  it('lets the last answer take its time', () => {
    const server = new FakeServer(wait, { requestsMax: 1 })
    const transport = server.connect()
    transport.send(get('/'))
    server.advance(10_000)
    expect(transport.acts).toEqual([])
  })
})

describe('connectionsPerAddressMax', () => {
  it('counts a connection until it is gone', () => {
    const server = new FakeServer(undefined, { connectionsPerAddressMax: 2 })
    const transports = [server.connect(), server.connect(), server.connect()]
    const welcome = (): boolean[] => server.connections.map(({ isAdmitted }) => isAdmitted)
    expect(welcome()).toEqual([true, true, false])
    // One that was not counted in is not counted out.
    transports[2]!.vanish()
    server.connect().vanish()
    transports[0]!.vanish()
    server.connect()
    expect(welcome()).toEqual([true, true])
  })
})

describe('a connection that is turned away', () => {
  it('is cut where too many are told so already', () => {
    const server = new FakeServer()
    const transports = Array.from({ length: REJECTED_MAX + 1 }, () => server.connect())
    for (const connection of server.connections) connection.rejectOverLimit('connections-max')
    server.advance(1)
    expect(transports.map(({ text }) => parseAnswers(text).length)).toEqual([
      ...Array.from({ length: REJECTED_MAX }, () => 1),
      0,
    ])
    expect([transports.at(-1)!.acts, server.ends]).toEqual([['destroy'], ['dropped']])
    transports[0]!.vanish()
    expect(server.context.admission.canReject).toBe(true)
  })
})

describe('CloseReasonCounter', () => {
  it('counts each, and tells those that there were', () => {
    const tally = new CloseReasonCounter()
    expect([Object.keys(tally.counts), String(tally)]).toEqual([CLOSE_REASONS, ''])
    const before = tally.counts
    for (const end of ['reset', 'drained', 'reset'] as const) tally.count(end, '')
    expect([before.reset, tally.counts.reset, tally.counts['head-timeout'], String(tally)]).toEqual(
      [0, 2, 0, '2 reset, 1 drained'],
    )
  })
})
