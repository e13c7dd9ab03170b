import { describe, expect, it } from 'vitest'
import { planText } from '../../../src/response/response-plan.ts'
import { parseAnswers, parseOne } from '../answers.ts'
import { answerAtOnce, FakeServer, FakeSink, get, post, requestOf, wait } from '../fake-server.ts'

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const EXPECT = 'Expect: 100-continue'

const statusesOf = (text: string) => parseAnswers(text).map(({ status }) => status)

function chunkedPost(target: string, ...lines: string[]): string {
  return requestOf(`POST ${target} HTTP/1.1`, ['Host: a', 'Transfer-Encoding: chunked', ...lines])
}

/** A server whose endpoint takes all content, and answers when told to. */
function receivingServer(bytesMax = 1000) {
  const sink = new FakeSink()
  const server = new FakeServer(exchange => exchange.receive(sink, bytesMax))
  return { server, sink, wire: server.connect() }
}

describe('content that an endpoint asked for', () => {
  it('is handed over as it comes, and then its end', () => {
    const { sink, wire } = receivingServer()
    wire.send(`${post('/', 'abcdefghij').slice(0, -7)}`)
    expect([sink.text, sink.state]).toEqual(['abc', 'open'])
    wire.send('defg')
    wire.send('hij')
    expect([sink.text, sink.state]).toEqual(['abcdefghij', 'ended'])
  })

  it('is handed over without its chunks and trailers', () => {
    const { server, sink, wire } = receivingServer()
    wire.send(`${chunkedPost('/')}3\r\nabc\r\n`, '4;x=y\r\nde', 'fg\r\n0\r\nA: b\r\n\r\n', get('/next'))
    expect([sink.text, sink.state]).toEqual(['abcdefg', 'ended'])
    answerAtOnce(server.exchanges[0]!)
    expect(server.targets).toEqual(['/', '/next'])
  })

  it('may be asked for later, and waits until then', () => {
    const server = new FakeServer(wait)
    const wire = server.connect()
    wire.send(post('/', 'content'))
    expect(wire.paused).toBe(true)
    const sink = new FakeSink()
    server.exchanges[0]!.receive(sink, 100)
    expect([sink.text, sink.state, wire.paused]).toEqual(['content', 'ended', false])
  })

  it('is held when the sink takes no more, the socket with it, and goes on with resume()', () => {
    const { server, sink, wire } = receivingServer()
    sink.takesMore = false
    wire.send(`${chunkedPost('/')}3\r\nabc\r\n3\r\ndef\r\n`)
    expect([sink.text, wire.paused]).toEqual(['abc', true])
    server.exchanges[0]!.resume()
    expect([sink.text, wire.paused]).toEqual(['abcdef', true])
    server.exchanges[0]!.resume()
    expect(wire.paused).toBe(false)
    wire.send('0\r\n\r\n')
    expect(sink.state).toBe('ended')
  })

  it('is answered while it still comes, and the rest is discarded', () => {
    const { server, sink, wire } = receivingServer()
    wire.send(post('/', 'abcdefghij').slice(0, -5))
    answerAtOnce(server.exchanges[0]!)
    wire.send('fghij')
    wire.send(get('/next'))
    expect(sink.text).toBe('abcde')
    expect(server.targets).toEqual(['/', '/next'])
  })

  it('over the limit is answered with 413, and the sink is told', () => {
    for (const request of [post('/', 'x'.repeat(11)), `${chunkedPost('/')}b\r\n${'x'.repeat(11)}`]) {
      const { sink, wire } = receivingServer(10)
      wire.send(request)
      const answer = parseOne(wire.text)
      expect([answer.status, answer.field('Connection')]).toEqual([413, 'close'])
      expect([sink.text, sink.state]).toEqual(['', 'failed'])
      expect(wire.acts.at(-1)).toBe('end')
    }
  })

  it('that is malformed is answered with 400, and the sink is told', () => {
    const { sink, wire } = receivingServer()
    wire.send(`${chunkedPost('/')}3\r\nabc\r\n`, 'nonsense\r\n')
    expect([sink.text, sink.state]).toEqual(['abc', 'failed'])
    const answer = parseOne(wire.text)
    expect([answer.status, answer.field('Connection')]).toEqual([400, 'close'])
  })

  it('that breaks off is answered with 400, and the sink is told', () => {
    const { sink, wire } = receivingServer()
    wire.send(post('/', 'abcdefghij').slice(0, -5))
    wire.finish()
    expect([sink.text, sink.state]).toEqual(['abcde', 'failed'])
    expect(parseOne(wire.text).status).toBe(400)
  })

  it('that breaks off under an answer which has begun cuts the connection', () => {
    const { server, sink, wire } = receivingServer()
    wire.send(post('/', 'abcdefghij').slice(0, -5))
    server.exchanges[0]!.begin(200, [], undefined)
    server.exchanges[0]!.write(Buffer.from('part'))
    wire.finish()
    expect(sink.state).toBe('failed')
    expect(wire.destroyed).toBe(true)
    expect(wire.text).toMatch(/4\r\npart\r\n$/)
  })

  it('fails when the client goes away', () => {
    const { sink, wire } = receivingServer()
    wire.send(post('/', 'abcdefghij').slice(0, -5))
    wire.vanish()
    expect(sink.state).toBe('failed')
  })

  it('fails at once for who asks when the client has gone', () => {
    const server = new FakeServer(wait)
    const wire = server.connect()
    wire.send(post('/', 'content'))
    wire.vanish()
    const sink = new FakeSink()
    server.exchanges[0]!.receive(sink, 100)
    expect([sink.text, sink.state]).toEqual(['', 'failed'])
  })
})

