import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { streamSSE } from 'hono/streaming'
import { describe, expect, it } from 'vitest'
import type { FetchHandler } from '../../../src/server/handler/fetch-handler.ts'
import type { Log } from '../../../src/server/log/log.ts'
import type { ServeOptions } from '../../../src/server/serve.ts'
import { Server } from '../../../src/server/server.ts'
import { parseResponse, parseResponses } from '../../parse-responses.ts'
import { RawClient } from '../../raw-client.ts'
import { eventually } from '../eventually.ts'
import { configWith, get, post, requestOf } from '../fake-server.ts'
import { serving } from '../serving.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'

const TREE: Tree = {
  'index.html': 'index',
  'page.html': 'page',
  'folder/a.txt': 'file',
  '404.html': 'the page for 404',
  '.env': 'secret',
}

const siteWith = (fetch: FetchHandler, options: ServeOptions = {}) =>
  serving({ root: temporaryFolder(TREE), fetch, ...options })

/** Responds with the method and the URL that it was asked for. */
const echo: FetchHandler = ({ method, url }) =>
  new Response(`${method} ${new URL(url).pathname}${new URL(url).search}`)

const textOf = async (url: string, init?: RequestInit) => (await fetch(url, init)).text()

/** Sends requests as they are. Resolves to the responses. */
async function responsesTo(url: string, ...requests: string[]) {
  const client = await RawClient.connect(url)
  for (const request of requests) client.send(request)
  client.halfClose()
  return parseResponses(await client.ended())
}

