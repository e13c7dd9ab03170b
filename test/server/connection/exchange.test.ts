import { describe, expect, it } from 'vitest'
import { Event, RequestParser } from '../../../src/parser/index.ts'
import type { FieldLine } from '../../../src/response/index.ts'
import { planEmpty, planText } from '../../../src/response/response-plan.ts'
import type { DateField } from '../../../src/server/connection/clock.ts'
import { Exchange, type ExchangeConnection } from '../../../src/server/connection/exchange.ts'
import { parseResponse } from '../../parse-responses.ts'
import { FakeSink, get, post, requestOf } from '../fake-server.ts'
import { FakeTransport } from '../fake-transport.ts'

const DATE = 'Sun, 22 Nov 2026 13:05:09 GMT'

/** The connection of one exchange. Counts the calls of `advance()`. */
class FakeConnection implements ExchangeConnection {
  readonly transport: FakeTransport = new FakeTransport()
  readonly exchange: Exchange
  canKeepAlive = true
  advances = 0

  constructor(request: string) {
    const parser = new RequestParser()
    parser.feed(Buffer.from(request))
    if (parser.next() !== Event.Head) throw new Error(`no whole head: ${request}`)
    const { transport } = this
    this.exchange = new Exchange(
      {
        transport,
        date: { value: () => DATE } as DateField,
        remoteAddress: transport.remoteAddress,
        discardBytesMax: 100,
        connection: this,
      },
      parser,
    )
  }

  advance(): void {
    this.advances++
  }
}

const GET = get('/')
const HEAD = requestOf('HEAD / HTTP/1.1', ['Host: a'])
const OLD = requestOf('GET / HTTP/1.0', [])
const OLD_KEEP_ALIVE = requestOf('GET / HTTP/1.0', ['Connection: keep-alive'])
const OLD_HEAD = requestOf('HEAD / HTTP/1.0', [])

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** Responds to a request with an endpoint. Returns what it wrote. */
function responseTo(request: string, endpoint: (exchange: Exchange) => void) {
  const { exchange, transport } = new FakeConnection(request)
  endpoint(exchange)
  return { exchange, transport, text: transport.text }
}

/** Responds in two parts of unknown length. */
function respondInParts(exchange: Exchange): void {
  exchange.begin(200, [['X-Name', 'value']], undefined)
  exchange.write(latin1('one'))
  exchange.write(latin1('and another'))
  exchange.end()
}

describe('Exchange.respond and send', () => {
  it('write head and body in one write', () => {
    const { text, transport } = responseTo(GET, exchange =>
      exchange.respond(200, [['X-Name', 'value']], latin1('body')),
    )
    expect(text).toBe(
      `HTTP/1.1 200 OK\r\nX-Name: value\r\nDate: ${DATE}\r\nContent-Length: 4\r\n\r\nbody`,
    )
    expect(transport.calls).toEqual(['write'])
  })

  it('accept a plan with its body', () => {
    const { text } = responseTo(GET, exchange => exchange.send(planText(404, 'Nothing here.')))
    const response = parseResponse(text)
    expect([response.status, response.text]).toEqual([404, '404 Not Found\nNothing here.\n'])
  })

  it('throw TypeError for a plan whose body is in a file', () => {
    const body = { coding: 'identity', pieces: [], length: 0 } as const
    expect(() =>
      responseTo(GET, exchange => exchange.send({ ...planEmpty(200, []), body })),
    ).toThrow(TypeError)
  })

  it('send Content-Length: 0 for an empty body', () => {
    const { text } = responseTo(GET, exchange => exchange.respond(200, []))
    expect(parseResponse(text).field('Content-Length')).toBe('0')
  })

  it('send no body to HEAD, but the Content-Length that GET would get', () => {
    for (const size of [4, 100_000]) {
      const { text } = responseTo(HEAD, exchange => exchange.respond(200, [], new Uint8Array(size)))
      const response = parseResponse(text, 'HEAD')
      expect(response.field('Content-Length')).toBe(String(size))
      expect(text.endsWith('\r\n\r\n')).toBe(true)
    }
  })

  it.each([204, 304] as const)('send no Content-Length with %d', status => {
    const { text } = responseTo(GET, exchange =>
      exchange.send(planEmpty(status, [['ETag', '"a"']])),
    )
    expect(text).toBe(
      `HTTP/1.1 ${text.slice(9, text.indexOf('\r'))}\r\nETag: "a"\r\nDate: ${DATE}\r\n\r\n`,
    )
  })

  it.each([204, 304] as const)('send no body with %d, though the endpoint has one', status => {
    for (const size of [4, 100_000]) {
      const { text } = responseTo(GET, exchange =>
        exchange.respond(status, [], new Uint8Array(size)),
      )
      expect(text.endsWith('\r\n\r\n')).toBe(true)
      expect(text).not.toContain('Content-Length')
    }
  })

  it('count the bytes of the body that are written', () => {
    const { exchange } = responseTo(GET, exchange => exchange.respond(200, [], latin1('body')))
    expect([exchange.status, exchange.bodyBytes]).toEqual([200, 4])
    const head = responseTo(HEAD, exchange => exchange.respond(200, [], latin1('body'))).exchange
    expect([head.status, head.bodyBytes]).toEqual([200, 0])
  })

  it('copy a small body, so that its bytes may change', () => {
    const body = latin1('body')
    const connection = new FakeConnection(GET)
    connection.transport.cork()
    connection.exchange.respond(200, [], body)
    body.fill(0xdb)
    connection.transport.uncork()
    expect(parseResponse(connection.transport.text).text).toBe('body')
  })

  it.each<[string, FieldLine]>([
    ['a line end in a value', ['X', 'a\r\nSet-Cookie: b']],
    ['a NUL in a value', ['X', 'a\0b']],
    ['a space in a name', ['X Y', 'a']],
    ['an empty name', ['', 'a']],
  ])('throw TypeError for %s, and another response may follow', (_, field) => {
    const connection = new FakeConnection(GET)
    expect(() => connection.exchange.respond(200, [field])).toThrow(TypeError)
    expect(connection.transport.text).toBe('')
    connection.exchange.fail(500)
    expect(parseResponse(connection.transport.text).status).toBe(500)
  })

  it('throw for a second response', () => {
    const connection = new FakeConnection(GET)
    connection.exchange.respond(200, [])
    expect(() => connection.exchange.respond(200, [])).toThrow('one response')
    expect(() => connection.exchange.begin(200, [], undefined)).toThrow('one response')
    expect(parseResponse(connection.transport.text).status).toBe(200)
  })
})

