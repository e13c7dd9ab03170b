import { describe, expect, it } from 'vitest'
import type { Handlers } from '../../../src/server/handler/handlers.ts'
import type { ServeOptions } from '../../../src/server/serve.ts'
import { parseResponses } from '../../parse-responses.ts'
import { RawClient } from '../../raw-client.ts'
import { get, post, requestOf } from '../fake-server.ts'
import { serving } from '../serving.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const HANDLERS: Handlers = {
  '/text': (_, reply) => reply.send('text'),
  '/json': async (request, reply) => reply.json(await request.json()),
  '/file': (_, reply) => reply.file('page.html'),
  '/missing': (_, reply) => reply.file('nothing'),
  '/stream': (_, reply) =>
    reply.send(
      (async function* () {
        yield 'text'
      })(),
    ),
  '/response': (_, reply) => reply.send(new Response('text')),
  '/not-modified': (_, reply) => reply.status(304).send(),
  '/throws': () => {
    throw new Error('thrown')
  },
  '/never': () => {},
  '/own': (_, reply) =>
    reply
      .header('X-Rule', 'own')
      .header('Content-Security-Policy', 'own')
      .header('X-Frame-Options', 'DENY')
      .header('Server', 'own')
      .append('Set-Cookie', 'a=1')
      .append('Set-Cookie', 'b=2')
      .append('Vary', 'X-A')
      .send('text'),
  '/own-file': (_, reply) =>
    reply.header('X-Rule', 'own').header('Content-Security-Policy', 'own').file('page.html'),
}

const OPTIONS: ServeOptions = {
  cors: ['https://a.example'],
  securityHeaders: true,
  contentSecurityPolicy: "default-src 'self'",
  rules: {
    headers: [
      { match: '/**', set: { 'X-Rule': 'rule', 'Set-Cookie': 'rule=1' }, unset: ['Server'] },
    ],
  },
  handlers: HANDLERS,
  endpoints: ['echo', 'user-agent', 'sleep', 'files'],
  handlerTimeoutMs: 100,
  sleepMs: 0,
  contentBytesMax: 100,
  fieldsBytesMax: 1000,
}

const siteWith = (options: ServeOptions = {}) =>
  serving({
    root: temporaryFolder({ 'page.html': 'page', 'note.txt': 'note' }),
    ...OPTIONS,
    ...options,
  })

async function responseTo(request: string, options: ServeOptions = {}) {
  const { url } = await siteWith(options)
  const client = (await RawClient.connect(url)).send(request)
  client.halfClose()
  return parseResponses(await client.ended(), [request.slice(0, request.indexOf(' '))])[0]!
}

const withOrigin = (path: string) => get(path, 'Origin: https://a.example')

/** Requests whose responses come from everywhere in the server. */
const EVERYWHERE: readonly (readonly [request: string, status: number])[] = [
  ...['text', 'stream', 'response', 'file'].map(name => [withOrigin(`/${name}`), 200] as const),
  [withOrigin('/missing'), 404],
  [withOrigin('/not-modified'), 304],
  [withOrigin('/throws'), 500],
  [withOrigin('/never'), 504],
  [post('/json', 'not JSON', 'Origin: https://a.example'), 400],
  [post('/json', 'x'.repeat(101), 'Origin: https://a.example'), 413],
  [withOrigin('/page'), 200],
  [withOrigin('/page.html'), 200],
  [withOrigin('/page/'), 301],
  [withOrigin('//page'), 301],
  [withOrigin('/nothing'), 404],
  [post('/page', '', 'Origin: https://a.example'), 405],
  [withOrigin('/echo/a'), 200],
  [withOrigin('/user-agent'), 400],
  [withOrigin('/sleep'), 200],
  [withOrigin('/files/note.txt'), 200],
  [withOrigin('/files/nothing'), 404],
  [post('/echo/a', '', 'Origin: https://a.example'), 405],
  [withOrigin('/-/live'), 200],
  [get('/', 'Origin: https://a.example', 'Expect: something'), 417],
]

