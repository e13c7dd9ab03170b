import { describe, expect, it } from 'vitest'
import { planText } from '../../../src/response/response-plan.ts'
import { parseResponse, parseResponses } from '../../parse-responses.ts'
import { FakeServer, FakeSink, get, post, requestOf, respondAtOnce, wait } from '../fake-server.ts'

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const EXPECT = 'Expect: 100-continue'

const statusesOf = (text: string) => parseResponses(text).map(({ status }) => status)

function chunkedPost(target: string, ...lines: string[]): string {
  return requestOf(`POST ${target} HTTP/1.1`, ['Host: a', 'Transfer-Encoding: chunked', ...lines])
}

/** A server whose endpoint reads all content. The tests respond. */
function receivingServer(bytesMax = 1000) {
  const sink = new FakeSink()
  const server = new FakeServer(exchange => exchange.readContent(sink, bytesMax))
  return { server, sink, transport: server.connect() }
}

describe('Exchange.readContent', () => {
  it('passes content to the sink as it arrives, then its end', () => {
    const { sink, transport } = receivingServer()
    transport.send(`${post('/', 'abcdefghij').slice(0, -7)}`)
    expect([sink.text, sink.state]).toEqual(['abc', 'open'])
    transport.send('defg')
    transport.send('hij')
    expect([sink.text, sink.state]).toEqual(['abcdefghij', 'ended'])
  })

  it('removes chunk framing and trailers', () => {
    const { server, sink, transport } = receivingServer()
    transport.send(
      `${chunkedPost('/')}3\r\nabc\r\n`,
      '4;x=y\r\nde',
      'fg\r\n0\r\nA: b\r\n\r\n',
      get('/next'),
    )
    expect([sink.text, sink.state]).toEqual(['abcdefg', 'ended'])
    respondAtOnce(server.exchanges[0]!)
    expect(server.targets).toEqual(['/', '/next'])
  })

  it('pauses reading until it is called, once much is buffered', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    const content = 'x'.repeat(70_000)
    transport.send(post('/', content))
    expect(transport.paused).toBe(true)
    const sink = new FakeSink()
    server.exchanges[0]!.readContent(sink, 100_000)
    transport.pump()
    expect([sink.text, sink.state, transport.paused]).toEqual([content, 'ended', false])
  })

  it('passes nothing on while the sink accepts no more, until resumeContent()', () => {
    const { server, sink, transport } = receivingServer()
    sink.acceptsMore = false
    transport.send(`${chunkedPost('/')}3\r\nabc\r\n3\r\ndef\r\n`)
    expect(sink.text).toBe('abc')
    server.exchanges[0]!.resumeContent()
    expect(sink.text).toBe('abcdef')
    server.exchanges[0]!.resumeContent()
    transport.send('0\r\n\r\n')
    expect(sink.state).toBe('ended')
  })

  it('discards the rest of the content after an early response', () => {
    const { server, sink, transport } = receivingServer()
    transport.send(post('/', 'abcdefghij').slice(0, -5))
    respondAtOnce(server.exchanges[0]!)
    transport.send('fghij')
    transport.send(get('/next'))
    expect(sink.text).toBe('abcde')
    expect(server.targets).toEqual(['/', '/next'])
  })

  it('responds 413 to content over the limit, and fails the sink', () => {
    for (const request of [
      post('/', 'x'.repeat(11)),
      `${chunkedPost('/')}b\r\n${'x'.repeat(11)}`,
    ]) {
      const { sink, transport } = receivingServer(10)
      transport.send(request)
      const response = parseResponse(transport.text)
      expect([response.status, response.field('Connection')]).toEqual([413, 'close'])
      expect([sink.text, sink.state]).toEqual(['', 'failed'])
      expect(transport.acts.at(-1)).toBe('end')
    }
  })

  it('responds 400 to malformed content, and fails the sink', () => {
    const { sink, transport } = receivingServer()
    transport.send(`${chunkedPost('/')}3\r\nabc\r\n`, 'nonsense\r\n')
    expect([sink.text, sink.state]).toEqual(['abc', 'failed'])
    const response = parseResponse(transport.text)
    expect([response.status, response.field('Connection')]).toEqual([400, 'close'])
  })

  it('responds 400 to incomplete content, and fails the sink', () => {
    const { sink, transport } = receivingServer()
    transport.send(post('/', 'abcdefghij').slice(0, -5))
    transport.finish()
    expect([sink.text, sink.state]).toEqual(['abcde', 'failed'])
    expect(parseResponse(transport.text).status).toBe(400)
  })

  it('resets the connection if the content ends early and the response has begun', () => {
    const { server, sink, transport } = receivingServer()
    transport.send(post('/', 'abcdefghij').slice(0, -5))
    server.exchanges[0]!.begin(200, [], undefined)
    server.exchanges[0]!.write(Buffer.from('part'))
    transport.finish()
    expect(sink.state).toBe('failed')
    expect(transport.destroyed).toBe(true)
    expect(transport.text).toMatch(/4\r\npart\r\n$/)
  })

  it('fails the sink when the client vanishes', () => {
    const { sink, transport } = receivingServer()
    transport.send(post('/', 'abcdefghij').slice(0, -5))
    transport.vanish()
    expect(sink.state).toBe('failed')
  })

  it('fails the sink at once if the client has vanished', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    transport.send(post('/', 'content'))
    transport.vanish()
    const sink = new FakeSink()
    server.exchanges[0]!.readContent(sink, 100)
    expect([sink.text, sink.state]).toEqual(['', 'failed'])
  })
})