describe('content that nobody wanted', () => {
  it('is discarded up to discardBytesMax, and the connection goes on', () => {
    const server = new FakeServer(undefined, { discardBytesMax: 100 })
    const wire = server.connect()
    wire.send(post('/', 'x'.repeat(100)) + get('/next'))
    wire.send(`${chunkedPost('/chunked')}64\r\n${'x'.repeat(100)}\r\n0\r\n\r\n${get('/after')}`)
    expect(server.targets).toEqual(['/', '/next', '/chunked', '/after'])
    expect(statusesOf(wire.text)).toEqual([200, 200, 200, 200])
  })

  it('is waited for, when it is little', () => {
    const server = new FakeServer()
    const wire = server.connect()
    wire.send(post('/', 'content').slice(0, -7))
    expect(parseOne(wire.text).field('Connection')).toBe(undefined)
    wire.send(`content${get('/next')}`)
    expect(server.targets).toEqual(['/', '/next'])
  })

  it('closes the connection when it is known to be more', () => {
    const server = new FakeServer(undefined, { discardBytesMax: 100 })
    const wire = server.connect()
    wire.send(post('/', 'x'.repeat(101)) + get('/never'))
    expect(parseOne(wire.text).field('Connection')).toBe('close')
    expect(wire.acts.at(-1)).toBe('end')
    expect(server.targets).toEqual(['/'])
  })

  it('closes the connection when it is more than may come, and so cannot be read to its end', () => {
    const server = new FakeServer(undefined, { contentBytesMax: 10 })
    const wire = server.connect()
    wire.send(post('/', 'x'.repeat(11)) + get('/never'))
    expect(parseOne(wire.text).field('Connection')).toBe('close')
    expect(wire.acts.at(-1)).toBe('end')
    expect(server.targets).toEqual(['/'])
  })

  it('closes the connection when it turns out to be more', () => {
    const server = new FakeServer(undefined, { discardBytesMax: 100 })
    const wire = server.connect()
    wire.send(`${chunkedPost('/')}64\r\n${'x'.repeat(100)}\r\n`)
    expect(wire.calls).not.toContain('end')
    wire.send(`1\r\nx\r\n0\r\n\r\n${get('/never')}`)
    expect(statusesOf(wire.text)).toEqual([200])
    expect(wire.acts.at(-1)).toBe('end')
    expect(server.targets).toEqual(['/'])
  })

  it('closes the connection when it is malformed, without a second answer', () => {
    const server = new FakeServer()
    const wire = server.connect()
    wire.send(`${chunkedPost('/')}nonsense\r\n${get('/never')}`)
    expect(statusesOf(wire.text)).toEqual([200])
    expect(wire.acts.at(-1)).not.toBe('destroy')
    expect(wire.calls).toContain('end')
    expect(server.targets).toEqual(['/'])
  })

  it('closes the connection when the client finishes within it, without a second answer', () => {
    const server = new FakeServer()
    const wire = server.connect()
    wire.send(post('/', 'content').slice(0, -3))
    wire.finish()
    expect(statusesOf(wire.text)).toEqual([200])
    expect(wire.calls).toContain('end')
  })
})