describe('the headers of a site', () => {
  it.each(EVERYWHERE)('are on every response: %j, %d', async (request, status) => {
    const response = await responseTo(request)
    expect(response.status).toBe(status)
    expect(response.values('access-control-allow-origin')).toEqual(['https://a.example'])
    expect(response.field('vary')).toMatch(/\bOrigin\b/)
    expect(response.values('x-frame-options')).toEqual(['SAMEORIGIN'])
    expect(response.values('content-security-policy')).toHaveLength(1)
    expect(response.values('x-rule')).toEqual(['rule'])
  })

  it.each([
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET /\r\n\r\n', 400],
    [get('/', `X: ${'x'.repeat(1000)}`), 431],
  ])('are on refusals of what is no request: %j, %d', async (request, status) => {
    const response = await responseTo(request, { cors: ['*'] })
    expect(response.status).toBe(status)
    expect(response.values('access-control-allow-origin')).toEqual(['*'])
    expect(response.values('x-frame-options')).toEqual(['SAMEORIGIN'])
    expect(response.values('content-security-policy')).toEqual(["default-src 'self'"])
  })

  it('are on the responses of a handler of the Web', async () => {
    const fetch = (request: Request) =>
      request.url.endsWith('own')
        ? new Response('x', { headers: { 'X-Rule': 'own' } })
        : new Response('x')
    for (const [path, rule] of [
      ['/x', 'rule'],
      ['/x/own', 'own'],
    ] as const) {
      const response = await responseTo(withOrigin(path), { fetch })
      expect(response.values('x-rule')).toEqual([rule])
      expect(response.values('access-control-allow-origin')).toEqual(['https://a.example'])
    }
  })

  it('do not replace or remove what a handler sets', async () => {
    const response = await responseTo(withOrigin('/own'))
    expect(response.values('x-rule')).toEqual(['own'])
    expect(response.values('content-security-policy')).toEqual(['own'])
    expect(response.values('x-frame-options')).toEqual(['DENY'])
    expect(response.values('server')).toEqual(['own'])
    expect(response.values('set-cookie')).toEqual(['a=1', 'b=2'])
    expect(response.values('vary')).toEqual(['X-A, Origin'])
    const file = await responseTo(withOrigin('/own-file'))
    expect(file.values('x-rule')).toEqual(['own'])
    expect(file.values('content-security-policy')).toEqual(['own'])
  })

  it('do not change how long a state of health, or metrics, may be cached', async () => {
    for (const path of ['/-/live', '/-/metrics']) {
      const response = await responseTo(get(path), {
        metrics: true,
        rules: { headers: [{ match: '/**', set: { 'Cache-Control': 'max-age=60' } }] },
      })
      expect(response.status).toBe(200)
      expect(response.values('cache-control')).toEqual(['no-store'])
    }
  })

  it('come with the sandbox of uploaded pages', async () => {
    const response = await responseTo(withOrigin('/files/page.html'))
    expect(response.values('content-security-policy')).toEqual(["default-src 'self'", 'sandbox'])
  })

  it('depend on the status of the response that is sent', async () => {
    const rules = {
      headers: [
        { match: '/**', set: { 'X-Any': 'any', 'Cache-Control': 'max-age=60' } },
        { match: '/**', status: 200, set: { 'X-Rule': '200' } },
        { match: '/**', status: [404, 418], set: { 'X-Rule': 'absent' } },
        { match: '/**', status: 500, set: { 'X-Rule': '500' } },
      ],
      cache: [{ match: '/**', status: 418, control: 'max-age=7' }],
    }
    const handlers: Handlers = {
      ...HANDLERS,
      '/teapot': (_, reply) => reply.status(418).send('teapot'),
      '/file-404': (_, reply) => reply.status(404).file('page.html'),
    }
    for (const [path, rule, cacheControl] of [
      ['/text', '200', 'max-age=60'],
      ['/not-modified', '200', 'max-age=60'],
      ['/teapot', 'absent', 'max-age=7'],
      ['/file-404', 'absent', 'no-cache'],
      ['/missing', 'absent', undefined],
      ['/throws', '500', undefined],
      ['/page', '200', 'max-age=60'],
      ['/nothing', 'absent', undefined],
    ] as const) {
      const response = await responseTo(get(path), { rules, handlers })
      expect([path, ...response.values('x-rule')]).toEqual([path, rule])
      expect(response.values('x-any')).toEqual(['any'])
      expect(response.field('cache-control')).toBe(cacheControl)
    }
  })

  it('are the same in responses from memory', async () => {
    const rules = { headers: [{ match: '/*.html', status: 200, set: { 'X-File': 'html' } }] }
    const { url } = await siteWith({ rules, cors: ['*'] })
    for (const path of ['/page', '/page.html']) {
      const seen = []
      for (let round = 0; round < 4; round++) {
        const headers = Object.fromEntries((await fetch(url + path)).headers)
        seen.push({ ...headers, date: '', connection: '', 'keep-alive': '' })
      }
      expect(seen[0]).toMatchObject({ 'x-file': 'html', 'x-frame-options': 'SAMEORIGIN' })
      expect(seen[0]).toHaveProperty('access-control-allow-origin', '*')
      expect('link' in seen[0]!).toBe(path === '/page.html')
      for (const one of seen) expect(one).toEqual(seen[0])
    }
  })
})

