import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../../src/server/connection/exchange.ts'
import { parseResponse, parseResponses } from '../../parse-responses.ts'
import { FakeServer, FakeSink, get, post, respondAtOnce, wait } from '../fake-server.ts'
import type { FakeTransport } from '../fake-transport.ts'

const DAY_MS = 86_400_000
const LONG_MS = 1_200_000
/** How late a timeout may be: the timer wheel is coarse. */
const LATE_MS = 200

const statusesOf = (text: string) => parseResponses(text).map(({ status }) => status)

/**
 * Moves the time to just before a timeout, then past it. Returns what the connection called on its
 * transport before and after.
 */
function callsAround(
  server: FakeServer,
  transport: FakeTransport,
  ms: number,
): [before: string[], after: string[]] {
  const from = transport.acts.length
  server.advance(ms - 1)
  const before = transport.acts.slice(from)
  server.advance(LATE_MS)
  return [before, transport.acts.slice(from + before.length)]
}

describe('headTimeoutMs', () => {
  const options = { headTimeoutMs: 1000, idleTimeoutMs: 5000 }

  it('responds 408 to an incomplete head, and closes', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    server.advance(3000)
    transport.send('GET / HTTP/1.1\r\n')
    const [before, after] = callsAround(server, transport, 1000)
    expect([before, after.at(-1)]).toEqual([[], 'end'])
    const response = parseResponse(transport.text)
    expect([response.status, response.field('Connection')]).toEqual([408, 'close'])
  })

  it('counts from the first byte of the request line, however slowly the others arrive', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.send('\r\n')
    server.advance(1500)
    for (const char of 'GET / HTT') {
      server.advance(100)
      transport.send(char)
    }
    expect(transport.calls).toEqual([])
    server.advance(LATE_MS)
    expect(statusesOf(transport.text)).toEqual([408])
  })

  it('starts again for each request', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    for (let i = 0; i < 5; i++) {
      transport.send('GET / HTTP/1.1\r\n')
      server.advance(900)
      transport.send('Host: a\r\n\r\n')
    }
    expect(statusesOf(transport.text)).toEqual([200, 200, 200, 200, 200])
  })
})

describe('idleTimeoutMs', () => {
  it('closes a connection without a request, and sends no response', () => {
    const server = new FakeServer(undefined, { idleTimeoutMs: 5000 })
    const transport = server.connect()
    expect(callsAround(server, transport, 5000)).toEqual([[], ['end']])
    expect(transport.text).toBe('')
  })

  it('closes a connection between requests, counted from the last response', () => {
    const server = new FakeServer(undefined, { idleTimeoutMs: 5000 })
    const transport = server.connect()
    for (let i = 0; i < 3; i++) {
      server.advance(4000)
      transport.send(get('/'))
    }
    expect(callsAround(server, transport, 5000)).toEqual([[], ['end']])
    expect(statusesOf(transport.text)).toEqual([200, 200, 200])
  })
})

describe('idleTimeoutMs, with empty lines', () => {
  it.each(['\r', '\r\n', '\r\n\r\n\r'])(
    'closes a connection in silence if there is only %j behind the content of a POST',
    lines => {
      const server = new FakeServer(undefined, { headTimeoutMs: 1000, idleTimeoutMs: 5000 })
      const transport = server.connect()
      transport.send(post('/', 'content') + lines)
      expect(callsAround(server, transport, 5000)).toEqual([[], ['end']])
      expect(statusesOf(transport.text)).toEqual([200])
      transport.finish()
      expect(server.closeReasons).toEqual(['idle-timeout'])
    },
  )

  it('is not prolonged by them', () => {
    const server = new FakeServer(undefined, { idleTimeoutMs: 5000 })
    const transport = server.connect()
    transport.send(get('/'))
    for (let i = 0; i < 4; i++) {
      server.advance(1000)
      transport.send('\r\n')
    }
    expect(callsAround(server, transport, 1000)).toEqual([[], ['end']])
  })

  it('starts again behind a request that follows them', () => {
    const server = new FakeServer(undefined, { idleTimeoutMs: 5000 })
    const transport = server.connect()
    for (let i = 0; i < 4; i++) {
      transport.send('\r\n')
      server.advance(4000)
      transport.send(get('/'))
    }
    expect(callsAround(server, transport, 5000)).toEqual([[], ['end']])
    expect(statusesOf(transport.text)).toEqual([200, 200, 200, 200])
  })

  it('is drainIdleMs while the server drains', () => {
    const server = new FakeServer(undefined, { idleTimeoutMs: 5000, drainIdleMs: 500 })
    const transport = server.connect()
    transport.send('\r\n')
    server.drain()
    expect(callsAround(server, transport, 500)).toEqual([[], ['end']])
  })
})

