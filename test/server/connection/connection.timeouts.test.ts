import { describe, expect, it } from 'vitest'
import { parseAnswers, parseOne } from '../answers.ts'
import { answerAtOnce, FakeServer, FakeSink, get, post, wait } from '../fake-server.ts'
import type { FakeTransport } from '../fake-transport.ts'

const DAY_MS = 86_400_000
const LONG_MS = 1_200_000
/** How late a deadline may be: the wheel is coarse. */
const LATE_MS = 200

const statusesOf = (text: string) => parseAnswers(text).map(({ status }) => status)

/** Runs `server` to right before and then past a deadline; tells what was done to the wire at both. */
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

  it('answers a head that does not come whole with 408, and closes', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    server.advance(3000)
    transport.send('GET / HTTP/1.1\r\n')
    const [before, after] = callsAround(server, transport, 1000)
    expect([before, after.at(-1)]).toEqual([[], 'end'])
    const answer = parseOne(transport.text)
    expect([answer.status, answer.field('Connection')]).toEqual([408, 'close'])
  })

  it('counts from the first byte, an empty line included, however the others drip', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.send('\r\n')
    for (const char of 'GET / HTT') {
      server.advance(100)
      transport.send(char)
    }
    expect(transport.calls).toEqual([])
    server.advance(LATE_MS)
    expect(statusesOf(transport.text)).toEqual([408])
  })

  it('is each request’s own', () => {
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
  it('closes quietly a connection on which nothing has come', () => {
    const server = new FakeServer(undefined, { idleTimeoutMs: 5000 })
    const transport = server.connect()
    expect(callsAround(server, transport, 5000)).toEqual([[], ['end']])
    expect(transport.text).toBe('')
  })

  it('closes quietly between requests, and counts from the last answer', () => {
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

describe('a client that asks again just before it would be idle', () => {
  it('is not cut while its head is on its way', () => {
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

  it('answers content that stops coming with 408, tells the sink, and closes', () => {
    const sink = new FakeSink()
    const server = new FakeServer(exchange => exchange.readContent(sink, 100), options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    const [before, after] = callsAround(server, transport, 1000)
    expect([before, after]).toEqual([[], ['write', 'end']])
    expect([statusesOf(transport.text), sink.state]).toEqual([[408], 'failed'])
  })

  /** Sends one more part of an endless content every so often, for twenty minutes or until it is refused; tells when that was. */
  function refusedAfter(partBytes: number, everyMs: number, takesMore = true): number | undefined {
    const sink = new FakeSink()
    sink.takesMore = takesMore
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
      if (!takesMore) server.exchanges[0]!.resumeContent()
    }
    return undefined
  }

  it.each([
    [10_000, 1000],
    [1000, 1000],
    // Just the pace, and no pause as long as the time.
    [500, 1000],
    [50, 100],
    [14_500, 29_000],
    // All at once, then a rest: what is more than the time counts for nothing.
    [60_000, 29_900],
  ])('let %d bytes every %d ms go on for ever', (bytes, everyMs) => {
    expect(refusedAfter(bytes, everyMs)).toBeUndefined()
    expect(refusedAfter(bytes, everyMs, false)).toBeUndefined()
  })

  it.each([
    // [bytes, every, not before, not after]
    [1, 29_000, 30_000, 58_200],
    [1, 100, 30_000, 30_900],
    [250, 1000, 59_000, 61_500],
    [450, 1000, 290_000, 301_500],
    [60_000, 30_200, 30_000, 30_400],
  ])('refuse %d bytes every %d ms', (bytes, everyMs, fromMs, toMs) => {
    for (const takesMore of [true, false]) {
      const ms = refusedAfter(bytes, everyMs, takesMore)
      expect(ms).toBeGreaterThanOrEqual(fromMs)
      expect(ms).toBeLessThanOrEqual(toMs)
    }
  })

  it('are for the next bytes alone where any pace will do', () => {
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

  it('are each request’s own', () => {
    const server = new FakeServer(exchange => {
      const sink = new FakeSink()
      sink.onEnd = () => answerAtOnce(exchange)
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

  it('does not run while the endpoint holds the content', () => {
    const sink = new FakeSink()
    sink.takesMore = false
    const server = new FakeServer(exchange => exchange.readContent(sink, 100), options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    server.advance(DAY_MS)
    expect(transport.acts).toEqual([])
    server.exchanges[0]!.resumeContent()
    expect(callsAround(server, transport, 1000)).toEqual([[], ['write', 'end']])
  })

  it('closes a connection whose answer is given and whose unwanted content stops coming', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['end']])
    expect(statusesOf(transport.text)).toEqual([200])
  })

  it('cuts a connection whose answer has begun', () => {
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

  it('cuts off a client that takes nothing of its answer', () => {
    const server = new FakeServer(exchange => exchange.respond(200, [], large), options)
    const transport = server.connect()
    transport.takesAtOnce = false
    transport.send(get('/'))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
    expect(server.context.admission.connections.size).toBe(0)
  })

  it('cuts off a client that takes nothing of an answer in parts', () => {
    const server = new FakeServer(exchange => {
      exchange.begin(200, [], undefined)
      exchange.write(large)
    }, options)
    const transport = server.connect()
    transport.takesAtOnce = false
    transport.send(get('/'))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
  })

  it('leaves alone a client that takes some of it in time', () => {
    const server = new FakeServer(exchange => exchange.respond(200, [], large), options)
    const transport = server.connect()
    transport.takesAtOnce = false
    transport.send(get('/'))
    for (let i = 0; i < 10; i++) {
      server.advance(900)
      transport.take(50_000)
    }
    expect(transport.destroyed).toBe(false)
    // What it took was worth ten seconds; how long ago it was is known to one.
    server.advance(10_000 - 1000)
    expect(transport.destroyed).toBe(false)
    server.advance(2 * 1000 + LATE_MS)
    expect(transport.destroyed).toBe(true)
    expect(server.ends).toEqual(['reader-too-slow'])
  })

  /** Takes so much of an endless answer every so often, for twenty minutes or until it is cut; tells when that was. */
  function cutAfter(takenBytes: number, everyMs: number): number | undefined {
    const server = new FakeServer(
      exchange => exchange.respond(200, [], new Uint8Array(15_000_000)),
      {
        writeTimeoutMs: '30s',
        writeBytesPerSecondMin: 500,
      },
    )
    const transport = server.connect()
    transport.takesAtOnce = false
    transport.send(get('/'))
    const startMs = server.clock.monotonicMs()
    while (server.clock.monotonicMs() - startMs < LONG_MS) {
      server.advance(everyMs)
      if (transport.destroyed) return server.clock.monotonicMs() - startMs
      transport.take(takenBytes)
    }
    return undefined
  }

  it.each([
    // A phone at 10 kB/s: smoothly, or through a kernel that frees its buffer by the megabyte.
    [1000, 100],
    [10_000, 1000],
    [250_000, 25_000],
    // Just the pace.
    [500, 1000],
  ])('leave alone a client that takes %d bytes every %d ms', (bytes, everyMs) => {
    expect(cutAfter(bytes, everyMs)).toBeUndefined()
  })

  it('leave alone a client at 10 kB/s whose kernel takes 1.4 MB at a time', async () => {
    const server = new FakeServer(
      exchange => exchange.respond(200, [], new Uint8Array(40_000_000)),
      {
        writeTimeoutMs: '30s',
        writeBytesPerSecondMin: 500,
      },
    )
    const transport = server.connect()
    transport.takesAtOnce = false
    transport.send(get('/'))
    for (let i = 0; i < 25; i++) {
      transport.take(1_440_000)
      server.advance(144_000)
      expect(transport.destroyed).toBe(false)
    }
  })

  it.each([
    [0, 1000, 30_000, 31_000],
    [1, 29_000, 30_000, 58_200],
    [250, 1000, 59_000, 62_000],
    [400, 1000, 145_000, 152_000],
  ])('cut a client that takes %d bytes every %d ms', (bytes, everyMs, fromMs, toMs) => {
    const ms = cutAfter(bytes, everyMs)
    expect(ms).toBeGreaterThanOrEqual(fromMs)
    expect(ms).toBeLessThanOrEqual(toMs)
  })

  it('do not take an idle connection for a slow reader whose queue has emptied unseen', () => {
    const server = new FakeServer(undefined, { writeTimeoutMs: 1000, idleTimeoutMs: 5000 })
    const transport = server.connect()
    transport.takesAtOnce = false
    transport.send(get('/'))
    transport.take(Number.POSITIVE_INFINITY, false)
    server.advance(5000)
    expect(transport.acts).toEqual(['write'])
    server.advance(1000 + LATE_MS)
    expect(transport.acts).toEqual(['write', 'end'])
    transport.finish()
    expect(server.ends).toEqual(['idle-timeout'])
  })

  it('leaves alone a client that takes some of its last answer in time', () => {
    const server = new FakeServer(exchange => exchange.respond(200, [], large), options)
    const transport = server.connect()
    transport.takesAtOnce = false
    transport.send(get('/', 'Connection: close'))
    for (let i = 0; i < 10; i++) {
      server.advance(900)
      transport.take(50_000)
    }
    expect(transport.destroyed).toBe(false)
    transport.take()
    expect(callsAround(server, transport, 500)).toEqual([[], ['destroy']])
  })

  it('does not run while there is nothing to take: an endpoint may think between two parts', () => {
    const server = new FakeServer(exchange => {
      exchange.begin(200, [], undefined)
      exchange.write(large)
    }, options)
    const transport = server.connect()
    transport.send(get('/'))
    server.advance(DAY_MS)
    expect(transport.destroyed).toBe(false)
    server.exchanges[0]!.end()
    expect(parseOne(transport.text).body).toHaveLength(large.length)
  })
})

describe('lingerTimeoutMs', () => {
  const options = { lingerTimeoutMs: 1000, writeTimeoutMs: 30_000 }

  it('cuts a client that does not close after its last answer', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.send(get('/', 'Connection: close'))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
  })

  it('counts from when the answer is taken', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.takesAtOnce = false
    transport.send(get('/', 'Connection: close'))
    server.advance(20_000)
    transport.take()
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
  })

  it('counts at once where the last answer was corked with others', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.send(get('/') + get('/', 'Connection: close'))
    expect(callsAround(server, transport, 1000)).toEqual([[], ['destroy']])
  })

  it('does not begin anew with what the client still sends', () => {
    const server = new FakeServer(undefined, options)
    const transport = server.connect()
    transport.send(get('/', 'Connection: close'))
    for (let i = 0; i < 12; i++) {
      server.advance(100)
      transport.send('x')
    }
    expect(transport.destroyed).toBe(true)
  })
})

describe('handlerTimeoutMs', () => {
  const options = { handlerTimeoutMs: 1000 }

  it('answers 504 in the place of an endpoint that does not, aborts it, and tells of the request', () => {
    let aborts = 0
    const server = new FakeServer(exchange => exchange.onAbort(() => aborts++), options)
    const transport = server.connect()
    transport.send(get('/never'))
    const [before, after] = callsAround(server, transport, 1000)
    expect([before, after]).toEqual([[], ['write', 'end']])
    const answer = parseOne(transport.text)
    expect([answer.status, answer.field('Connection'), aborts]).toEqual([504, 'close', 1])
    expect(server.late).toEqual(['GET /never'])
    // Late, it harms nobody.
    answerAtOnce(server.exchanges[0]!)
    transport.finish()
    expect([statusesOf(transport.text), server.ends]).toEqual([[504], ['handler-timeout']])
  })

  it('is each endpoint’s own, also for requests that came together', () => {
    const server = new FakeServer(wait, options)
    const transport = server.connect()
    transport.send(get('/1') + get('/2'))
    for (const n of [0, 1]) {
      server.advance(900)
      answerAtOnce(server.exchanges[n]!)
    }
    expect(statusesOf(transport.text)).toEqual([200, 200])
  })

  it('is not put off by what the client sends meanwhile', () => {
    const server = new FakeServer(wait, options)
    const transport = server.connect()
    transport.send(get('/never'))
    server.advance(600)
    transport.send(get('/2'))
    server.advance(400 + LATE_MS)
    expect(statusesOf(transport.text)).toEqual([504])
  })

  it('does not run while content is awaited, and begins when it has come', () => {
    const sink = new FakeSink()
    const server = new FakeServer(exchange => exchange.readContent(sink, 100), options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    server.advance(20_000)
    transport.send('ent')
    expect(sink.state).toBe('ended')
    expect(callsAround(server, transport, 1000)).toEqual([[], ['write', 'end']])
  })

  it('is for the beginning of an answer: the rest may come when it likes', () => {
    const server = new FakeServer(exchange => {
      exchange.begin(200, [], undefined)
      exchange.write(Buffer.from('part'))
    }, options)
    const transport = server.connect()
    transport.send(get('/'))
    server.advance(DAY_MS)
    server.exchanges[0]!.end()
    expect(parseOne(transport.text).body).toBe('part')
  })

  it('is not for an endpoint that may take long, and for none where it is 0', () => {
    for (const [isLong, ms] of [
      [true, 1000],
      [false, 0],
    ] as const) {
      const server = new FakeServer(
        exchange => {
          exchange.noHandlerTimeout = isLong
        },
        { handlerTimeoutMs: ms },
      )
      const transport = server.connect()
      transport.send(get('/'))
      server.advance(DAY_MS)
      expect(transport.calls).toEqual([])
      answerAtOnce(server.exchanges[0]!)
      expect(statusesOf(transport.text)).toEqual([200])
    }
  })

  it('runs with content unread too', () => {
    const server = new FakeServer(wait, options)
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    expect(callsAround(server, transport, 1000)[0]).toEqual([])
    expect(statusesOf(transport.text)).toEqual([504])
  })
})
