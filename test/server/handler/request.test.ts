import { describe, expect, it } from 'vitest'
import { ContentError } from '../../../src/server/connection/request-body.ts'
import type { Handler } from '../../../src/server/handler/handlers.ts'
import type { HandlerRequest } from '../../../src/server/handler/request.ts'
import { parseResponse, parseResponses } from '../../parse-responses.ts'
import { RawClient } from '../../raw-client.ts'
import { eventually } from '../eventually.ts'
import { get, post, requestOf } from '../fake-server.ts'
import { serving } from '../serving.ts'

/** Serves one request. Resolves to what its handler received. */
async function requestFor(text: string): Promise<HandlerRequest> {
  let received: HandlerRequest | undefined
  const { url } = await serving({
    handlers: {
      '/': (request, reply) => {
        received = request
        return reply.send()
      },
    },
  })
  const client = await RawClient.connect(url)
  client.send(text)
  await client.until(/\r\n\r\n/)
  return received!
}

/** Serves requests on one connection with one handler. Resolves to the responses. */
async function responsesOf(handler: Handler, ...requests: string[]) {
  const { url } = await serving({ handlers: { '/': handler }, contentBytesMax: 1000 })
  const client = await RawClient.connect(url)
  for (const request of requests) client.send(request)
  client.halfClose()
  return parseResponses(await client.ended())
}

describe('HandlerRequest', () => {
  it('has the parts of the request', async () => {
    const request = await requestFor(
      requestOf('PATCH /caf%C3%A9/b%20c/?q=1&q=%C3%A9&empty HTTP/1.1', [
        'Host: a',
        'X-Name:  some value ',
      ]),
    )
    expect(request.method).toBe('PATCH')
    expect(request.url).toBe('/caf%C3%A9/b%20c/?q=1&q=%C3%A9&empty')
    expect(request.path).toBe('/caf\u00e9/b c/')
    expect(request.query.getAll('q')).toEqual(['1', '\u00e9'])
    expect(request.query.get('empty')).toBe('')
    expect(request.remoteAddress).toBe('127.0.0.1')
    expect(request.header('x-name')).toBe('some value')
  })

  it.each([
    ['GET / HTTP/1.1', ['Host: a:80'], 'a:80'],
    ['GET http://other.example/ HTTP/1.1', ['Host: a'], 'other.example'],
    ['GET http://other.example/ HTTP/1.0', [], 'other.example'],
    ['GET / HTTP/1.0', [], ''],
  ])('has the host of %s with %j: %j', async (line, lines, host) => {
    const request = await requestFor(requestOf(line, lines))
    expect([request.host, request.header('host') ?? '']).toEqual([host, host])
  })

  it('has the lines of Cookie joined by "; "', async () => {
    const request = await requestFor(get('/', 'Cookie: a=1', 'Cookie: b=2'))
    expect(request.header('cookie')).toBe('a=1; b=2')
    expect([...request.headers]).toContainEqual(['cookie', 'a=1; b=2'])
  })

  it('has headers by name in any case, with their lines joined', async () => {
    const request = await requestFor(get('/', 'A: 1', 'B: x', 'a: 2', 'Empty:'))
    expect([
      request.header('A'),
      request.header('a'),
      request.header('b'),
      request.header('HOST'),
    ]).toEqual(['1, 2', '1, 2', 'x', 'a'])
    expect([request.header('empty'), request.header('c'), request.header('constructor')]).toEqual([
      '',
      undefined,
      undefined,
    ])
  })

  it('has an empty query if the URL has none', async () => {
    expect([...(await requestFor(get('/'))).query]).toEqual([])
  })

  it('may be kept: later requests do not change it', async () => {
    const kept: HandlerRequest[] = []
    const responses = await responsesOf(
      (request, reply) => {
        kept.push(request)
        return reply.send()
      },
      get('/first?a=1', 'X: first'),
      get('/second?b=2', 'X: second'),
      get('/third?c=3', 'X: third'),
    )
    expect(responses).toHaveLength(3)
    expect(kept.map(request => [request.path, request.header('x'), String(request.query)])).toEqual(
      [
        ['/first', 'first', 'a=1'],
        ['/second', 'second', 'b=2'],
        ['/third', 'third', 'c=3'],
      ],
    )
  })
})