describe('a request that begins just before idleTimeoutMs', () => {
  it('has headTimeoutMs for its head', () => {
    const server = new FakeServer(undefined, { headTimeoutMs: 1000, idleTimeoutMs: 5000 })
    const transport = server.connect()
    transport.send(get('/'))
    for (let i = 0; i < 3; i++) {
      server.advance(4900)
      transport.send('GET / HTTP/1.1\r\n')
      server.advance(900)
      expect(transport.acts.at(-1)).toBe('write')
      transport.send('Host: a\r\n\r\n')
    }
    expect(statusesOf(transport.text)).toEqual([200, 200, 200, 200])
  })
})

describe('contentTimeoutMs and contentBytesPerSecondMin', () => {
  const options = { contentTimeoutMs: 1000, contentBytesPerSecondMin: 1000, handlerTimeoutMs: 0 }

  it('respond 408 to content that stalls, fail the sink, and close', () => {
    const sink = new FakeSink()
    const server = new FakeServer(exchange => exchange.readContent(sink, 100), options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    const [before, after] = callsAround(server, transport, 1000)
    expect([before, after]).toEqual([[], ['write', 'end']])
    expect([statusesOf(transport.text), sink.state]).toEqual([[408], 'failed'])
  })

  /**
   * Sends `partBytes` of endless content every `everyMs` for 20 minutes. Returns the milliseconds
   * until the server refused it, or undefined if it did not.
   */
  function refusedAfter(
    partBytes: number,
    everyMs: number,
    acceptsMore = true,
  ): number | undefined {
    const sink = new FakeSink()
    sink.acceptsMore = acceptsMore
    const server = new FakeServer(exchange => exchange.readContent(sink, 2 ** 40), {
      contentTimeoutMs: '30s',
      contentBytesPerSecondMin: 500,
    })
    const transport = server.connect()
    transport.send(post('/', '', 'Content-Length: 9999999999').replace('Content-Length: 0\r\n', ''))
    const startMs = server.clock.monotonicMs()
    while (server.clock.monotonicMs() - startMs < LONG_MS) {
      server.advance(everyMs)
      if (transport.text !== '') {
        expect([statusesOf(transport.text), sink.state]).toEqual([[408], 'failed'])
        return server.clock.monotonicMs() - startMs
      }
      transport.send(new Uint8Array(partBytes))
      if (!acceptsMore) server.exchanges[0]!.resumeContent()
    }
    return undefined
  }

  it.each([
    [10_000, 1000],
    [1000, 1000],
    // Exactly the minimum rate, and no pause as long as the timeout.
    [500, 1000],
    [50, 100],
    [14_500, 29_000],
    // All at once, then a pause: bytes beyond creditMsMax add nothing.
    [60_000, 29_900],
  ])('allow %d bytes every %d ms for ever', (bytes, everyMs) => {
    expect(refusedAfter(bytes, everyMs)).toBeUndefined()
    expect(refusedAfter(bytes, everyMs, false)).toBeUndefined()
  })

  it.each([
    // [bytes, every, refused at the earliest, at the latest]
    [1, 29_000, 30_000, 58_200],
    [1, 100, 30_000, 30_900],
    [250, 1000, 59_000, 61_500],
    [450, 1000, 290_000, 301_500],
    [60_000, 30_200, 30_000, 30_400],
  ])('refuse %d bytes every %d ms', (bytes, everyMs, fromMs, toMs) => {
    for (const acceptsMore of [true, false]) {
      const ms = refusedAfter(bytes, everyMs, acceptsMore)
      expect(ms).toBeGreaterThanOrEqual(fromMs)
      expect(ms).toBeLessThanOrEqual(toMs)
    }
  })

  it('limit only each pause if the minimum rate is 0', () => {
    const sink = new FakeSink()
    const server = new FakeServer(exchange => exchange.readContent(sink, 100), {
      ...options,
      contentBytesPerSecondMin: 0,
    })
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -7))
    for (const char of 'content') {
      server.advance(900)
      transport.send(char)
    }
    expect([sink.text, sink.state, transport.text]).toEqual(['content', 'ended', ''])
  })

  it('start again for each request', () => {
    const server = new FakeServer(exchange => {
      const sink = new FakeSink()
      sink.onEnd = () => respondAtOnce(exchange)
      exchange.readContent(sink, 100)
    }, options)
    const transport = server.connect()
    for (let i = 0; i < 5; i++) {
      transport.send(post('/', 'content').slice(0, -3))
      server.advance(900)
      transport.send('ent')
    }
    expect(statusesOf(transport.text)).toEqual([200, 200, 200, 200, 200])
  })

  it('do not run while the endpoint pauses the content', () => {
    const sink = new FakeSink()
    sink.acceptsMore = false
    const server = new FakeServer(exchange => exchange.readContent(sink, 100), options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    server.advance(DAY_MS)
    expect(transport.acts).toEqual([])
    server.exchanges[0]!.resumeContent()
    expect(callsAround(server, transport, 1000)).toEqual([[], ['write', 'end']])
  })

  it('close a connection whose unread content stalls after the response', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['end']])
    expect(statusesOf(transport.text)).toEqual([200])
  })

  it('reset a connection whose response has begun', () => {
    const server = new FakeServer(exchange => {
      exchange.readContent(new FakeSink(), 100)
      exchange.begin(200, [], undefined)
      exchange.write(Buffer.from('part'))
    }, options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['reset']])
  })
})

