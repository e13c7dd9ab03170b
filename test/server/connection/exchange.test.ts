import { describe, expect, it } from 'vitest'
import { Event, RequestParser } from '../../../src/parser/index.ts'
import type { FieldLine } from '../../../src/response/index.ts'
import { planEmpty, planText } from '../../../src/response/response-plan.ts'
import type { DateField } from '../../../src/server/connection/date-field.ts'
import { Exchange, type ExchangeConnection } from '../../../src/server/connection/exchange.ts'
import { parseOne } from '../answers.ts'
import { FakeSink, get, post, requestOf } from '../fake-server.ts'
import { FakeTransport } from '../fake-transport.ts'

const DATE = 'Sun, 22 Nov 2026 13:05:09 GMT'

/** The connection of one exchange, and how often the exchange called it. */
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
const OLD_KEPT = requestOf('GET / HTTP/1.0', ['Connection: keep-alive'])
const OLD_HEAD = requestOf('HEAD / HTTP/1.0', [])

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** What a request gets from an endpoint. */
function answerTo(request: string, answer: (exchange: Exchange) => void) {
  const owner = new FakeConnection(request)
  answer(owner.exchange)
  return { ...owner, transport: owner.transport, text: owner.transport.text, owner }
}

/** In two parts, of unknown length. */
function inParts(exchange: Exchange): void {
  exchange.begin(200, [['X-Name', 'value']], undefined)
  exchange.write(bytesOf('one'))
  exchange.write(bytesOf('and another'))
  exchange.end()
}

describe('a whole answer', () => {
  it('is its head and body in one write', () => {
    const { text, transport } = answerTo(GET, exchange =>
      exchange.respond(200, [['X-Name', 'value']], bytesOf('body')),
    )
    expect(text).toBe(
      `HTTP/1.1 200 OK\r\nX-Name: value\r\nDate: ${DATE}\r\nContent-Length: 4\r\n\r\nbody`,
    )
    expect(transport.calls).toEqual(['write'])
  })

  it('is a plan with its body', () => {
    const { text } = answerTo(GET, exchange => exchange.send(planText(404, 'Nothing here.')))
    const answer = parseOne(text)
    expect([answer.status, answer.body]).toEqual([404, '404 Not Found\nNothing here.\n'])
  })

  it('is no plan for an asset: its body is not here', () => {
    const body = { coding: 'identity', pieces: [], length: 0 } as const
    expect(() => answerTo(GET, exchange => exchange.send({ ...planEmpty(200, []), body }))).toThrow(
      TypeError,
    )
  })

  it('has a Content-Length of 0 where it is empty', () => {
    const { text } = answerTo(GET, exchange => exchange.respond(200, []))
    expect(parseOne(text).field('Content-Length')).toBe('0')
  })

  it('to HEAD has no body, and the Content-Length of the one that GET would get', () => {
    for (const size of [4, 100_000]) {
      const { text } = answerTo(HEAD, exchange => exchange.respond(200, [], new Uint8Array(size)))
      const answer = parseOne(text, 'HEAD')
      expect(answer.field('Content-Length')).toBe(String(size))
      expect(text.endsWith('\r\n\r\n')).toBe(true)
    }
  })

  it.each([204, 304] as const)('of status %d has no Content-Length', status => {
    const { text } = answerTo(GET, exchange => exchange.send(planEmpty(status, [['ETag', '"a"']])))
    expect(text).toBe(
      `HTTP/1.1 ${text.slice(9, text.indexOf('\r'))}\r\nETag: "a"\r\nDate: ${DATE}\r\n\r\n`,
    )
  })

  it.each([204, 304] as const)('of status %d has no body, though the endpoint gave one', status => {
    for (const size of [4, 100_000]) {
      const { text } = answerTo(GET, exchange => exchange.respond(status, [], new Uint8Array(size)))
      expect(text.endsWith('\r\n\r\n')).toBe(true)
      expect(text).not.toContain('Content-Length')
    }
  })

  it('counts what was written of its body', () => {
    const { exchange } = answerTo(GET, exchange => exchange.respond(200, [], bytesOf('body')))
    expect([exchange.status, exchange.bodyBytes]).toEqual([200, 4])
    const head = answerTo(HEAD, exchange => exchange.respond(200, [], bytesOf('body'))).exchange
    expect([head.status, head.bodyBytes]).toEqual([200, 0])
  })

  it('does not keep the bytes it was given: a small body is copied', () => {
    const body = bytesOf('body')
    const owner = new FakeConnection(GET)
    owner.transport.cork()
    owner.exchange.respond(200, [], body)
    body.fill(0xdb)
    owner.transport.uncork()
    expect(parseOne(owner.transport.text).body).toBe('body')
  })

  it.each<[string, FieldLine]>([
    ['a line end in a value', ['X', 'a\r\nSet-Cookie: b']],
    ['a NUL in a value', ['X', 'a\0b']],
    ['a space in a name', ['X Y', 'a']],
    ['an empty name', ['', 'a']],
  ])('is refused with %s, and another may be given then', (_, field) => {
    const owner = new FakeConnection(GET)
    expect(() => owner.exchange.respond(200, [field])).toThrow(TypeError)
    expect(owner.transport.text).toBe('')
    owner.exchange.fail(500)
    expect(parseOne(owner.transport.text).status).toBe(500)
  })

  it('is given once', () => {
    const owner = new FakeConnection(GET)
    owner.exchange.respond(200, [])
    expect(() => owner.exchange.respond(200, [])).toThrow('one response')
    expect(() => owner.exchange.begin(200, [], undefined)).toThrow('one response')
    expect(parseOne(owner.transport.text).status).toBe(200)
  })
})