describe('the body of a HandlerRequest', () => {
  const echoText: Handler = async (request, reply) => reply.send(await request.text())

  it('is text in UTF-8, also if characters are split across reads', async () => {
    const text = 'na\u00efve \u{1f600}'
    const { url } = await serving({ handlers: { '/': echoText } })
    const client = await RawClient.connect(url)
    const bytes = Buffer.from(text)
    client.send(post('/', 'x'.repeat(bytes.length)).slice(0, -bytes.length))
    for (const byte of bytes) {
      client.send(Uint8Array.of(byte))
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    client.halfClose()
    expect(parseResponse(await client.ended()).body.toString()).toBe(text)
  })

  it('is text also if it is chunked, and empty if there is none', async () => {
    const chunked = requestOf(
      'POST / HTTP/1.1',
      ['Host: a', 'Transfer-Encoding: chunked'],
      '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    )
    const responses = await responsesOf(echoText, chunked, get('/'), post('/', 'last'))
    expect(responses.map(({ text }) => text)).toEqual(['abcde', '', 'last'])
  })

  it('is JSON, or the response is 400', async () => {
    const responses = await responsesOf(
      async (request, reply) => reply.json({ got: await request.json() }),
      post('/', '{"a":[1,null]}'),
      post('/', '{"a":'),
    )
    expect(responses.map(({ status, text }) => [status, text])).toEqual([
      [200, '{"got":{"a":[1,null]}}'],
      [400, expect.stringContaining('not JSON')],
    ])
  })

  it('throws a ContentError that the handler may catch if it is not JSON', async () => {
    const [response] = await responsesOf(
      async (request, reply) => {
        const error = await request.json().catch(error => error)
        await reply.send(String(error instanceof ContentError))
      },
      post('/', '{'),
    )
    expect([response!.status, response!.text]).toEqual([200, 'true'])
  })

  it('over contentBytesMax gets a 413, whatever the handler does then', async () => {
    const seen: string[] = []
    const responses = await responsesOf(
      async (request, reply) => {
        await request.text().catch(error => seen.push(error.name))
        await reply.send('late')
      },
      post('/', 'x'.repeat(1000)),
      post('/', 'x'.repeat(1001)),
    )
    expect(responses.map(({ status }) => status)).toEqual([200, 413])
    expect(seen).toEqual(['ContentError'])
  })

  it('gets 100 Continue when the handler reads it, not before', async () => {
    const { url } = await serving({
      handlers: { '/read': echoText, '/unread': (_request, reply) => reply.status(403).send() },
    })
    const client = await RawClient.connect(url)
    const expecting = (path: string) => post(path, 'content', 'Expect: 100-continue').slice(0, -7)
    client.send(expecting('/read'))
    await client.until(/100 Continue/)
    client.send('content')
    await client.until(/content$/)
    client.send(expecting('/unread'))
    expect(parseResponses(await client.ended()).map(({ status }) => status)).toEqual([
      100, 200, 403,
    ])
  })

  it('is read from the client no faster than the handler consumes it', async () => {
    const total = 32 * 1024 * 1024
    let consumed = 0
    let resume: () => void = () => {}
    const { url } = await serving({
      contentBytesMax: total,
      handlers: {
        '/': async (request, reply) => {
          for await (const chunk of request.body) {
            consumed += chunk.length
            if (consumed > total / 8) await new Promise<void>(resolve => (resume = resolve))
          }
          await reply.send()
        },
      },
    })
    const client = await RawClient.connect(url)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`)
    client.send(new Uint8Array(total))
    await eventually(() => expect(consumed).toBeGreaterThan(total / 8), 5000)
    await new Promise(resolve => setTimeout(resolve, 50))
    // The client and the kernels hold the rest, apart from a read or two.
    expect(consumed).toBeLessThan(total / 8 + 1024 * 1024)
    expect(client.socket.writableLength).toBeGreaterThan(total / 8)
    const before = consumed
    resume()
    await eventually(() => expect(consumed).toBeGreaterThan(before))
  })

  it('throws ContentError if the client vanishes within it', async () => {
    const seen: unknown[] = []
    const { url } = await serving({
      handlers: {
        '/': async request => {
          await request.text().catch(error => seen.push(error))
        },
      },
    })
    const client = await RawClient.connect(url)
    client.send(post('/', 'content').slice(0, -3))
    await new Promise(resolve => setTimeout(resolve, 30))
    client.reset()
    await eventually(() => expect(seen).toEqual([expect.any(ContentError)]))
  })

  it('may be left unread, or half read', async () => {
    const responses = await responsesOf(
      async (request, reply) => {
        if (request.path === '/half') for await (const _ of request.body) break
        await reply.send(request.path)
      },
      post('/unread', 'content'),
      post('/half', 'content'),
      get('/last'),
    )
    expect(responses.map(({ text }) => text)).toEqual(['/unread', '/half', '/last'])
  })
})

describe('HandlerRequest.signal', () => {
  /** Sends a request that gets no response. Resolves to what its handler received. */
  async function sendPending(text = get('/')) {
    const requests: HandlerRequest[] = []
    const { url, server } = await serving({
      handlers: { '/': request => void requests.push(request) },
    })
    const client = await RawClient.connect(url)
    client.send(text)
    await eventually(() => expect(requests).toHaveLength(1))
    return { client, server, request: requests[0]! }
  }

  it('is aborted when the client vanishes', async () => {
    const { client, request } = await sendPending()
    expect(request.signal.aborted).toBe(false)
    client.reset()
    await eventually(() => expect(request.signal.aborted).toBe(true))
  })

  it('is not aborted when the client sends FIN and awaits its response', async () => {
    const { client, request } = await sendPending()
    client.halfClose()
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(request.signal.aborted).toBe(false)
  })

  it('is not aborted after the response', async () => {
    const request = await requestFor(get('/'))
    expect(request.signal.aborted).toBe(false)
  })
})

describe('the body of a HandlerRequest, read twice', () => {
  it.each<[string, Handler]>([
    ['text() and text()', async request => void [await request.text(), await request.text()]],
    ['text() and json()', async request => void [await request.text(), await request.json()]],
    ['both at once', async request => void (await Promise.all([request.text(), request.text()]))],
    [
      'body and text()',
      async request => {
        for await (const _ of request.body) break
        await request.text()
      },
    ],
  ])('is the mistake of the handler: %s', async (_, handler) => {
    const failed: unknown[] = []
    const responses = await responsesOf(
      async (request, reply) => {
        await Promise.resolve(handler(request, reply)).catch(error => {
          failed.push(error)
          throw error
        })
      },
      post('/', '{"a": 1}'),
    )
    expect(responses.map(({ status }) => status)).toEqual([500])
    expect(failed).toEqual([expect.any(TypeError)])
  })

  it('can go on with the iterator that has begun', async () => {
    const responses = await responsesOf(
      async (request, reply) => {
        const body = request.body[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>
        let bytes = (await body.next()).value!.length
        for await (const chunk of body) bytes += chunk.length
        await reply.send(`${bytes}`)
      },
      post('/', 'content'),
    )
    expect(responses.map(({ text }) => text)).toEqual(['7'])
  })
})

describe('HandlerRequest.trailers', () => {
  const chunked = (...trailers: string[]) =>
    requestOf(
      'POST / HTTP/1.1',
      ['Host: a', 'Transfer-Encoding: chunked'],
      `3\r\nabc\r\n0\r\n${trailers.map(line => `${line}\r\n`).join('')}\r\n`,
    )
  const list: Handler = async (request, reply) => {
    const before = [...request.trailers]
    await request.text()
    await reply.json([before, [...request.trailers]])
  }

  it('has the headers behind a chunked body, once that is read', async () => {
    const responses = await responsesOf(list, chunked('X-Sum: 1', 'x-sum: 2', 'B: c'), chunked())
    expect(responses.map(({ text }) => JSON.parse(text))).toEqual([
      [
        [],
        [
          ['x-sum', '1, 2'],
          ['b', 'c'],
        ],
      ],
      [[], []],
    ])
  })

  it('may be kept', async () => {
    const kept: HandlerRequest[] = []
    const keep: Handler = async (request, reply) => {
      await request.text()
      kept.push(request)
      await reply.send()
    }
    await responsesOf(keep, chunked('A: first'), chunked('A: second'), get('/'))
    expect(kept.map(({ trailers }) => trailers.get('a'))).toEqual(['first', 'second', null])
  })
})