describe('Exchange.begin, write and end', () => {
  it('send chunks in HTTP/1.1', () => {
    const { text } = responseTo(GET, respondInParts)
    expect(text).toBe(
      `HTTP/1.1 200 OK\r\nX-Name: value\r\nDate: ${DATE}\r\nTransfer-Encoding: chunked\r\n\r\n` +
        '3\r\none\r\nb\r\nand another\r\n0\r\n\r\n',
    )
  })

  it('end the body with the connection in HTTP/1.0', () => {
    for (const request of [OLD, OLD_KEEP_ALIVE]) {
      const { text, exchange } = responseTo(request, respondInParts)
      expect(text).toBe(
        `HTTP/1.1 200 OK\r\nX-Name: value\r\nDate: ${DATE}\r\nConnection: close\r\n\r\noneand another`,
      )
      expect(exchange.closesConnection).toBe(true)
    }
  })

  it('send a Content-Length that is known', () => {
    const { text } = responseTo(GET, exchange => {
      exchange.begin(200, [], 14)
      exchange.write(latin1('one'))
      exchange.write(latin1('and another'))
      exchange.end()
    })
    const response = parseResponse(text)
    expect([response.field('Content-Length'), response.field('Transfer-Encoding')]).toEqual([
      '14',
      undefined,
    ])
    expect(response.text).toBe('oneand another')
  })

  it('send no chunk to HEAD, not even the last', () => {
    expect(responseTo(HEAD, respondInParts).text).toMatch(/Transfer-Encoding: chunked\r\n\r\n$/)
    expect(responseTo(OLD_HEAD, respondInParts).text).toMatch(/Connection: close\r\n\r\n$/)
  })

  it.each([204, 304] as const)('send neither chunks nor Transfer-Encoding with %d', status => {
    const { text } = responseTo(GET, exchange => {
      exchange.begin(status, [], undefined)
      exchange.write(latin1('body'))
      exchange.end()
    })
    expect(text).toMatch(/^HTTP\/1\.1 \d+ [A-Za-z ]+\r\nDate: [^\r]+\r\n\r\n$/)
  })

  it('skip empty parts: an empty chunk would end the body', () => {
    const { text } = responseTo(GET, exchange => {
      exchange.begin(200, [], undefined)
      exchange.write(latin1(''))
      exchange.write(latin1('part'))
      exchange.write(latin1(''))
      exchange.end()
    })
    expect(parseResponse(text).text).toBe('part')
  })

  it('send each part in one packet, the head with the first', () => {
    const { transport } = responseTo(GET, respondInParts)
    expect(transport.packets).toHaveLength(3)
    expect(transport.packets[0]).toMatch(/^HTTP.*3\r\none\r\n$/s)
  })

  it('send one packet if there is no part', () => {
    const { transport, text } = responseTo(GET, exchange => {
      exchange.begin(200, [], undefined)
      exchange.end()
    })
    expect(parseResponse(text).text).toBe('')
    expect(transport.packets).toHaveLength(1)
  })

  it('call `done` when the kernel has accepted a part', async () => {
    const connection = new FakeConnection(GET)
    connection.transport.acceptsAtOnce = false
    connection.exchange.begin(200, [], 100_000)
    let isDone = false
    connection.exchange.write(new Uint8Array(100_000), () => {
      isDone = true
    })
    connection.transport.listen({ onData() {}, onEnd() {}, onDrain() {}, onClose() {} })
    connection.transport.accept(50_000)
    await Promise.resolve()
    expect(isDone).toBe(false)
    connection.transport.accept()
    await Promise.resolve()
    expect(isDone).toBe(true)
  })

  it('call `done` at once for a part that is not sent', () => {
    const done: string[] = []
    const head = new FakeConnection(HEAD).exchange
    head.begin(200, [], undefined)
    head.write(latin1('part'), () => done.push('HEAD'))
    const lost = new FakeConnection(GET).exchange
    lost.begin(200, [], undefined)
    lost.close()
    lost.write(latin1('part'), () => done.push('lost'))
    expect(done).toEqual(['HEAD', 'lost'])
    expect([head.wantsBody, lost.wantsBody]).toEqual([false, false])
  })

  it('call the connection when bytes are queued, so that it arms the write timeout', () => {
    const connection = new FakeConnection(GET)
    const { exchange, transport } = connection
    exchange.begin(200, [], undefined)
    exchange.write(latin1('accepted'))
    expect(connection.advances).toBe(0)
    transport.acceptsAtOnce = false
    exchange.write(latin1('queued'))
    expect(connection.advances).toBe(1)
  })
})