describe('Expect: 100-continue', () => {
  it('is met when the content is asked for, and not before', () => {
    const server = new FakeServer(wait)
    const wire = server.connect()
    wire.send(post('/', 'content', EXPECT).slice(0, -7))
    expect(wire.text).toBe('')
    const sink = new FakeSink()
    server.exchanges[0]!.receive(sink, 100)
    expect(wire.text).toBe(CONTINUE)
    wire.send('content')
    server.exchanges[0]!.send(planText(200))
    expect([sink.text, sink.state]).toEqual(['content', 'ended'])
    expect(statusesOf(wire.text)).toEqual([100, 200])
    wire.send(get('/next'))
    expect(server.targets).toEqual(['/', '/next'])
  })

  it('that is refused gets the final answer, no 100, and the connection closes', () => {
    const server = new FakeServer()
    const wire = server.connect()
    wire.send(post('/', 'content', EXPECT).slice(0, -7))
    const answer = parseOne(wire.text)
    expect([answer.status, answer.field('Connection')]).toEqual([200, 'close'])
    expect(wire.acts.at(-1)).toBe('end')
    // Whether this is content or a request is not known.
    wire.send(get('/never'))
    expect(server.targets).toEqual(['/'])
  })

  it('gets no 100 for content over the limit', () => {
    const { sink, wire } = receivingServer(10)
    wire.send(post('/', 'x'.repeat(11), EXPECT).slice(0, -11))
    const answer = parseOne(wire.text)
    expect([answer.status, answer.field('Connection'), sink.state]).toEqual([413, 'close', 'failed'])
  })

  it('gets its 100 for chunked content, whose length is not known', () => {
    const { sink, wire } = receivingServer(10)
    wire.send(chunkedPost('/', EXPECT))
    expect(wire.text).toBe(CONTINUE)
    wire.send('1\r\nx\r\n0\r\n\r\n')
    expect(sink.state).toBe('ended')
  })

  it('is ignored in HTTP/1.0', () => {
    const { sink, wire } = receivingServer()
    wire.send(requestOf('POST / HTTP/1.0', ['Content-Length: 7', EXPECT]), 'content')
    expect([sink.text, sink.state]).toEqual(['content', 'ended'])
    expect(wire.text).toBe('')
  })

  it('comes behind the answers that are due before it', () => {
    const server = new FakeServer(exchange => {
      if (exchange.head.method === 'GET') answerAtOnce(exchange)
      else exchange.receive(new FakeSink(), 100)
    })
    const wire = server.connect()
    wire.send(get('/') + post('/', 'content', EXPECT).slice(0, -7))
    expect(statusesOf(wire.text)).toEqual([200, 100])
  })

  it.each([
    ['another expectation', ['Expect: 200-ok']],
    ['one beside it', ['Expect: 100-continue, 200-ok']],
    ['it twice', ['Expect: 100-continue', 'Expect: 100-continue']],
  ])(
    'is all that is known: %s gets a 417, and whether content follows is not known: it closes',
    (_, lines) => {
      const server = new FakeServer()
      const wire = server.connect()
      wire.send(post('/', 'content', ...lines))
      const answer = parseOne(wire.text)
      expect([answer.status, answer.field('Connection')]).toEqual([417, 'close'])
      expect(server.targets).toEqual([])
    },
  )

  it('of any kind is ignored in HTTP/1.0', () => {
    const server = new FakeServer()
    const wire = server.connect()
    wire.send(requestOf('GET / HTTP/1.0', ['Expect: 200-ok']))
    expect(parseOne(wire.text).status).toBe(200)
  })
})

describe('what is asked of an exchange that has its answer', () => {
  it('is no content: it fails, though the connection goes on', () => {
    const server = new FakeServer()
    const wire = server.connect()
    wire.send(post('/', 'content'))
    const sink = new FakeSink()
    server.exchanges[0]!.receive(sink, 100)
    expect([sink.text, sink.state]).toEqual(['', 'failed'])
    wire.send(get('/next'))
    expect(server.targets).toEqual(['/', '/next'])
  })

  it('does not set the content limit of another client', () => {
    const server = new FakeServer(wait)
    const wire = server.connect()
    wire.send(post('/', 'content'))
    answerAtOnce(server.exchanges[0]!)
    // The parser that read the first request reads this one, and stands right behind its head.
    const other = server.connect()
    other.send(post('/other', 'x'.repeat(50)))
    const late = new FakeSink()
    server.exchanges[0]!.receive(late, 10)
    answerAtOnce(server.exchanges[1]!)
    other.send(get('/after'))
    expect(server.targets).toEqual(['/', '/other', '/after'])
    expect(late.state).toBe('failed')
  })

  it('is no 100 (Continue) behind the FIN', () => {
    const server = new FakeServer()
    const wire = server.connect()
    wire.send(post('/', 'content', EXPECT).slice(0, -7))
    const sink = new FakeSink()
    server.exchanges[0]!.receive(sink, 100)
    expect(wire.calls).toEqual(['write', 'end'])
    expect(sink.state).toBe('failed')
  })

  it('fails content that was still being taken', () => {
    const { server, sink, wire } = receivingServer()
    wire.send(post('/', 'abcdefghij').slice(0, -5))
    answerAtOnce(server.exchanges[0]!)
    expect(sink.state).toBe('failed')
  })

  it('is no other answer: an endpoint that fails then has answered, and the rest of the content has its time', () => {
    const server = new FakeServer(undefined, { contentTimeoutMs: 1000 })
    const wire = server.connect()
    wire.send(post('/', 'content').slice(0, -3))
    server.exchanges[0]!.fail(500)
    server.advance(1200)
    expect(statusesOf(wire.text)).toEqual([200])
    expect(wire.acts.at(-1)).toBe('end')
  })
})
