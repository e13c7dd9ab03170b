import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Handler } from '../../../src/server/handler/handlers.ts'
import { parseResponse } from '../../parse-responses.ts'
import { RawClient } from '../../raw-client.ts'
import { get, requestOf } from '../fake-server.ts'
import { serving } from '../serving.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const HEAD = requestOf('HEAD / HTTP/1.1', ['Host: a'])

/** Serves one request with a handler. Resolves to the response. */
async function responseOf(handler: Handler, request = get('/')) {
  const { url } = await serving({ handlers: { '/': handler } })
  const client = (await RawClient.connect(url)).send(request).halfClose()
  return parseResponse(await client.ended(), request.slice(0, request.indexOf(' ')))
}

describe('reply.send with a Blob', () => {
  it('has its type and its length', async () => {
    const response = await responseOf((_, reply) =>
      reply.send(new Blob(['some ', 'text'], { type: 'text/x-some' })),
    )
    expect([
      response.field('Content-Type'),
      response.field('Content-Length'),
      response.text,
    ]).toEqual(['text/x-some', '9', 'some text'])
  })

  it('has a default type, and its length in response to HEAD', async () => {
    const response = await responseOf((_, reply) => reply.send(new Blob(['text'])), HEAD)
    expect([response.field('Content-Type'), response.field('Content-Length')]).toEqual([
      'application/octet-stream',
      '4',
    ])
  })
})

describe('reply.send with a stream of the Web', () => {
  it('responds with its parts, of bytes or text', async () => {
    const stream = new ReadableStream<string | Uint8Array>({
      start(controller) {
        controller.enqueue('one, ')
        controller.enqueue(Buffer.from('two'))
        controller.close()
      },
    })
    const response = await responseOf((_, reply) => reply.send(stream))
    expect([response.field('Transfer-Encoding'), response.text]).toEqual(['chunked', 'one, two'])
  })

  it('is a 500 if the stream has another reader', async () => {
    const stream = new ReadableStream<string>()
    stream.getReader()
    expect((await responseOf((_, reply) => reply.send(stream))).status).toBe(500)
  })
})

describe('reply.send with a Response', () => {
  it('has its status, its headers, its cookies and its body', async () => {
    const response = await responseOf((_, reply) => {
      const headers = new Headers({ 'Content-Type': 'text/x-a', 'X-A': 'a' })
      headers.append('Set-Cookie', 'a=1; Path=/')
      headers.append('Set-Cookie', 'b=2')
      return reply.send(new Response('some text', { status: 203, headers }))
    })
    expect([response.status, response.text]).toEqual([203, 'some text'])
    expect([response.values('content-type'), response.values('x-a')]).toEqual([['text/x-a'], ['a']])
    expect(response.values('set-cookie')).toEqual(['a=1; Path=/', 'b=2'])
  })

  it('has the status and headers of the reply instead, and the cookies of both', async () => {
    const response = await responseOf((_, reply) =>
      reply
        .status(418)
        .header('X-A', 'reply')
        .append('Set-Cookie', 'b=2')
        .send(new Response('text', { headers: { 'X-A': 'response', 'Set-Cookie': 'a=1' } })),
    )
    expect([response.status, response.values('x-a')]).toEqual([418, ['reply']])
    expect(response.values('set-cookie')).toEqual(['a=1', 'b=2'])
  })

  it('is framed by the server, whatever its headers say', async () => {
    const headers = {
      Connection: 'close',
      'Keep-Alive': 'timeout=1',
      'Transfer-Encoding': 'gzip',
      Date: 'yesterday',
      Upgrade: 'h2c',
    }
    const response = await responseOf((_, reply) => reply.send(new Response('text', { headers })))
    expect([
      response.field('connection'),
      response.field('keep-alive'),
      response.values('transfer-encoding'),
      response.field('upgrade'),
      response.text,
    ]).toEqual([undefined, undefined, [], undefined, 'text'])
    expect(response.values('date')).toHaveLength(1)
    expect(response.field('date')).toMatch(/GMT$/)
  })

  it('has a length if it is there at once, and is chunked if it is not', async () => {
    const later = () =>
      new ReadableStream({
        async start(controller) {
          for (const part of ['some ', 'text']) {
            await new Promise(resolve => setTimeout(resolve, 10))
            controller.enqueue(Buffer.from(part))
          }
          controller.close()
        },
      })
    for (const [body, length] of [
      ['some text', '9'],
      [later(), undefined],
    ] as const) {
      const response = await responseOf((_, reply) => reply.send(new Response(body)))
      expect([response.field('content-length'), response.text]).toEqual([length, 'some text'])
    }
  })

  it('has the length that its header gives', async () => {
    const headers = { 'Content-Length': '4' }
    const response = await responseOf((_, reply) => reply.send(new Response('text', { headers })))
    expect([response.field('content-length'), response.text]).toEqual(['4', 'text'])
    for (const body of ['text', null]) {
      const head = await responseOf((_, reply) => reply.send(new Response(body, { headers })), HEAD)
      expect(head.field('content-length')).toBe('4')
    }
  })

  it('has no body if it has none', async () => {
    const response = await responseOf((_, reply) => reply.send(new Response(null)))
    expect([response.status, response.field('content-length')]).toEqual([200, '0'])
    expect(
      (await responseOf((_, reply) => reply.send(Response.redirect('http://a/', 303)))).status,
    ).toBe(303)
  })

  it.each<[string, () => Response | Promise<Response>]>([
    [
      'was read',
      async () => {
        const response = new Response('text')
        await response.text()
        return response
      },
    ],
    ['is an error', () => Response.error()],
  ])('is a 500 if it %s', async (_, make) => {
    const response = await responseOf(async (_, reply) => reply.send(await make()))
    expect(response.status).toBe(500)
  })

  it('may be of another class', async () => {
    const other = {
      status: 201,
      headers: new Headers({ 'X-A': 'a' }),
      bodyUsed: false,
      body: Readable.from(['text']),
    }
    const response = await responseOf((_, reply) => reply.send(other as never))
    expect([response.status, response.field('x-a'), response.text]).toEqual([201, 'a', 'text'])
  })
})

