import { describe, expect, it } from 'vitest'
import { Event, RequestParser } from '../../../src/parser/index.ts'
import type { Config } from '../../../src/server/config/config.ts'
import { ContentError } from '../../../src/server/connection/request-body.ts'
import {
  classify,
  Dispatcher,
  ENDPOINT_NAMES,
  Endpoint,
} from '../../../src/server/endpoints/endpoint.ts'
import { AssetStore } from '../../../src/server/files/asset-store.ts'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import { nodeContentCoder } from '../../../src/server/files/content-coder.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { Sites } from '../../../src/server/files/sites.ts'
import { type Handlers, HandlerTable } from '../../../src/server/handler/handlers.ts'
import { parseResponse } from '../../parse-responses.ts'
import { eventually } from '../eventually.ts'
import { configWith, FakeServer, get, post, requestOf } from '../fake-server.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const ALL: Config['endpoints'] = ['echo', 'user-agent', 'sleep', 'files']
const noop = (): void => {}

function endpointOf(
  requestLine: string,
  enabled: Config['endpoints'] = ALL,
  handlers: Handlers = {},
  health = true,
): string {
  const parser = new RequestParser()
  parser.feed(Buffer.from(requestOf(requestLine, ['Host: a'])))
  expect(parser.next(), requestLine).toBe(Event.Head)
  const endpoint = classify(parser.head, new HandlerTable(handlers), { endpoints: enabled, health })
  return Object.keys(Endpoint).find(name => Endpoint[name as keyof typeof Endpoint] === endpoint)!
}

describe('classify', () => {
  it.each([
    ['GET / HTTP/1.1', 'Static'],
    ['GET /echo/ HTTP/1.1', 'Echo'],
    ['GET /echo/a/b?c HTTP/1.1', 'Echo'],
    ['POST /echo/a HTTP/1.1', 'Echo'],
    ['GET /echo HTTP/1.1', 'Static'],
    ['GET /echoes/a HTTP/1.1', 'Static'],
    ['GET /a/echo/b HTTP/1.1', 'Static'],
    ['GET /user-agent HTTP/1.1', 'UserAgent'],
    ['GET /user-agent?a HTTP/1.1', 'UserAgent'],
    ['GET /user-agent/ HTTP/1.1', 'Static'],
    ['GET /User-Agent HTTP/1.1', 'Static'],
    ['GET /sleep HTTP/1.1', 'Sleep'],
    ['GET /sleep/ HTTP/1.1', 'Static'],
    ['GET /files/a HTTP/1.1', 'Uploads'],
    ['POST /files/a/b HTTP/1.1', 'Uploads'],
    ['GET /files/ HTTP/1.1', 'Uploads'],
    ['GET /files HTTP/1.1', 'Static'],
    ['GET http://a/echo/x HTTP/1.1', 'Echo'],
    ['GET http://a HTTP/1.1', 'Static'],
    ['OPTIONS * HTTP/1.1', 'Server'],
    ['CONNECT a:80 HTTP/1.1', 'Tunnel'],
    ['GET /-/live HTTP/1.1', 'Health'],
    ['GET /-/ready?a HTTP/1.1', 'Health'],
    ['PUT /-/ready HTTP/1.1', 'Health'],
    ['GET /-/ready/ HTTP/1.1', 'Static'],
    ['GET /-/readiness HTTP/1.1', 'Static'],
  ])('%s: %s', (requestLine, endpoint) => {
    expect(endpointOf(requestLine)).toBe(endpoint)
  })

  it('has no health endpoint if that is turned off', () => {
    expect(endpointOf('GET /-/live HTTP/1.1', ALL, {}, false)).toBe('Static')
    expect(endpointOf('GET /-/ready HTTP/1.1', ALL, {}, false)).toBe('Static')
  })

  it('prefers the health endpoint to a handler for all paths', () => {
    expect(endpointOf('GET /-/ready HTTP/1.1', ALL, { '/': noop })).toBe('Health')
    expect(endpointOf('GET /-/ready HTTP/1.1', ALL, { '/': noop }, false)).toBe('Handler')
  })

  it.each(['/echo/a', '/user-agent', '/sleep', '/files/a'])(
    'is Static for %s if its endpoint is not enabled',
    path => {
      expect(endpointOf(`GET ${path} HTTP/1.1`, [])).toBe('Static')
      expect(
        endpointOf(
          `GET ${path} HTTP/1.1`,
          ALL.filter(name => !path.startsWith(`/${name}`)),
        ),
      ).toBe('Static')
    },
  )

  it.each([
    ['GET /hook HTTP/1.1', 'Handler'],
    ['POST /hook?a HTTP/1.1', 'Handler'],
    ['GET http://a/hook HTTP/1.1', 'Handler'],
    ['GET /%68ook HTTP/1.1', 'Handler'],
    ['GET /hook/ HTTP/1.1', 'Static'],
    ['GET /Hook HTTP/1.1', 'Static'],
    ['GET /echo/mine HTTP/1.1', 'Handler'],
    ['GET /echo/other HTTP/1.1', 'Echo'],
    ['GET /%65cho/mine HTTP/1.1', 'Handler'],
  ])('with handlers for /hook and /echo/mine: %s: %s', (requestLine, endpoint) => {
    expect(endpointOf(requestLine, ALL, { '/hook': noop, '/echo/mine': noop })).toBe(endpoint)
  })
})