describe('writeTimeoutMs and writeBytesPerSecondMin', () => {
  const options = {
    writeTimeoutMs: 1000,
    writeBytesPerSecondMin: 1000,
    idleTimeoutMs: '24h',
    lingerTimeoutMs: 500,
  }
  const large = new Uint8Array(1024 * 1024)

  it('destroy the connection of a client that accepts nothing', () => {
    const server = new FakeServer(exchange => exchange.respond(200, [], large), options)
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/'))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
    expect(server.context.admission.connections.size).toBe(0)
  })

  it('destroy the connection of a client that accepts nothing of a response in parts', () => {
    const server = new FakeServer(exchange => {
      exchange.begin(200, [], undefined)
      exchange.write(large)
    }, options)
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/'))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
  })

  it('keep a client that accepts some bytes in time', () => {
    const server = new FakeServer(exchange => exchange.respond(200, [], large), options)
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/'))
    for (let i = 0; i < 10; i++) {
      server.advance(900)
      transport.accept(50_000)
    }
    expect(transport.destroyed).toBe(false)
    // The accepted bytes added ten seconds; when they were accepted is known to within one second.
    server.advance(10_000 - 1000)
    expect(transport.destroyed).toBe(false)
    server.advance(2 * 1000 + LATE_MS)
    expect(transport.destroyed).toBe(true)
    expect(server.closeReasons).toEqual(['reader-too-slow'])
  })

  /**
   * Accepts bytes of an endless response every `everyMs` for 20 minutes. Returns the
   * milliseconds until the server destroyed the connection, or undefined if it did not.
   */
  function destroyedAfter(acceptedBytes: number, everyMs: number): number | undefined {
    const server = new FakeServer(
      exchange => exchange.respond(200, [], new Uint8Array(15_000_000)),
      {
        writeTimeoutMs: '30s',
        writeBytesPerSecondMin: 500,
      },
    )
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/'))
    const startMs = server.clock.monotonicMs()
    while (server.clock.monotonicMs() - startMs < LONG_MS) {
      server.advance(everyMs)
      if (transport.destroyed) return server.clock.monotonicMs() - startMs
      transport.accept(acceptedBytes)
    }
    return undefined
  }

  it.each([
    // A phone at 10 kB/s: smoothly, or through a kernel that accepts bytes in large steps.
    [1000, 100],
    [10_000, 1000],
    [250_000, 25_000],
    // Exactly the minimum rate.
    [500, 1000],
  ])('keep a client that accepts %d bytes every %d ms', (bytes, everyMs) => {
    expect(destroyedAfter(bytes, everyMs)).toBeUndefined()
  })

  it('keep a client at 10 kB/s whose kernel accepts 1.4 MB at a time', async () => {
    const server = new FakeServer(
      exchange => exchange.respond(200, [], new Uint8Array(40_000_000)),
      {
        writeTimeoutMs: '30s',
        writeBytesPerSecondMin: 500,
      },
    )
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/'))
    for (let i = 0; i < 25; i++) {
      transport.accept(1_440_000)
      server.advance(144_000)
      expect(transport.destroyed).toBe(false)
    }
  })

  it.each([
    [0, 1000, 30_000, 31_000],
    [1, 29_000, 30_000, 58_200],
    [250, 1000, 59_000, 62_000],
    [400, 1000, 145_000, 152_000],
  ])(
    'destroy the connection of a client that accepts %d bytes every %d ms',
    (bytes, everyMs, fromMs, toMs) => {
      const ms = destroyedAfter(bytes, everyMs)
      expect(ms).toBeGreaterThanOrEqual(fromMs)
      expect(ms).toBeLessThanOrEqual(toMs)
    },
  )

  it('do not treat an idle connection as slow if its queue emptied without an event', () => {
    const server = new FakeServer(undefined, { writeTimeoutMs: 1000, idleTimeoutMs: 5000 })
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/'))
    transport.accept(Number.POSITIVE_INFINITY, false)
    server.advance(5000)
    expect(transport.acts).toEqual(['write'])
    server.advance(1000 + LATE_MS)
    expect(transport.acts).toEqual(['write', 'end'])
    transport.finish()
    expect(server.closeReasons).toEqual(['idle-timeout'])
  })

  it('keep a client that accepts some of its last response in time', () => {
    const server = new FakeServer(exchange => exchange.respond(200, [], large), options)
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/', 'Connection: close'))
    for (let i = 0; i < 10; i++) {
      server.advance(900)
      transport.accept(50_000)
    }
    expect(transport.destroyed).toBe(false)
    transport.accept()
    expect(callsAround(server, transport, 500)).toEqual([[], ['destroy']])
  })

  it('do not run while nothing is queued: an endpoint may pause between two parts', () => {
    const server = new FakeServer(exchange => {
      exchange.begin(200, [], undefined)
      exchange.write(large)
    }, options)
    const transport = server.connect()
    transport.send(get('/'))
    server.advance(DAY_MS)
    expect(transport.destroyed).toBe(false)
    server.exchanges[0]!.end()
    expect(parseResponse(transport.text).text).toHaveLength(large.length)
  })
})

