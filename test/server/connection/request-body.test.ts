import { describe, expect, it } from 'vitest'
import { ContentError, RequestBody } from '../../../src/server/connection/request-body.ts'
import { FakeServer, get, post, respondAtOnce, wait } from '../fake-server.ts'

/** A connection without a response, and how to make the head of a POST and the body to test. */
function setUp(bytesMax = 1000) {
  const server = new FakeServer(wait)
  const transport = server.connect()
  const head = (length: number) => post('/', 'x'.repeat(length)).slice(0, -length)
  const newBody = () => new RequestBody(server.exchanges.at(-1)!, bytesMax)
  return { server, transport, head, newBody }
}

const textOf = ({ value }: IteratorResult<Uint8Array, undefined>) =>
  value === undefined ? undefined : Buffer.from(value).toString('latin1')

/** Whether a promise settles within a few microtasks. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  for (let i = 0; i < 10; i++) await Promise.resolve()
  return settled
}

describe('RequestBody', () => {
  it('yields the content chunk by chunk, then ends', async () => {
    const { transport, head, newBody } = setUp()
    transport.send(`${head(9)}abc`)
    const body = newBody()
    expect(textOf(await body.next())).toBe('abc')
    const next = body.next()
    expect(await isSettled(next)).toBe(false)
    transport.send('defghi')
    expect(textOf(await next)).toBe('defghi')
    expect(await body.next()).toEqual({ done: true, value: undefined })
    expect(await body.next()).toEqual({ done: true, value: undefined })
  })

  it('is iterable with for await', async () => {
    const { transport, newBody } = setUp()
    transport.send(post('/', 'content'))
    const chunks: string[] = []
    for await (const chunk of newBody()) chunks.push(Buffer.from(chunk).toString())
    expect(chunks).toEqual(['content'])
  })

  it('ends at once if the request has no content', async () => {
    const { transport, newBody } = setUp()
    transport.send(get('/'))
    expect(await newBody().next()).toEqual({ done: true, value: undefined })
  })

  it('yields copies: a chunk does not change when the read buffer is overwritten', async () => {
    const { transport, head, newBody } = setUp()
    transport.send(head(3))
    const chunk = newBody().next()
    transport.send('abc')
    transport.send(get('/another'))
    expect(textOf(await chunk)).toBe('abc')
  })

  it('reads no content, and so sends no 100 Continue, before the first next()', async () => {
    const { transport, newBody } = setUp()
    transport.send(post('/', 'content', 'Expect: 100-continue').slice(0, -7))
    const body = newBody()
    expect(transport.text).toBe('')
    const first = body.next()
    expect(transport.text).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    transport.send('content')
    expect(textOf(await first)).toBe('content')
  })

  it('reads a bounded number of bytes ahead, and leaves the rest with the kernel', async () => {
    const chunk = 'x'.repeat(40_000)
    const { transport, head, newBody } = setUp(1_000_000)
    transport.send(head(5 * chunk.length))
    const body = newBody()
    const first = body.next()
    transport.send(chunk, chunk, chunk, chunk, chunk)
    // The first was yielded, the next two are buffered.
    expect(transport.paused).toBe(true)
    let text = textOf(await first)!
    expect(text.length).toBe(chunk.length)
    while (text.length < 5 * chunk.length) {
      text += textOf(await body.next())
      transport.pump()
    }
    expect(transport.paused).toBe(false)
    expect((await body.next()).done).toBe(true)
  })

  it('pauses the content timeout while no chunk is consumed', () => {
    const { server, transport, head, newBody } = setUp()
    transport.send(head(6))
    void newBody().next()
    transport.send('abc', 'def')
    server.advance(59_000)
    expect([transport.text, transport.destroyed]).toEqual(['', false])
  })

  it('throws ContentError for incomplete content, after the chunk that has arrived', async () => {
    const { transport, head, newBody } = setUp()
    transport.send(`${head(6)}abc`)
    const body = newBody()
    const first = body.next()
    transport.vanish()
    expect(textOf(await first)).toBe('abc')
    await expect(body.next()).rejects.toThrow(ContentError)
    await expect(body.next()).rejects.toThrow(ContentError)
  })

  it('throws ContentError for content over the limit', async () => {
    const { transport, newBody } = setUp(6)
    transport.send(post('/', 'content'))
    await expect(newBody().next()).rejects.toThrow(ContentError)
    expect(transport.text).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('throws ContentError if the client has vanished before the first next()', async () => {
    const { transport, newBody } = setUp()
    transport.send(post('/', 'content'))
    transport.vanish()
    await expect(newBody().next()).rejects.toThrow(ContentError)
  })

  it('throws ContentError after the response, also to a next() that is waiting', async () => {
    const { server, transport, head, newBody } = setUp()
    transport.send(`${head(9)}abc`)
    const body = newBody()
    expect(textOf(await body.next())).toBe('abc')
    const next = body.next()
    next.catch(() => {})
    respondAtOnce(server.exchanges[0]!)
    expect(await isSettled(next)).toBe(true)
    await expect(next).rejects.toThrow(ContentError)
    const after = body.next()
    after.catch(() => {})
    expect(await isSettled(after)).toBe(true)
  })

  it('throws ContentError if the first next() comes after the response', async () => {
    const { server, transport, newBody } = setUp()
    transport.send(post('/', 'content'))
    const body = newBody()
    respondAtOnce(server.exchanges[0]!)
    await expect(body.next()).rejects.toThrow(ContentError)
  })
})