describe('serve({ fetch })', () => {
  it('asks the handler where no file is found', async () => {
    const { url } = await siteWith(echo)
    expect(await textOf(`${url}/`)).toBe('index')
    expect(await textOf(`${url}/page`)).toBe('page')
    expect(await textOf(`${url}/page.html`)).toBe('page')
    expect(await textOf(`${url}/folder/a.txt`)).toBe('file')
    for (const path of ['/api', '/folder/', '/.env', '/a%2Fb', '/folder/b?c=d%20e'])
      for (let count = 0; count < 2; count++)
        expect(await textOf(url + path), path).toBe(`GET ${path}`)
  })

  it('asks the handler for all methods but GET and HEAD', async () => {
    const { url } = await siteWith(echo)
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PURGE'])
      expect(await textOf(`${url}/page`, { method })).toBe(`${method} /page`)
  })

  it('refuses methods that a Request cannot have', async () => {
    const { url } = await siteWith(echo)
    const requests = ['TRACE', 'get', 'TRACK'].map(method =>
      requestOf(`${method} /x HTTP/1.1`, ['Host: a']),
    )
    expect((await responsesTo(url, ...requests)).map(({ status }) => status)).toEqual([
      405, 501, 501,
    ])
  })

  it('sends the site’s 404 if the handler returns nothing', async () => {
    const { url } = await siteWith((() => undefined) as never)
    const response = await fetch(`${url}/x`)
    expect([response.status, await response.text()]).toEqual([404, 'the page for 404'])
    expect((await fetch(`${url}/x`, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${url}/a%5Cb`)).status).toBe(400)
  })

  it('sends the handler’s 404', async () => {
    const { url } = await siteWith(() => new Response('mine', { status: 404 }))
    for (const path of ['/x', '/.env']) expect(await textOf(url + path)).toBe('mine')
  })

  it('is given the headers, the method and the URL with its Host', async () => {
    const requests: Request[] = []
    const { url } = await siteWith(request => {
      requests.push(request)
      return new Response()
    })
    await responsesTo(
      url,
      requestOf('GET /a?b HTTP/1.1', ['Host: Example.com:81', 'X-A: 1', 'x-a: 2', 'Cookie: c=d']),
      requestOf('GET http://other.example/c HTTP/1.1', ['Host: a']),
      requestOf('GET /d HTTP/1.0', []),
    )
    expect(requests.map(request => request.url)).toEqual([
      'http://example.com:81/a?b',
      'http://other.example/c',
      'http://localhost/d',
    ])
    expect(requests[0]).toBeInstanceOf(Request)
    expect([requests[0]!.headers.get('X-A'), requests[0]!.headers.get('cookie')]).toEqual([
      '1, 2',
      'c=d',
    ])
    expect(new Request(requests[0]!).url).toBe(requests[0]!.url)
  })

  it('is a 400 if Host does not make a URL', async () => {
    const { url } = await siteWith(echo)
    const [response] = await responsesTo(url, requestOf('GET /x HTTP/1.1', ['Host: a:99999']))
    expect(response!.status).toBe(400)
  })

  it('serves other hosts and handlers as before', async () => {
    const { url } = await siteWith(echo, {
      handlers: { '/h': (_, reply) => reply.send('handler') },
    })
    expect(await textOf(`${url}/h`)).toBe('handler')
    const response = await fetch(`${url}/-/live`)
    expect(await response.text()).toBe('live\n')
  })

  it.each<[string, FetchHandler]>([
    [
      'throws',
      () => {
        throw new Error('thrown')
      },
    ],
    ['rejects', () => Promise.reject(new Error('rejected'))],
    ['returns no Response', (() => 'text') as never],
  ])('responds 500 if the handler %s, and logs it', async (_, handler) => {
    const lines: unknown[] = []
    const log = { error: (_: object, text: string) => lines.push(text), debug() {}, warn() {} }
    const server = await Server.start(configWith({ root: temporaryFolder(TREE), port: 0 }), {
      handlers: {},
      fetch: { handler, isFirst: false },
      log: log as unknown as Log,
      accessLog: undefined,
    })
    const response = await fetch(`${server.urls[0]}/x?y`)
    expect(response.status).toBe(500)
    expect(lines).toEqual(['GET /x?y failed'])
    await server.close()
  })

  it('responds to HEAD without a body, which is closed', async () => {
    let cancelled = 0
    const { url } = await siteWith(
      () => new Response(new ReadableStream({ cancel: () => void cancelled++ })),
    )
    const client = await RawClient.connect(url)
    expect((await client.request(requestOf('HEAD /x HTTP/1.1', ['Host: a']))).status).toBe(200)
    expect(cancelled).toBe(1)
  })

  it('has cookies as lines of their own', async () => {
    const headers = new Headers([
      ['Set-Cookie', 'a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT'],
      ['Set-Cookie', 'b=2'],
    ])
    const { url } = await siteWith(() => new Response('x', { headers }))
    expect((await fetch(`${url}/x`)).headers.getSetCookie()).toEqual([...headers.getSetCookie()])
  })
})

describe('serve({ fetch }), streaming', () => {
  it('passes the body of a request on while it arrives, and the response while it is made', async () => {
    const { url } = await siteWith(({ body }) => new Response(body), { contentBytesMax: '10MiB' })
    const client = await RawClient.connect(url)
    client.send('POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    for (const part of ['one', 'two', 'six']) {
      client.send(`3\r\n${part}\r\n`)
      await client.until(new RegExp(part))
    }
    client.send('0\r\n\r\n').halfClose()
    expect(parseResponse(await client.ended()).text).toBe('onetwosix')
    const large = 'x'.repeat(5_000_000)
    expect(await textOf(`${url}/x`, { method: 'POST', body: large })).toBe(large)
  })

  it('gives no body to a handler that reads it after the head, if the client awaits a 100', async () => {
    const { url } = await siteWith(
      ({ body }) =>
        new Response(
          new ReadableStream({
            async start(controller) {
              controller.enqueue(Buffer.from('begun'))
              await new Promise(resolve => setTimeout(resolve, 50))
              await body!.getReader().read()
            },
          }),
        ),
    )
    const client = await RawClient.connect(url)
    client.send(post('/x', 'content', 'Expect: 100-continue').slice(0, -7))
    const { rest } = await client.ending()
    expect(rest).toMatch(/^HTTP\/1.1 200 .*begun\r\n$/s)
  })

  it('has text, JSON and forms as bodies of requests', async () => {
    const { url } = await siteWith(async request => {
      const type = request.headers.get('content-type')!
      if (type.includes('json')) return Response.json({ got: await request.json() })
      if (type.includes('form')) return Response.json([...(await request.formData()).keys()])
      return new Response(await request.text())
    })
    const body = new FormData()
    body.append('name', new Blob(['content']), 'a.txt')
    expect(await textOf(`${url}/x`, { method: 'POST', body })).toBe('["name"]')
    expect(await textOf(`${url}/x`, { method: 'POST', body: 'text' })).toBe('text')
    const headers = { 'Content-Type': 'application/json' }
    expect(await textOf(`${url}/x`, { method: 'POST', body: '[1]', headers })).toBe('{"got":[1]}')
  })

  it('is a 413 for a body over its limit, and a 500 for one read twice', async () => {
    const { url } = await siteWith(
      async request => new Response((await request.text()) + (await request.text())),
      { contentBytesMax: 10 },
    )
    expect((await responsesTo(url, post('/x', 'x'.repeat(11))))[0]!.status).toBe(413)
    expect((await responsesTo(url, post('/x', 'content')))[0]!.status).toBe(500)
  })

  it('continues on the connection after a body that the handler left unread', async () => {
    const { url } = await siteWith(echo)
    const responses = await responsesTo(url, post('/1', 'content'), get('/2'))
    expect(responses.map(({ text }) => text)).toEqual(['POST /1', 'GET /2'])
  })

  it('aborts the signal and cancels the body when the client leaves', async () => {
    const events: string[] = []
    const { url } = await siteWith(request => {
      request.signal.addEventListener('abort', () => events.push('abort'))
      request.clone().signal.addEventListener('abort', () => events.push('abort of a clone'))
      return new Response(new ReadableStream({ cancel: () => void events.push('cancel') }))
    })
    const client = (await RawClient.connect(url)).send(get('/x'))
    await client.until(/\r\n\r\n/)
    expect(events).toEqual([])
    client.reset()
    await eventually(() =>
      expect(events.toSorted()).toEqual(['abort', 'abort of a clone', 'cancel']),
    )
  })
})

describe('serve({ fetch, fetchFirst: true })', () => {
  const first = (fetch: FetchHandler, options: ServeOptions = {}) =>
    siteWith(fetch, { fetchFirst: true, ...options })

  it('asks the handler before it looks for files', async () => {
    const { url } = await first(echo)
    for (const path of ['/', '/page', '/folder/a.txt', '/x'])
      expect(await textOf(url + path)).toBe(`GET ${path}`)
  })

  it('sends files where the handler has nothing, and asks it each time', async () => {
    let asked = 0
    let status = 404
    const { url } = await first(() => {
      asked++
      return new Response(`mine ${status}`, { status })
    })
    for (let count = 0; count < 3; count++) expect(await textOf(`${url}/page`)).toBe('page')
    expect(asked).toBe(3)
    status = 203
    expect(await textOf(`${url}/page`)).toBe('mine 203')
    status = 404
    expect(await textOf(`${url}/nothing`)).toBe('mine 404')
    expect(await textOf(`${url}/page`, { method: 'POST' })).toBe('mine 404')
  })

  it('sends the site’s 404 if neither has anything', async () => {
    const { url } = await first((() => undefined) as never)
    expect(await textOf(`${url}/page`)).toBe('page')
    expect(await textOf(`${url}/nothing`)).toBe('the page for 404')
    expect((await fetch(`${url}/page`, { method: 'DELETE' })).status).toBe(405)
  })

  it('cancels the body of a 404 that a file replaces', async () => {
    let cancelled = 0
    const body = () => new ReadableStream({ cancel: () => void cancelled++ })
    const { url } = await first(() => new Response(body(), { status: 404 }))
    expect(await textOf(`${url}/page`)).toBe('page')
    expect(cancelled).toBe(1)
  })
})

describe('an application made with Hono', () => {
  const app = new Hono()
  app.get('/api/hello/:name', context => context.text(`Hello ${context.req.param('name')}`))
  app.post('/api/sum', async context => {
    const { numbers } = await context.req.json<{ numbers: number[] }>()
    return context.json({ sum: numbers.reduce((sum, one) => sum + one, 0) })
  })
  app.get('/api/login', context => {
    setCookie(context, 'a', '1', { httpOnly: true })
    setCookie(context, 'b', '2')
    return context.redirect('/')
  })
  app.get('/api/events', context =>
    streamSSE(context, async stream => {
      for (let id = 0; id < 3; id++) await stream.writeSSE({ data: 'tick', id: String(id) })
    }),
  )
  app.get('/api/fails', () => {
    throw new Error('failed')
  })
  app.onError((error, context) => context.text(error.message, 500))

  it('runs beside the files of the site', async () => {
    const { url } = await siteWith(app.fetch)
    expect(await textOf(`${url}/page`)).toBe('page')
    expect(await textOf(`${url}/api/hello/you`)).toBe('Hello you')
    const body = JSON.stringify({ numbers: [1, 2, 3] })
    expect(await textOf(`${url}/api/sum`, { method: 'POST', body })).toBe('{"sum":6}')
    const login = await fetch(`${url}/api/login`, { redirect: 'manual' })
    expect([login.status, login.headers.getSetCookie()]).toEqual([
      302,
      ['a=1; Path=/; HttpOnly', 'b=2; Path=/'],
    ])
    expect((await textOf(`${url}/api/events`)).match(/data: tick/g)).toHaveLength(3)
    expect((await fetch(`${url}/api/fails`)).status).toBe(500)
    expect(await textOf(`${url}/nothing`)).toBe('404 Not Found')
    expect((await fetch(`${url}/api/hello/x`, { method: 'HEAD' })).status).toBe(200)
  })
})
