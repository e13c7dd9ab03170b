import { describe, expect, it } from 'vitest'
import { parseAnswers, parseOne } from './answers.ts'
import { answerAtOnce, FakeServer, FakeSink, get, post, wait } from './fake-server.ts'
import type { FakeWire } from './fake-wire.ts'

const DAY_MS = 86_400_000
/** How late a deadline may be: the wheel is coarse. */
const LATE_MS = 200

const statusesOf = (text: string) => parseAnswers(text).map(({ status }) => status)

/** Runs `server` to right before and then past a deadline; tells what was done to the wire at both. */
function callsAround(server: FakeServer, wire: FakeWire, ms: number): [before: string[], after: string[]] {
  const from = wire.acts.length
  server.advance(ms - 1)
  const before = wire.acts.slice(from)
  server.advance(LATE_MS)
  return [before, wire.acts.slice(from + before.length)]
}

describe('headTimeoutMs', () => {
  const options = { headTimeoutMs: 1000, idleTimeoutMs: 5000 }

  it('answers a head that does not come whole with 408, and closes', () => {
    const server = new FakeServer(undefined, options)
    const wire = server.connect()
    server.advance(3000)
    wire.send('GET / HTTP/1.1\r\n')
    const [before, after] = callsAround(server, wire, 1000)
    expect([before, after.at(-1)]).toEqual([[], 'end'])
    const answer = parseOne(wire.text)
    expect([answer.status, answer.field('Connection')]).toEqual([408, 'close'])
  })

  it('counts from the first byte, an empty line included, however the others drip', () => {
    const server = new FakeServer(undefined, options)
    const wire = server.connect()
    wire.send('\r\n')
    for (const char of 'GET / HTT') {
      server.advance(100)
      wire.send(char)
    }
    expect(wire.calls).toEqual([])
    server.advance(LATE_MS)
    expect(statusesOf(wire.text)).toEqual([408])
  })

  it('is each request’s own', () => {
    const server = new FakeServer(undefined, options)
    const wire = server.connect()
    for (let i = 0; i < 5; i++) {
      wire.send('GET / HTTP/1.1\r\n')
      server.advance(900)
      wire.send('Host: a\r\n\r\n')
    }
    expect(statusesOf(wire.text)).toEqual([200, 200, 200, 200, 200])
  })
})

describe('idleTimeoutMs', () => {
  it('closes quietly a connection on which nothing has come', () => {
    const server = new FakeServer(undefined, { idleTimeoutMs: 5000 })
    const wire = server.connect()
    expect(callsAround(server, wire, 5000)).toEqual([[], ['end']])
    expect(wire.text).toBe('')
  })

  it('closes quietly between requests, and counts from the last answer', () => {
    const server = new FakeServer(undefined, { idleTimeoutMs: 5000 })
    const wire = server.connect()
    for (let i = 0; i < 3; i++) {
      server.advance(4000)
      wire.send(get('/'))
    }
    expect(callsAround(server, wire, 5000)).toEqual([[], ['end']])
    expect(statusesOf(wire.text)).toEqual([200, 200, 200])
  })
})

describe('contentTimeoutMs', () => {
  const options = { contentTimeoutMs: 1000 }

  it('answers content that stops coming with 408, tells the sink, and closes', () => {
    const sink = new FakeSink()
    const server = new FakeServer(exchange => exchange.receive(sink, 100), options)
    const wire = server.connect()
    wire.send(post('/', 'content').slice(0, -3))
    const [before, after] = callsAround(server, wire, 1000)
    expect([before, after]).toEqual([[], ['write', 'end']])
    expect([statusesOf(wire.text), sink.state]).toEqual([[408], 'failed'])
  })

  it('is for the next bytes, not for all', () => {
    const sink = new FakeSink()
    const server = new FakeServer(exchange => exchange.receive(sink, 100), options)
    const wire = server.connect()
    wire.send(post('/', 'content').slice(0, -7))
    for (const char of 'content') {
      server.advance(900)
      wire.send(char)
    }
    expect([sink.text, sink.state, wire.text]).toEqual(['content', 'ended', ''])
  })

  it('does not run while the endpoint holds the content', () => {
    const sink = new FakeSink()
    sink.takesMore = false
    const server = new FakeServer(exchange => exchange.receive(sink, 100), options)
    const wire = server.connect()
    wire.send(post('/', 'content').slice(0, -3))
    server.advance(DAY_MS)
    expect(wire.acts).toEqual([])
    server.exchanges[0]!.resume()
    expect(callsAround(server, wire, 1000)).toEqual([[], ['write', 'end']])
  })

  it('closes a connection whose answer is given and whose unwanted content stops coming', () => {
    const server = new FakeServer(undefined, options)
    const wire = server.connect()
    wire.send(post('/', 'content').slice(0, -3))
    expect(callsAround(server, wire, 1000)).toEqual([[], ['end']])
    expect(statusesOf(wire.text)).toEqual([200])
  })

  it('cuts a connection whose answer has begun', () => {
    const server = new FakeServer(exchange => {
      exchange.receive(new FakeSink(), 100)
      exchange.begin(200, [], undefined)
      exchange.write(Buffer.from('part'))
    }, options)
    const wire = server.connect()
    wire.send(post('/', 'content').slice(0, -3))
    expect(callsAround(server, wire, 1000)).toEqual([[], ['reset']])
  })
})

