import { describe, expect, it } from 'vitest'
import { ContentError, RequestBody } from '../../../src/server/connection/request-body.ts'
import { answerAtOnce, FakeServer, get, post, wait } from '../fake-server.ts'

function open(bytesMax = 1000) {
  const server = new FakeServer(wait)
  const transport = server.connect()
  const head = (length: number) => post('/', 'x'.repeat(length)).slice(0, -length)
  const reader = () => new RequestBody(server.exchanges.at(-1)!, bytesMax)
  return { server, transport, head, reader }
}

const textOf = ({ value }: IteratorResult<Uint8Array, undefined>) =>
  value === undefined ? undefined : Buffer.from(value).toString('latin1')

/** Whether a promise has settled by the time all that is due is done. */
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
  it('gives the content chunk by chunk, and then its end', async () => {
    const { transport, head, reader } = open()
    transport.send(`${head(9)}abc`)
    const content = reader()
    expect(textOf(await content.next())).toBe('abc')
    const next = content.next()
    expect(await isSettled(next)).toBe(false)
    transport.send('defghi')
    expect(textOf(await next)).toBe('defghi')
    expect(await content.next()).toEqual({ done: true, value: undefined })
    expect(await content.next()).toEqual({ done: true, value: undefined })
  })

  it('iterates', async () => {
    const { transport, reader } = open()
    transport.send(post('/', 'content'))
    const chunks: string[] = []
    for await (const chunk of reader()) chunks.push(Buffer.from(chunk).toString())
    expect(chunks).toEqual(['content'])
  })

  it('is at its end at once where there is no content', async () => {
    const { transport, reader } = open()
    transport.send(get('/'))
    expect(await reader().next()).toEqual({ done: true, value: undefined })
  })

  it('gives copies: a chunk stays as it is when the read buffer is overwritten', async () => {
    const { transport, head, reader } = open()
    transport.send(head(3))
    const chunk = reader().next()
    transport.send('abc')
    transport.send(get('/another'))
    expect(textOf(await chunk)).toBe('abc')
  })

  it('asks for no content, and so for no 100 (Continue), before the first next()', async () => {
    const { transport, reader } = open()
    transport.send(post('/', 'content', 'Expect: 100-continue').slice(0, -7))
    const content = reader()
    expect(transport.text).toBe('')
    const first = content.next()
    expect(transport.text).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    transport.send('content')
    expect(textOf(await first)).toBe('content')
  })

  it('takes no more than one chunk ahead: what comes behind it is left with the kernel', async () => {
    const { transport, head, reader } = open()
    transport.send(head(9))
    const content = reader()
    const first = content.next()
    transport.send('abc', 'def', 'ghi')
    // One was given, one read waits to be parsed, the last was not read.
    expect(transport.paused).toBe(true)
    expect(textOf(await first)).toBe('abc')
    expect(transport.paused).toBe(true)
    expect(textOf(await content.next())).toBe('def')
    expect(transport.paused).toBe(false)
    transport.pump()
    expect(textOf(await content.next())).toBe('ghi')
  })

  it('lets the socket wait while nobody takes, and the content is not late meanwhile', () => {
    const { server, transport, head, reader } = open()
    transport.send(head(6))
    void reader().next()
    transport.send('abc', 'def')
    server.advance(59_000)
    expect([transport.paused, transport.text, transport.destroyed]).toEqual([true, '', false])
  })

  it('throws ContentError where the content breaks off, behind the chunk that had come', async () => {
    const { transport, head, reader } = open()
    transport.send(`${head(6)}abc`)
    const content = reader()
    const first = content.next()
    transport.vanish()
    expect(textOf(await first)).toBe('abc')
    await expect(content.next()).rejects.toThrow(ContentError)
    await expect(content.next()).rejects.toThrow(ContentError)
  })

  it('throws ContentError for content over the limit', async () => {
    const { transport, reader } = open(6)
    transport.send(post('/', 'content'))
    await expect(reader().next()).rejects.toThrow(ContentError)
    expect(transport.text).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('throws ContentError when the client has gone before it is asked', async () => {
    const { transport, reader } = open()
    transport.send(post('/', 'content'))
    transport.vanish()
    await expect(reader().next()).rejects.toThrow(ContentError)
  })

  it('throws ContentError when the request has been answered: nobody is left waiting', async () => {
    const { server, transport, head, reader } = open()
    transport.send(`${head(9)}abc`)
    const content = reader()
    expect(textOf(await content.next())).toBe('abc')
    const next = content.next()
    next.catch(() => {})
    answerAtOnce(server.exchanges[0]!)
    expect(await isSettled(next)).toBe(true)
    await expect(next).rejects.toThrow(ContentError)
    const after = content.next()
    after.catch(() => {})
    expect(await isSettled(after)).toBe(true)
  })

  it('throws ContentError when it is first asked after the answer', async () => {
    const { server, transport, reader } = open()
    transport.send(post('/', 'content'))
    const content = reader()
    answerAtOnce(server.exchanges[0]!)
    await expect(content.next()).rejects.toThrow(ContentError)
  })
})