describe('unread content', () => {
  it('is discarded up to discardBytesMax, and the connection persists', () => {
    const server = new FakeServer(undefined, { discardBytesMax: 100 })
    const transport = server.connect()
    transport.send(post('/', 'x'.repeat(100)) + get('/next'))
    transport.send(
      `${chunkedPost('/chunked')}64\r\n${'x'.repeat(100)}\r\n0\r\n\r\n${get('/after')}`,
    )
    expect(server.targets).toEqual(['/', '/next', '/chunked', '/after'])
    expect(statusesOf(transport.text)).toEqual([200, 200, 200, 200])
  })

  it('is awaited if it is short', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -7))
    expect(parseResponse(transport.text).field('Connection')).toBe(undefined)
    transport.send(`content${get('/next')}`)
    expect(server.targets).toEqual(['/', '/next'])
  })

  it('closes the connection if its Content-Length is over discardBytesMax', () => {
    const server = new FakeServer(undefined, { discardBytesMax: 100 })
    const transport = server.connect()
    transport.send(post('/', 'x'.repeat(101)) + get('/never'))
    expect(parseResponse(transport.text).field('Connection')).toBe('close')
    expect(transport.acts.at(-1)).toBe('end')
    expect(server.targets).toEqual(['/'])
  })

  it('closes the connection if its Content-Length is over contentBytesMax', () => {
    const server = new FakeServer(undefined, { contentBytesMax: 10 })
    const transport = server.connect()
    transport.send(post('/', 'x'.repeat(11)) + get('/never'))
    expect(parseResponse(transport.text).field('Connection')).toBe('close')
    expect(transport.acts.at(-1)).toBe('end')
    expect(server.targets).toEqual(['/'])
  })

  it('closes the connection if its chunks exceed discardBytesMax', () => {
    const server = new FakeServer(undefined, { discardBytesMax: 100 })
    const transport = server.connect()
    transport.send(`${chunkedPost('/')}64\r\n${'x'.repeat(100)}\r\n`)
    expect(transport.calls).not.toContain('end')
    transport.send(`1\r\nx\r\n0\r\n\r\n${get('/never')}`)
    expect(statusesOf(transport.text)).toEqual([200])
    expect(transport.acts.at(-1)).toBe('end')
    expect(server.targets).toEqual(['/'])
  })

  it('closes the connection if it is malformed, without a second response', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(`${chunkedPost('/')}nonsense\r\n${get('/never')}`)
    expect(statusesOf(transport.text)).toEqual([200])
    expect(transport.acts.at(-1)).not.toBe('destroy')
    expect(transport.calls).toContain('end')
    expect(server.targets).toEqual(['/'])
  })

  it('closes the connection if it is incomplete, without a second response', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    transport.finish()
    expect(statusesOf(transport.text)).toEqual([200])
    expect(transport.calls).toContain('end')
  })
})