describe('writeTimeoutMs', () => {
  const options = { writeTimeoutMs: 1000, idleTimeoutMs: '24h', lingerTimeoutMs: 500 }
  const large = new Uint8Array(1024 * 1024)

  it('cuts off a client that takes nothing of its answer', () => {
    const server = new FakeServer(exchange => exchange.answer(200, [], large), options)
    const wire = server.connect()
    wire.takesAtOnce = false
    wire.send(get('/'))
    expect(callsAround(server, wire, 1000)).toEqual([[], ['destroy']])
    expect(server.context.connections.size).toBe(0)
  })

  it('cuts off a client that takes nothing of an answer in parts', () => {
    const server = new FakeServer(exchange => {
      exchange.begin(200, [], undefined)
      exchange.write(large)
    }, options)
    const wire = server.connect()
    wire.takesAtOnce = false
    wire.send(get('/'))
    expect(callsAround(server, wire, 1000)).toEqual([[], ['destroy']])
  })

  it('leaves alone a client that takes some of it in time', () => {
    const server = new FakeServer(exchange => exchange.answer(200, [], large), options)
    const wire = server.connect()
    wire.takesAtOnce = false
    wire.send(get('/'))
    for (let i = 0; i < 10; i++) {
      server.advance(900)
      wire.take(50_000)
    }
    expect(wire.destroyed).toBe(false)
    // Whether it took some may be looked at once in that time.
    server.advance(2 * 1000 + LATE_MS)
    expect(wire.destroyed).toBe(true)
  })

  it('leaves alone a client that takes some of its last answer in time', () => {
    const server = new FakeServer(exchange => exchange.answer(200, [], large), options)
    const wire = server.connect()
    wire.takesAtOnce = false
    wire.send(get('/', 'Connection: close'))
    for (let i = 0; i < 10; i++) {
      server.advance(900)
      wire.take(50_000)
    }
    expect(wire.destroyed).toBe(false)
    wire.take()
    expect(callsAround(server, wire, 500)).toEqual([[], ['destroy']])
  })

  it('does not run while there is nothing to take: an endpoint may think between two parts', () => {
    const server = new FakeServer(exchange => {
      exchange.begin(200, [], undefined)
      exchange.write(large)
    }, options)
    const wire = server.connect()
    wire.send(get('/'))
    server.advance(DAY_MS)
    expect(wire.destroyed).toBe(false)
    server.exchanges[0]!.finish()
    expect(parseOne(wire.text).body).toHaveLength(large.length)
  })
})

describe('lingerTimeoutMs', () => {
  const options = { lingerTimeoutMs: 1000, writeTimeoutMs: 30_000 }

  it('cuts a client that does not close after its last answer', () => {
    const server = new FakeServer(undefined, options)
    const wire = server.connect()
    wire.send(get('/', 'Connection: close'))
    expect(callsAround(server, wire, 1000)).toEqual([[], ['destroy']])
  })

  it('counts from when the answer is taken', () => {
    const server = new FakeServer(undefined, options)
    const wire = server.connect()
    wire.takesAtOnce = false
    wire.send(get('/', 'Connection: close'))
    server.advance(20_000)
    wire.take()
    expect(callsAround(server, wire, 1000)).toEqual([[], ['destroy']])
  })

  it('counts at once where the last answer was corked with others', () => {
    const server = new FakeServer(undefined, options)
    const wire = server.connect()
    wire.send(get('/') + get('/', 'Connection: close'))
    expect(callsAround(server, wire, 1000)).toEqual([[], ['destroy']])
  })

  it('does not begin anew with what the client still sends', () => {
    const server = new FakeServer(undefined, options)
    const wire = server.connect()
    wire.send(get('/', 'Connection: close'))
    for (let i = 0; i < 12; i++) {
      server.advance(100)
      wire.send('x')
    }
    expect(wire.destroyed).toBe(true)
  })
})

describe('an exchange that waits', () => {
  it('has no deadline', () => {
    const server = new FakeServer(wait)
    const wire = server.connect()
    wire.send(get('/'))
    server.advance(DAY_MS)
    expect(wire.calls).toEqual([])
    answerAtOnce(server.exchanges[0]!)
    expect(statusesOf(wire.text)).toEqual([200])
  })

  it('that waits for its answer with content unread has none either', () => {
    const server = new FakeServer(wait)
    const wire = server.connect()
    wire.send(post('/', 'content').slice(0, -3))
    server.advance(DAY_MS)
    expect(wire.acts).toEqual(['pause'])
  })
})