describe('a preflight for a handler', () => {
  const preflight = (path: string) =>
    requestOf(`OPTIONS ${path} HTTP/1.1`, [
      'Host: a',
      'Origin: https://a.example',
      'Access-Control-Request-Method: PUT',
      'Access-Control-Request-Headers: X-A',
    ])

  it.each(['/text', '/json', '/file', '/missing', '/stream', '/response', '/throws'])(
    'is responded to by the server, whatever the handler makes of it: %s',
    async path => {
      const response = await responseTo(preflight(path))
      expect(response.status).toBe(204)
      expect(response.values('access-control-allow-origin')).toEqual(['https://a.example'])
      expect(response.field('access-control-allow-methods')).toMatch(/\bPUT\b/)
      expect(response.field('access-control-allow-headers')).toBe('X-A')
    },
  )

  it('is the handler’s if it responds to it', async () => {
    const response = await responseTo(preflight('/cors'), {
      handlers: {
        '/cors': (request, reply) =>
          reply
            .status(200)
            .header('Access-Control-Allow-Methods', `${request.method}, LINK`)
            .header('Access-Control-Allow-Origin', 'https://b.example')
            .send('mine'),
      },
    })
    expect([response.status, response.text]).toEqual([200, 'mine'])
    expect(response.values('access-control-allow-methods')).toEqual(['OPTIONS, LINK'])
    expect(response.values('access-control-allow-origin')).toEqual(['https://b.example'])
  })

  it('is the handler’s without cors, and so is any other OPTIONS', async () => {
    expect((await responseTo(preflight('/text'), { cors: undefined as never })).text).toBe('text')
    const options = requestOf('OPTIONS /text HTTP/1.1', ['Host: a'])
    expect((await responseTo(options)).text).toBe('text')
  })

  it('closes the stream of the handler’s response', async () => {
    let closed = 0
    const stream = () => new ReadableStream<string>({ cancel: () => void closed++ })
    const handlers: Handlers = { '/x': (_, reply) => reply.send(stream()) }
    expect((await responseTo(preflight('/x'), { handlers })).status).toBe(204)
    expect(closed).toBe(1)
  })

  it.each<[string, () => Response | undefined]>([
    ['404', () => new Response('none', { status: 404 })],
    ['nothing', () => undefined],
  ])('is responded to by the server for a handler of the Web: %s', async (_, fetch) => {
    const response = await responseTo(preflight('/x'), { fetch: fetch as never })
    expect(response.status).toBe(204)
    expect(response.field('access-control-allow-methods')).toMatch(/\bPUT\b/)
  })
})

describe('a rewrite', () => {
  const rewriting = () =>
    siteWith({
      rules: {
        rewrites: [
          { match: '/old/:name', to: '/api/:name' },
          { match: '/web/:name', to: '/fetched/:name' },
        ],
        redirects: [{ match: '/old/moved', to: '/new' }],
      },
      handlers: { '/api/': (request, reply) => reply.send(`${request.path} ${request.url}`) },
      fetch: request => new Response(request.url.replace(/^.*:\d+/, '')),
    })

  it('leads to a handler, for every method, each time', async () => {
    const { url } = await rewriting()
    for (const method of ['GET', 'GET', 'POST', 'DELETE']) {
      const response = await fetch(`${url}/old/a?b`, { method })
      expect(await response.text()).toBe('/api/a /old/a?b')
    }
    expect((await fetch(`${url}/old/moved`, { redirect: 'manual' })).headers.get('location')).toBe(
      '/new',
    )
  })

  it('leads to a handler of the Web, which gets the rewritten URL', async () => {
    const { url } = await rewriting()
    for (const method of ['GET', 'PUT'])
      expect(await (await fetch(`${url}/web/a%20b?c`, { method })).text()).toBe('/fetched/a%20b?c')
  })
})