describe('Expect: 100-continue', () => {
  it('gets 100 when the endpoint reads the content, not before', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    transport.send(post('/', 'content', EXPECT).slice(0, -7))
    expect(transport.text).toBe('')
    const sink = new FakeSink()
    server.exchanges[0]!.readContent(sink, 100)
    expect(transport.text).toBe(CONTINUE)
    transport.send('content')
    server.exchanges[0]!.send(planText(200))
    expect([sink.text, sink.state]).toEqual(['content', 'ended'])
    expect(statusesOf(transport.text)).toEqual([100, 200])
    transport.send(get('/next'))
    expect(server.targets).toEqual(['/', '/next'])
  })

  it('gets only the final response if the content is not read, and the connection closes', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(post('/', 'content', EXPECT).slice(0, -7))
    const response = parseResponse(transport.text)
    expect([response.status, response.field('Connection')]).toEqual([200, 'close'])
    expect(transport.acts.at(-1)).toBe('end')
    // The server cannot know whether this is content or a request.
    transport.send(get('/never'))
    expect(server.targets).toEqual(['/'])
  })

  it('gets no 100 for content over the limit', () => {
    const { sink, transport } = receivingServer(10)
    transport.send(post('/', 'x'.repeat(11), EXPECT).slice(0, -11))
    const response = parseResponse(transport.text)
    expect([response.status, response.field('Connection'), sink.state]).toEqual([
      413,
      'close',
      'failed',
    ])
  })

  it('gets 100 for chunked content, whose length is unknown', () => {
    const { sink, transport } = receivingServer(10)
    transport.send(chunkedPost('/', EXPECT))
    expect(transport.text).toBe(CONTINUE)
    transport.send('1\r\nx\r\n0\r\n\r\n')
    expect(sink.state).toBe('ended')
  })

  it('is ignored in HTTP/1.0', () => {
    const { sink, transport } = receivingServer()
    transport.send(requestOf('POST / HTTP/1.0', ['Content-Length: 7', EXPECT]), 'content')
    expect([sink.text, sink.state]).toEqual(['content', 'ended'])
    expect(transport.text).toBe('')
  })

  it('gets 100 after the responses to earlier requests', () => {
    const server = new FakeServer(exchange => {
      if (exchange.head.method === 'GET') respondAtOnce(exchange)
      else exchange.readContent(new FakeSink(), 100)
    })
    const transport = server.connect()
    transport.send(get('/') + post('/', 'content', EXPECT).slice(0, -7))
    expect(statusesOf(transport.text)).toEqual([200, 100])
  })

  it.each([
    ['another expectation', ['Expect: 200-ok']],
    ['a second expectation', ['Expect: 100-continue, 200-ok']],
    ['another one on a second line', ['Expect: 100-continue', 'Expect: 200-ok']],
  ])('is the only one supported: %s gets a 417, and the connection closes', (_, lines) => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(post('/', 'content', ...lines))
    const response = parseResponse(transport.text)
    expect([response.status, response.field('Connection')]).toEqual([417, 'close'])
    expect(server.targets).toEqual([])
  })

  it.each([[['Expect: 100-continue', EXPECT]], [['Expect: 100-continue, 100-Continue']]])(
    'is asked for once or more: %j gets one 100',
    lines => {
      const sink = new FakeSink()
      const server = new FakeServer(exchange => exchange.readContent(sink, 100))
      const transport = server.connect()
      transport.send(post('/', 'content', ...lines).slice(0, -7))
      expect(statusesOf(transport.text)).toEqual([100])
    },
  )

  it('and any other expectation is ignored in HTTP/1.0', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(requestOf('GET / HTTP/1.0', ['Expect: 200-ok']))
    expect(parseResponse(transport.text).status).toBe(200)
  })
})

describe('Exchange, after its response', () => {
  it('fails a late readContent(), and the connection persists', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(post('/', 'content'))
    const sink = new FakeSink()
    server.exchanges[0]!.readContent(sink, 100)
    expect([sink.text, sink.state]).toEqual(['', 'failed'])
    transport.send(get('/next'))
    expect(server.targets).toEqual(['/', '/next'])
  })

  it('does not change the content limit of another client', () => {
    const server = new FakeServer(wait)
    const transport = server.connect()
    transport.send(post('/', 'content'))
    respondAtOnce(server.exchanges[0]!)
    // The same parser reads this request, and has just read its head.
    const other = server.connect()
    other.send(post('/other', 'x'.repeat(50)))
    const late = new FakeSink()
    server.exchanges[0]!.readContent(late, 10)
    respondAtOnce(server.exchanges[1]!)
    other.send(get('/after'))
    expect(server.targets).toEqual(['/', '/other', '/after'])
    expect(late.state).toBe('failed')
  })

  it('sends no 100 after the FIN', () => {
    const server = new FakeServer()
    const transport = server.connect()
    transport.send(post('/', 'content', EXPECT).slice(0, -7))
    const sink = new FakeSink()
    server.exchanges[0]!.readContent(sink, 100)
    expect(transport.calls).toEqual(['write', 'end'])
    expect(sink.state).toBe('failed')
  })

  it('fails a sink that is still receiving', () => {
    const { server, sink, transport } = receivingServer()
    transport.send(post('/', 'abcdefghij').slice(0, -5))
    respondAtOnce(server.exchanges[0]!)
    expect(sink.state).toBe('failed')
  })

  it('ignores a late fail(), and still times out the rest of the content', () => {
    const server = new FakeServer(undefined, { contentTimeoutMs: 1000 })
    const transport = server.connect()
    transport.send(post('/', 'content').slice(0, -3))
    server.exchanges[0]!.fail(500)
    server.advance(1200)
    expect(statusesOf(transport.text)).toEqual([200])
    expect(transport.acts.at(-1)).toBe('end')
  })
})