describe('reply.send with the length of a stream', () => {
  const chunks = () => Readable.from(['some ', 'text'])

  it('sends Content-Length, and keeps the connection', async () => {
    const file = `${temporaryFolder({ a: 'some text' })}/a`
    for (const make of [chunks, () => createReadStream(file)]) {
      const response = await responseOf((_, reply) => reply.send(make(), { length: 9 }))
      expect([
        response.field('content-length'),
        response.field('transfer-encoding'),
        response.field('connection'),
        response.text,
      ]).toEqual(['9', undefined, undefined, 'some text'])
    }
  })

  it('sends it in response to HEAD too', async () => {
    const response = await responseOf((_, reply) => reply.send(chunks(), { length: 9 }), HEAD)
    expect(response.field('content-length')).toBe('9')
  })

  it.each([8, 10])('resets the connection if the stream has another: %d', async length => {
    // libuv reports a reset as FIN if it comes with data.
    const pause = () => new Promise(resolve => setTimeout(resolve, 50))
    async function* slowChunks() {
      for (const chunk of ['some ', 'text']) {
        yield chunk
        await pause()
      }
    }
    const { url } = await serving({
      handlers: { '/': (_, reply) => reply.send(slowChunks(), { length }) },
    })
    const { how, rest } = await (await RawClient.connect(url)).send(get('/')).ending()
    expect(how).toBe('ECONNRESET')
    expect(rest.endsWith('some text')).toBe(length === 10)
  })

  it.each([-1, 0.5, Number.NaN, 2 ** 60])(
    'is a 500 for %d, and the stream is closed',
    async length => {
      const stream = chunks()
      const response = await responseOf((_, reply) => reply.send(stream, { length }))
      expect([response.status, stream.destroyed]).toEqual([500, true])
    },
  )
})

describe('X-Content-Type-Options', () => {
  it.each<[string, Handler]>([
    ['text', (_, reply) => reply.send('text')],
    ['JSON', (_, reply) => reply.json({})],
    ['a stream', (_, reply) => reply.send(Readable.from(['text']))],
    ['a Response', (_, reply) => reply.send(new Response('text'))],
    ['an error', () => Promise.reject(new Error())],
  ])('is nosniff on %s', async (_, handler) => {
    expect((await responseOf(handler)).values('x-content-type-options')).toEqual(['nosniff'])
  })

  it('is what the handler sets', async () => {
    const response = await responseOf((_, reply) =>
      reply.header('x-content-type-options', 'none').send('text'),
    )
    expect(response.values('x-content-type-options')).toEqual(['none'])
  })
})