describe('an answer in parts', () => {
  it('is chunked in HTTP/1.1', () => {
    const { text } = answerTo(GET, inParts)
    expect(text).toBe(
      `HTTP/1.1 200 OK\r\nX-Name: value\r\nDate: ${DATE}\r\nTransfer-Encoding: chunked\r\n\r\n` +
        '3\r\none\r\nb\r\nand another\r\n0\r\n\r\n',
    )
  })

  it('ends with the connection in HTTP/1.0', () => {
    for (const request of [OLD, OLD_KEPT]) {
      const { text, exchange } = answerTo(request, inParts)
      expect(text).toBe(
        `HTTP/1.1 200 OK\r\nX-Name: value\r\nDate: ${DATE}\r\nConnection: close\r\n\r\noneand another`,
      )
      expect(exchange.closesConnection).toBe(true)
    }
  })

  it('has a Content-Length where it is known', () => {
    const { text } = answerTo(GET, exchange => {
      exchange.begin(200, [], 14)
      exchange.write(bytesOf('one'))
      exchange.write(bytesOf('and another'))
      exchange.end()
    })
    const answer = parseOne(text)
    expect([answer.field('Content-Length'), answer.field('Transfer-Encoding')]).toEqual([
      '14',
      undefined,
    ])
    expect(answer.body).toBe('oneand another')
  })

  it('to HEAD has no chunk, not even the last', () => {
    expect(answerTo(HEAD, inParts).text).toMatch(/Transfer-Encoding: chunked\r\n\r\n$/)
    expect(answerTo(OLD_HEAD, inParts).text).toMatch(/Connection: close\r\n\r\n$/)
  })

  it.each([204, 304] as const)('of status %d has neither chunks nor Transfer-Encoding', status => {
    const { text } = answerTo(GET, exchange => {
      exchange.begin(status, [], undefined)
      exchange.write(bytesOf('body'))
      exchange.end()
    })
    expect(text).toMatch(/^HTTP\/1\.1 \d+ [A-Za-z ]+\r\nDate: [^\r]+\r\n\r\n$/)
  })

  it('leaves out empty parts, which would end it', () => {
    const { text } = answerTo(GET, exchange => {
      exchange.begin(200, [], undefined)
      exchange.write(bytesOf(''))
      exchange.write(bytesOf('part'))
      exchange.write(bytesOf(''))
      exchange.end()
    })
    expect(parseOne(text).body).toBe('part')
  })

  it('goes out part by part: each in one packet, the head with the first', () => {
    const { transport } = answerTo(GET, inParts)
    expect(transport.packets).toHaveLength(3)
    expect(transport.packets[0]).toMatch(/^HTTP.*3\r\none\r\n$/s)
  })

  it('is one packet where it has no part', () => {
    const { transport, text } = answerTo(GET, exchange => {
      exchange.begin(200, [], undefined)
      exchange.end()
    })
    expect(parseOne(text).body).toBe('')
    expect(transport.packets).toHaveLength(1)
  })

  it('says of each part when its bytes may change', async () => {
    const owner = new FakeConnection(GET)
    owner.transport.takesAtOnce = false
    owner.exchange.begin(200, [], 100_000)
    let isDone = false
    owner.exchange.write(new Uint8Array(100_000), () => {
      isDone = true
    })
    owner.transport.listen({ onData() {}, onEnd() {}, onDrain() {}, onClose() {} })
    owner.transport.take(50_000)
    await Promise.resolve()
    expect(isDone).toBe(false)
    owner.transport.take()
    await Promise.resolve()
    expect(isDone).toBe(true)
  })

  it('says so at once of a part that is not wanted', () => {
    const done: string[] = []
    const head = new FakeConnection(HEAD).exchange
    head.begin(200, [], undefined)
    head.write(bytesOf('part'), () => done.push('HEAD'))
    const lost = new FakeConnection(GET).exchange
    lost.begin(200, [], undefined)
    lost.close()
    lost.write(bytesOf('part'), () => done.push('lost'))
    expect(done).toEqual(['HEAD', 'lost'])
    expect([head.wantsBody, lost.wantsBody]).toEqual([false, false])
  })

  it('calls its connection when bytes are queued, so that it arms the write timeout', () => {
    const connection = new FakeConnection(GET)
    const { exchange, transport } = connection
    exchange.begin(200, [], undefined)
    exchange.write(bytesOf('accepted'))
    expect(connection.advances).toBe(0)
    transport.takesAtOnce = false
    exchange.write(bytesOf('queued'))
    expect(connection.advances).toBe(1)
  })
})