describe('lingerTimeoutMs', () => {
  const options = { lingerTimeoutMs: 1000, writeTimeoutMs: 30_000 }

  it('destroys the connection if the client does not close after its last response', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.send(get('/', 'Connection: close'))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
  })

  it('counts from when the last response is accepted', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/', 'Connection: close'))
    server.advance(20_000)
    transport.accept()
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
  })

  it('counts at once if the last response was corked with others', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.send(get('/') + get('/', 'Connection: close'))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
  })

  it('counts from the last bytes that the client sends', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.send(get('/', 'Connection: close'))
    for (let i = 0; i < 5; i++) {
      server.advance(900)
      transport.send('x')
    }
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
  })

  it('does not replace the write timeout while the last response is queued', () => {
    const server = new FakeServer(undefined, { ...options, writeTimeoutMs: 3000 })
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/', 'Connection: close'))
    for (let i = 0; i < 2; i++) {
      server.advance(1400)
      transport.send('x')
    }
    expect(callsAround(server, transport, 200)).toEqual([[], ['destroy']])
  })
})

describe('lingerTotalMs', () => {
  it('limits how long a client may send after its last response', () => {
    const server = new FakeServer(undefined, { lingerTimeoutMs: 1000, lingerTotalMs: 3000 })
    const transport = server.connect()
    transport.send(get('/', 'Connection: close'))
    for (let i = 0; i < 4; i++) {
      server.advance(700)
      transport.send('x')
    }
    expect(callsAround(server, transport, 200)).toEqual([[], ['destroy']])
  })

  it('counts from when the last response is accepted', () => {
    const server = new FakeServer(undefined, { lingerTotalMs: 3000, writeTimeoutMs: 30_000 })
    const transport = server.connect()
    transport.acceptsAtOnce = false
    transport.send(get('/', 'Connection: close'))
    server.advance(20_000)
    transport.send('x')
    transport.accept()
    expect(callsAround(server, transport, 3000)).toEqual([[], ['destroy']])
  })

  it('is the time for a client that sends nothing, if it is shorter than lingerTimeoutMs', () => {
    const server = new FakeServer(undefined, { lingerTimeoutMs: 5000, lingerTotalMs: 1000 })
    const transport = server.connect()
    transport.send(get('/', 'Connection: close'))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
  })
})