describe('the connection after an Exchange', () => {
  const connectionFieldOf = (request: string, canKeepAlive = true): string | undefined => {
    const connection = new FakeConnection(request)
    connection.canKeepAlive = canKeepAlive
    connection.exchange.respond(200, [])
    const field = parseResponse(connection.transport.text).field('Connection')
    expect(connection.exchange.closesConnection).toBe(field === 'close')
    return field
  }

  it.each([
    ['persists after HTTP/1.1', GET, undefined],
    ['closes after Connection: close', get('/', 'Connection: close'), 'close'],
    ['closes after HTTP/1.0', OLD, 'close'],
    ['persists after HTTP/1.0 with keep-alive, and confirms it', OLD_KEEP_ALIVE, 'keep-alive'],
    ['persists after little unread content', post('/', 'x'.repeat(100)), undefined],
    ['closes after much unread content', post('/', 'x'.repeat(101)), 'close'],
    [
      'closes after content that awaits 100 Continue',
      post('/', 'x', 'Expect: 100-continue').slice(0, -1),
      'close',
    ],
  ])('%s', (_, request, field) => {
    expect(connectionFieldOf(request)).toBe(field)
  })

  it('closes if the server does not allow it', () => {
    expect(connectionFieldOf(GET, false)).toBe('close')
    expect(connectionFieldOf(OLD_KEEP_ALIVE, false)).toBe('close')
  })

  it('closes after a failure', () => {
    const connection = new FakeConnection(GET)
    connection.exchange.fail(500)
    expect(parseResponse(connection.transport.text).field('Connection')).toBe('close')
    expect(connection.exchange.closesConnection).toBe(true)
  })
})

describe('Exchange.fail', () => {
  it('responds with the status and the sentence', () => {
    const connection = new FakeConnection(GET)
    connection.exchange.fail(413, 'Too much.')
    const response = parseResponse(connection.transport.text)
    expect([response.status, response.text]).toEqual([413, '413 Content Too Large\nToo much.\n'])
  })

  it('replaces a response that has begun, if none of it is written', () => {
    const connection = new FakeConnection(GET)
    connection.exchange.begin(200, [['X-Name', 'value']], 100)
    connection.exchange.fail(500)
    const response = parseResponse(connection.transport.text)
    expect([response.status, response.field('X-Name'), connection.exchange.status]).toEqual([
      500,
      undefined,
      500,
    ])
  })

  it('marks the response as cut short after part of it was written', () => {
    for (const length of [100, undefined]) {
      const connection = new FakeConnection(GET)
      connection.exchange.begin(200, [], length)
      connection.exchange.write(latin1('some'))
      connection.exchange.fail(500)
      expect(connection.exchange.isCutShort).toBe(true)
      expect(connection.transport.text).not.toContain('500')
    }
  })

  it('does not change a complete response', () => {
    const connection = new FakeConnection(GET)
    connection.exchange.respond(200, [])
    connection.exchange.fail(500)
    expect(parseResponse(connection.transport.text).status).toBe(200)
    expect([connection.transport.destroyed, connection.exchange.closesConnection]).toEqual([
      false,
      false,
    ])
  })
})

describe('Exchange.refuse', () => {
  it('fails the sink, and responds', () => {
    const connection = new FakeConnection(post('/', 'content'))
    const sink = new FakeSink()
    connection.exchange.readContent(sink, 100)
    connection.exchange.refuse(413)
    expect([
      sink.state,
      parseResponse(connection.transport.text).status,
      connection.exchange.closesConnection,
    ]).toEqual(['failed', 413, true])
  })

  it('closes the connection also after a complete response', () => {
    const connection = new FakeConnection(post('/', 'content'))
    connection.exchange.respond(200, [])
    const { advances } = connection
    connection.exchange.refuse(400)
    expect([
      parseResponse(connection.transport.text).status,
      connection.exchange.closesConnection,
    ]).toEqual([200, true])
    // The connection checks the exchange again, and closes.
    expect(connection.advances).toBeGreaterThan(advances)
  })
})