/** A dispatcher over a real root. `errors` collects what it logs. */
async function createDispatcher(handlers: Handlers = {}) {
  const errors: [error: unknown, request: string][] = []
  const config = configWith({ endpoints: [...ALL], root: temporaryFolder({ 'a.txt': 'A' }) })
  const server: FakeServer = new FakeServer(exchange => dispatcher.dispatch(exchange, context))
  const { clock } = server
  const platform = {
    fileSystem: nodeFileSystem,
    coder: nodeContentCoder,
    clock,
    buffers: new BufferPool(1000, 1000, 1),
  }
  const context = {
    ...server.context,
    ...platform,
    config,
    sites: await Sites.of(config, platform),
    assets: new AssetStore(config, platform),
    logError: (error: unknown, request: string) => errors.push([error, request]),
  }
  const dispatcher = new Dispatcher(new HandlerTable(handlers))
  /** Sends a request on a new connection. Resolves to its response. */
  const responseTo = async (request: string, method?: string) => {
    const transport = server.connect()
    transport.send(request)
    for (let i = 0; i < 200 && transport.text === ''; i++)
      await new Promise(resolve => setTimeout(resolve, 2))
    return parseResponse(transport.text, method)
  }
  return { server, errors, responseTo }
}

describe('Dispatcher', () => {
  it.each([
    ['/a.txt', 'GET, HEAD, OPTIONS'],
    ['/echo/a', 'GET, HEAD, OPTIONS'],
    ['/user-agent', 'GET, HEAD, OPTIONS'],
    ['/sleep', 'GET, HEAD, OPTIONS'],
    ['/files/a.txt', 'GET, HEAD, POST, PUT, OPTIONS'],
  ])(
    'checks the methods of %s: 405 with Allow, 204 to OPTIONS, 501 to an unknown one',
    async (path, allow) => {
      const { responseTo } = await createDispatcher()
      const other = await responseTo(requestOf(`DELETE ${path} HTTP/1.1`, ['Host: a']))
      expect([other.status, other.field('Allow')]).toEqual([405, allow])
      const options = await responseTo(requestOf(`OPTIONS ${path} HTTP/1.1`, ['Host: a']))
      expect([options.status, options.field('Allow')]).toEqual([204, allow])
      expect((await responseTo(requestOf(`BREW ${path} HTTP/1.1`, ['Host: a']))).status).toBe(501)
    },
  )

  it('responds to health checks, with 503 from /-/ready while draining, and logs neither', async () => {
    const { server, responseTo } = await createDispatcher()
    const live = await responseTo(get('/-/live'))
    expect([live.status, live.text, live.field('Cache-Control')]).toEqual([
      200,
      'live\n',
      'no-store',
    ])
    expect((await responseTo(get('/-/ready'))).text).toBe('ready\n')
    expect(
      (await responseTo(requestOf('HEAD /-/ready HTTP/1.1', ['Host: a']), 'HEAD')).status,
    ).toBe(200)
    expect(
      (await responseTo(requestOf('POST /-/ready HTTP/1.1', ['Host: a', 'Content-Length: 0'])))
        .status,
    ).toBe(405)
    // Part of the request has arrived, so the drain does not close the connection as idle.
    const late = server.connect()
    late.send(get('/-/ready').slice(0, 10))
    server.drain()
    late.send(get('/-/ready').slice(10))
    await eventually(() => expect(late.text).not.toBe(''))
    const ready = parseResponse(late.text)
    expect([ready.status, ready.text, ready.field('Connection')]).toEqual([
      503,
      'draining\n',
      'close',
    ])
    expect(server.logEntries).toEqual([])
  })

  it('responds to OPTIONS * for the server, and to CONNECT with 501', async () => {
    const { responseTo } = await createDispatcher()
    const options = await responseTo(requestOf('OPTIONS * HTTP/1.1', ['Host: a']))
    expect([options.status, options.field('Allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
    const tunnel = await responseTo(requestOf('CONNECT a:80 HTTP/1.1', ['Host: a:80']))
    expect([tunnel.status, tunnel.field('Connection')]).toEqual([501, 'close'])
  })

  it('passes unknown methods to a handler', async () => {
    const { responseTo } = await createDispatcher({
      '/pot': (request, reply) => reply.send(request.method),
    })
    expect((await responseTo(requestOf('BREW /pot HTTP/1.1', ['Host: a']))).text).toBe('BREW')
  })

  it('responds 500 if a handler throws or rejects, and logs that once', async () => {
    const error = new Error('broken')
    const { responseTo, errors } = await createDispatcher({
      '/throws': () => {
        throw error
      },
      '/rejects': async () => {
        throw error
      },
    })
    for (const path of ['/throws', '/rejects']) {
      const response = await responseTo(get(path))
      expect([response.status, response.text]).toEqual([500, '500 Internal Server Error\n'])
    }
    expect(errors).toEqual([
      [error, 'GET /throws'],
      [error, 'GET /rejects'],
    ])
  })

  it('responds 400 to a ContentError, and does not log it', async () => {
    const { responseTo, errors } = await createDispatcher({
      '/': () => {
        throw new ContentError('That is no colour.')
      },
    })
    const response = await responseTo(post('/', 'content'))
    expect([response.status, response.text]).toEqual([400, '400 Bad Request\nThat is no colour.\n'])
    expect(errors).toEqual([])
  })

  it('logs nothing if a handler ends because its client has vanished', async () => {
    const ended: string[] = []
    const { server, errors } = await createDispatcher({
      '/': async request => {
        await new Promise(resolve => request.signal.addEventListener('abort', resolve))
        ended.push(request.path)
      },
    })
    const transport = server.connect()
    transport.send(get('/'))
    transport.vanish()
    await new Promise(resolve => setImmediate(resolve))
    expect([ended, errors]).toEqual([['/'], []])
  })
})

describe('ENDPOINT_NAMES', () => {
  it('has the name of each endpoint at its number', () => {
    expect(ENDPOINT_NAMES[0]).toBe('none')
    expect(ENDPOINT_NAMES).toHaveLength(Object.keys(Endpoint).length + 1)
    expect(ENDPOINT_NAMES[Endpoint.Static]).toBe('static')
    expect(ENDPOINT_NAMES[Endpoint.UserAgent]).toBe('user-agent')
    expect(ENDPOINT_NAMES[Endpoint.Metrics]).toBe('metrics')
  })
})