describe('whether the connection goes on', () => {
  const connectionOf = (request: string, mayGoOn = true): string | undefined => {
    const owner = new FakeConnection(request)
    owner.canKeepAlive = mayGoOn
    owner.exchange.respond(200, [])
    const said = parseOne(owner.transport.text).field('Connection')
    expect(owner.exchange.closesConnection).toBe(said === 'close')
    return said
  }

  it.each([
    ['HTTP/1.1', GET, undefined],
    ['HTTP/1.1 that closes', get('/', 'Connection: close'), 'close'],
    ['HTTP/1.0', OLD, 'close'],
    ['HTTP/1.0 that asked to go on, and is told', OLD_KEPT, 'keep-alive'],
    ['little content that nobody read', post('/', 'x'.repeat(100)), undefined],
    ['much content that nobody read', post('/', 'x'.repeat(101)), 'close'],
    [
      'content that was not asked for',
      post('/', 'x', 'Expect: 100-continue').slice(0, -1),
      'close',
    ],
  ])('%s', (_, request, said) => {
    expect(connectionOf(request)).toBe(said)
  })

  it('is not for the client alone to say', () => {
    expect(connectionOf(GET, false)).toBe('close')
    expect(connectionOf(OLD_KEPT, false)).toBe('close')
  })

  it('is over with a failure', () => {
    const owner = new FakeConnection(GET)
    owner.exchange.fail(500)
    expect(parseOne(owner.transport.text).field('Connection')).toBe('close')
    expect(owner.exchange.closesConnection).toBe(true)
  })
})

describe('a failure', () => {
  it('is answered, with a sentence for whoever reads it', () => {
    const owner = new FakeConnection(GET)
    owner.exchange.fail(413, 'Too much.')
    const answer = parseOne(owner.transport.text)
    expect([answer.status, answer.body]).toEqual([413, '413 Content Too Large\nToo much.\n'])
  })

  it('takes the place of an answer that has begun, while nothing of it is written', () => {
    const owner = new FakeConnection(GET)
    owner.exchange.begin(200, [['X-Name', 'value']], 100)
    owner.exchange.fail(500)
    const answer = parseOne(owner.transport.text)
    expect([answer.status, answer.field('X-Name'), owner.exchange.status]).toEqual([
      500,
      undefined,
      500,
    ])
  })

  it('is cut short after part of the response was written', () => {
    for (const length of [100, undefined]) {
      const owner = new FakeConnection(GET)
      owner.exchange.begin(200, [], length)
      owner.exchange.write(bytesOf('some'))
      owner.exchange.fail(500)
      expect(owner.exchange.isCutShort).toBe(true)
      expect(owner.transport.text).not.toContain('500')
    }
  })

  it('leaves an answer that is given', () => {
    const owner = new FakeConnection(GET)
    owner.exchange.respond(200, [])
    owner.exchange.fail(500)
    expect(parseOne(owner.transport.text).status).toBe(200)
    expect([owner.transport.destroyed, owner.exchange.closesConnection]).toEqual([false, false])
  })
})

describe('a request that is refused', () => {
  it('has its sink told, and is answered', () => {
    const owner = new FakeConnection(post('/', 'content'))
    const sink = new FakeSink()
    owner.exchange.readContent(sink, 100)
    owner.exchange.refuse(413)
    expect([
      sink.state,
      parseOne(owner.transport.text).status,
      owner.exchange.closesConnection,
    ]).toEqual(['failed', 413, true])
  })

  it('is the last, though it was answered before', () => {
    const owner = new FakeConnection(post('/', 'content'))
    owner.exchange.respond(200, [])
    const { advances } = owner
    owner.exchange.refuse(400)
    expect([parseOne(owner.transport.text).status, owner.exchange.closesConnection]).toEqual([
      200,
      true,
    ])
    // The connection looks at it again, and closes.
    expect(owner.advances).toBeGreaterThan(advances)
  })
})