describe('handlerTimeoutMs', () => {
  const options = { handlerTimeoutMs: 1000 }

  it('responds 504 for a late endpoint, aborts it, and logs the request', () => {
    let aborts = 0
    const server = new FakeServer(exchange => exchange.onAbort(() => aborts++), options)
    const transport = server.connect()
    transport.send(get('/never'))
    const [before, after] = callsAround(server, transport, 1000)
    expect([before, after]).toEqual([[], ['write', 'end']])
    const response = parseResponse(transport.text)
    expect([response.status, response.field('Connection'), aborts]).toEqual([504, 'close', 1])
    expect(server.failedRequests).toEqual(['GET /never'])
    // A late response is ignored.
    respondAtOnce(server.exchanges[0]!)
    transport.finish()
    expect([statusesOf(transport.text), server.closeReasons]).toEqual([[504], ['handler-timeout']])
  })

  it('starts again for each request, also if they are pipelined', () => {
    const server = new FakeServer(wait, options)
    const transport = server.connect()
    transport.send(get('/1') + get('/2'))
    for (const n of [0, 1]) {
      server.advance(900)
      respondAtOnce(server.exchanges[n]!)
    }
    expect(statusesOf(transport.text)).toEqual([200, 200])
  })

  it('is not extended by what the client sends meanwhile', () => {
    const server = new FakeServer(wait, options)
    const transport = server.connect()
    transport.send(get('/never'))
    server.advance(600)
    transport.send(get('/2'))
    server.advance(400 + LATE_MS)
    expect(statusesOf(transport.text)).toEqual([504])
  })

  it('does not run while content is awaited, and starts when it is complete', () => {
    const sink = new FakeSink()
    const server = new FakeServer(exchange => exchange.readContent(sink, 100), options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    server.advance(20_000)
    transport.send('ent')
    expect(sink.state).toBe('ended')
    expect(callsAround(server, transport, 1000)).toEqual([[], ['write', 'end']])
  })

  it('limits only the time until the response begins', () => {
    const server = new FakeServer(exchange => {
      exchange.begin(200, [], undefined)
      exchange.write(Buffer.from('part'))
    }, options)
    const transport = server.connect()
    transport.send(get('/'))
    server.advance(DAY_MS)
    server.exchanges[0]!.end()
    expect(parseResponse(transport.text).text).toBe('part')
  })

  it('does not apply with noHandlerTimeout, nor if it is 0', () => {
    for (const [noHandlerTimeout, handlerTimeoutMs] of [
      [true, 1000],
      [false, 0],
    ] as const) {
      const server = new FakeServer(
        exchange => {
          exchange.noHandlerTimeout = noHandlerTimeout
        },
        { handlerTimeoutMs },
      )
      const transport = server.connect()
      transport.send(get('/'))
      server.advance(DAY_MS)
      expect(transport.calls).toEqual([])
      respondAtOnce(server.exchanges[0]!)
      expect(statusesOf(transport.text)).toEqual([200])
    }
  })

  it('runs also while content is unread', () => {
    const server = new FakeServer(wait, options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    expect(callsAround(server, transport, 1000)[0]).toEqual([])
    expect(statusesOf(transport.text)).toEqual([504])
  })
})

describe('halfClosedTimeoutMs', () => {
  const options = { halfClosedTimeoutMs: 1000, handlerTimeoutMs: 0 }
  const chunk = Buffer.from('chunk')
  /** How late it may be noticed that nothing moves: a quarter of the timeout, and a tick. */
  const NOTICE_MS = 250 + LATE_MS

  /** Requests `/`, and sends FIN. Its exchange is the server's first. */
  function halfClosed(dispatch: (exchange: Exchange) => void = () => {}) {
    const server = new FakeServer(dispatch, options)
    const transport = server.connect()
    let aborted = false
    let suspected = 0
    transport.send(get('/'))
    const exchange = server.exchanges[0]!
    exchange.onAbort(() => (aborted = true))
    exchange.onHalfClosed(() => suspected++)
    transport.finish()
    return {
      server,
      transport,
      exchange,
      isAborted: () => aborted,
      suspected: () => suspected,
    }
  }

  const begin = (exchange: Exchange): void => {
    exchange.begin(200, [], undefined)
    exchange.write(chunk)
  }

  it('resets a response that has begun and stands still', () => {
    const { server, transport, isAborted } = halfClosed(begin)
    server.advance(999)
    expect([transport.acts, isAborted()]).toEqual([['write', 'write', 'write'], false])
    server.advance(NOTICE_MS)
    expect([transport.acts.at(-1), isAborted()]).toEqual(['reset', true])
    expect(server.closeReasons).toEqual(['half-closed-timeout'])
    expect(server.connections).toEqual([])
  })

  it('leaves a response alone that moves', () => {
    const { server, transport, exchange, isAborted } = halfClosed(begin)
    for (let n = 0; n < 20; n++) {
      server.advance(900)
      exchange.write(chunk)
      transport.accept()
    }
    expect(isAborted()).toBe(false)
    server.advance(1000 + NOTICE_MS)
    expect(isAborted()).toBe(true)
  })

  it('leaves a client that does not read to the write timeout', () => {
    const { server, transport, exchange, isAborted } = halfClosed(begin)
    transport.acceptsAtOnce = false
    exchange.write(chunk)
    server.advance(10_000)
    expect(isAborted()).toBe(false)
    transport.accept()
    server.advance(1000 + NOTICE_MS)
    expect(isAborted()).toBe(true)
  })

  it('only notifies an endpoint that has not begun its response, once', () => {
    const { server, transport, exchange, isAborted, suspected } = halfClosed()
    server.advance(999)
    expect(suspected()).toBe(0)
    server.advance(NOTICE_MS)
    expect(suspected()).toBe(1)
    server.advance(60_000)
    expect([suspected(), isAborted(), transport.acts]).toEqual([1, false, []])
    respondAtOnce(exchange)
    transport.pump()
    expect(statusesOf(transport.text)).toEqual([200])
    expect(server.closeReasons).toEqual(['client-closed'])
  })

  it('counts a response that begins later from its beginning', () => {
    const { server, exchange, isAborted } = halfClosed()
    server.advance(60_000)
    begin(exchange)
    server.advance(999)
    expect(isAborted()).toBe(false)
    server.advance(2 * NOTICE_MS)
    expect(isAborted()).toBe(true)
  })

  it('counts for each of the requests that were sent before the FIN', () => {
    const server = new FakeServer(wait, options)
    const transport = server.connect()
    transport.send(get('/1') + get('/2'))
    transport.finish()
    respondAtOnce(server.exchanges[0]!)
    begin(server.exchanges[1]!)
    server.advance(1000 + NOTICE_MS)
    expect(server.closeReasons).toEqual(['half-closed-timeout'])
    expect(transport.acts.at(-1)).toBe('reset')
  })

  it('is no limit if it is 0', () => {
    const server = new FakeServer(begin, { halfClosedTimeoutMs: 0 })
    const transport = server.connect()
    transport.send(get('/'))
    transport.finish()
    server.advance(DAY_MS)
    expect(server.closeReasons).toEqual([])
  })
})
