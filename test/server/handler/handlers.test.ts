import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type Handler, type Handlers, HandlerTable } from '../../../src/server/handler/handlers.ts'
import type { Log } from '../../../src/server/log/log.ts'
import { Server } from '../../../src/server/server.ts'
import { parseResponses } from '../../parse-responses.ts'
import { RawClient } from '../../raw-client.ts'
import { eventually } from '../eventually.ts'
import { configWith, get, post } from '../fake-server.ts'
import { serving } from '../serving.ts'
import { temporaryFolder } from '../temporary-folder.ts'

let unhandled: unknown[] = []
const onUnhandled = (reason: unknown) => unhandled.push(reason)

beforeEach(() => {
  unhandled = []
  process.on('unhandledRejection', onUnhandled)
})
afterEach(async () => {
  await new Promise(resolve => setImmediate(resolve))
  process.off('unhandledRejection', onUnhandled)
  expect(unhandled).toEqual([])
})

const handlerNamed = (name: string): Handler & { readonly label: string } =>
  Object.assign(() => {}, { label: name }) as Handler & { readonly label: string }

describe('HandlerTable', () => {
  const table = new HandlerTable({
    '/a': handlerNamed('/a'),
    '/a/': handlerNamed('/a/'),
    '/a/b/': handlerNamed('/a/b/'),
    '/a/b/c': handlerNamed('/a/b/c'),
    '/caf\u00e9': handlerNamed('/caf\u00e9'),
  })

  it.each([
    ['/a', '/a', '/a'],
    ['/a/', '/a/', '/a/'],
    ['/a/x', '/a/', '/a/x'],
    ['/a/bc', '/a/', '/a/bc'],
    ['/a/b', '/a/', '/a/b'],
    ['/a/b/', '/a/b/', '/a/b/'],
    ['/a/b/x/y', '/a/b/', '/a/b/x/y'],
    ['/a/b/c', '/a/b/c', '/a/b/c'],
    ['/%61', '/a', '/a'],
    ['/%61/%62/%63', '/a/b/c', '/a/b/c'],
    ['/caf%C3%A9', '/caf\u00e9', '/caf\u00e9'],
  ])('finds for %s the handler of %s, and the canonical path %s', (rawPath, name, path) => {
    const found = table.find(rawPath)
    expect([(found?.handler as { label?: string } | undefined)?.label, found?.path]).toEqual([
      name,
      path,
    ])
  })

  it.each([
    '/',
    '/ab',
    '/b',
    '/A',
    '/a%2Fb',
    '//a',
    '/./a',
    '/x/../a',
    '/a%00',
    '/a/.hidden',
    '/%',
  ])('finds none for %s', rawPath => {
    expect(table.find(rawPath)).toBe(undefined)
  })

  it('finds the handler of "/" for every path', () => {
    const all = new HandlerTable({ '/': handlerNamed('/') })
    for (const path of ['/', '/a', '/a/b/']) expect(all.find(path)?.path).toBe(path)
  })

  it('does not find names of Object.prototype', () => {
    expect(new HandlerTable({ '/a': handlerNamed('/a') }).find('/constructor')).toBe(undefined)
  })

  it.each(['a', '', '*', 'http://a/b'])('throws TypeError for the path %j', path => {
    expect(() => new HandlerTable({ [path]: handlerNamed(path) })).toThrow(TypeError)
  })
})

describe('serve({ handlers })', () => {
  it('calls a handler before it looks for files, whatever the spelling of the path', async () => {
    const say: Handler = (request, reply) => reply.send(`handled ${request.path}`)
    const { url } = await serving({
      root: temporaryFolder({ 'admin/x': 'file', other: 'file' }),
      handlers: { '/admin/': say },
    })
    for (const path of ['/admin/x', '/%61dmin/x', '/admin/%78?y', '/admin/'])
      expect(await (await fetch(url + path)).text()).toMatch(/^handled \/admin\/x?$/)
    expect(await (await fetch(`${url}/other`)).text()).toBe('file')
  })

  it('serves no file instead of a handler for another Unicode form, nor for bytes', async () => {
    const { url } = await serving({
      root: temporaryFolder({ 'caf\u00e9/x': 'secret', 'cafe\u0301/x': 'secret' }),
      handlers: { '/caf\u00e9/': (_request, reply) => reply.send('handled') },
    })
    for (const path of ['/caf%C3%A9/x', '/cafe%CC%81/x', '/caf%C3%A9/%E9'])
      expect(await (await fetch(url + path)).text(), path).toBe('handled')
  })

  it('serves no file instead of a handler for a spelling that is refused', async () => {
    const { url } = await serving({
      root: temporaryFolder({ 'admin/x': 'secret' }),
      handlers: { '/admin/': (_request, reply) => reply.send('handled') },
    })
    const client = await RawClient.connect(url)
    const paths = [
      '//admin/x',
      '/./admin/x',
      '/y/../admin/x',
      '/admin%2Fx',
      '/%2561dmin/x',
      '/admin\\x',
      '/admin//x',
    ]
    for (const path of paths) client.send(get(path))
    client.halfClose()
    const text = await client.ended()
    expect(text).not.toContain('secret')
    for (const response of parseResponses(text)) {
      expect([301, 400, 404]).toContain(response.status)
      if (response.status === 301) expect(response.field('location')).toBe('/admin/x')
    }
  })

  it('serves other requests while a handler waits', async () => {
    let release: () => void = () => {}
    const { url } = await serving({
      handlers: {
        '/slow': async (_request, reply) => {
          await new Promise<void>(resolve => {
            release = resolve
          })
          await reply.send('slow')
        },
        '/fast': (_request, reply) => reply.send('fast'),
      },
    })
    const slow = fetch(`${url}/slow`)
    for (let i = 0; i < 5; i++) expect(await (await fetch(`${url}/fast`)).text()).toBe('fast')
    release()
    expect(await (await slow).text()).toBe('slow')
  })

  it('responds to pipelined requests in order, whichever is ready first', async () => {
    const { url } = await serving({
      handlers: {
        '/wait/': async (request, reply) => {
          await new Promise(resolve => setTimeout(resolve, Number(request.query.get('ms'))))
          await reply.send(request.path)
        },
      },
    })
    const client = await RawClient.connect(url)
    client.send(get('/wait/1?ms=30') + get('/wait/2?ms=1') + get('/wait/3?ms=15'))
    client.halfClose()
    expect(parseResponses(await client.ended()).map(({ text }) => text)).toEqual([
      '/wait/1',
      '/wait/2',
      '/wait/3',
    ])
  })

  const faulty: Handlers = {
    '/throws': () => {
      throw new Error('thrown')
    },
    '/rejects': async () => {
      await null
      throw new Error('rejected')
    },
    '/throws-nothing': () => {
      throw undefined
    },
    '/rejects-nothing': () => Promise.reject(),
    '/nothing': async () => {},
    '/status': (_request, reply) => reply.status(99).send(),
    '/header': (_request, reply) => reply.header('a b', 'c').send(),
    '/json': (_request, reply) => reply.json(1n),
    '/number': (_request, reply) => reply.send(5 as never),
  }

  it.each(Object.keys(faulty))(
    'responds 500 if a handler fails, and continues for other clients: %s',
    async path => {
      const { url } = await serving({
        handlers: { ...faulty, '/good': (_request, reply) => reply.send('good') },
      })
      const [other, client] = [await RawClient.connect(url), await RawClient.connect(url)]
      client.send(get(path))
      const [response] = parseResponses(await client.ended())
      expect([response!.status, response!.field('Connection')]).toEqual([500, 'close'])
      expect(response!.text).not.toContain('Error:')
      other.send(get('/good'))
      await other.until(/good$/)
      expect(await (await fetch(`${url}/good`)).text()).toBe('good')
    },
  )

  it('keeps a response that was sent before its handler failed', async () => {
    const { url } = await serving({
      handlers: {
        '/throws': (_request, reply) => {
          reply.send('sent')
          throw new Error('late')
        },
        '/rejects': async (_request, reply) => {
          await reply.send('sent')
          throw new Error('late')
        },
        '/twice': (_request, reply) => {
          reply.send('sent')
          reply.send('again')
        },
        '/twice-later': async (_request, reply) => {
          await reply.send('sent')
          await reply.json('again')
        },
      },
    })
    for (const path of ['/throws', '/rejects', '/twice', '/twice-later']) {
      const client = await RawClient.connect(url)
      client.send(get(path, 'Connection: close'))
      const responses = parseResponses(await client.ended())
      expect(
        responses.map(({ status, text }) => [status, text]),
        path,
      ).toEqual([[200, 'sent']])
    }
  })

  it('resets the connection if a handler fails within its response', async () => {
    const { url } = await serving({
      handlers: {
        '/stream': (_request, reply) =>
          reply.send(
            (async function* () {
              yield 'the first part'
              throw new Error('no second part')
            })(),
          ),
        '/throws': async (_request, reply) => {
          reply.send(
            (async function* () {
              yield 'the first part'
              await new Promise(() => {})
            })(),
          )
          await new Promise(resolve => setTimeout(resolve, 20))
          throw new Error('within the response')
        },
      },
    })
    for (const path of ['/stream', '/throws']) {
      const client = await RawClient.connect(url)
      client.send(get(path))
      const text = await client.ended()
      expect(text, path).not.toContain('\r\n0\r\n\r\n')
      await expect(fetch(url + path).then(response => response.text())).rejects.toThrow()
    }
  })

  it('serves other clients if a handler never responds', async () => {
    const { url } = await serving({
      handlers: { '/never': () => {}, '/good': (_request, reply) => reply.send('good') },
    })
    const client = await RawClient.connect(url)
    client.send(get('/never'))
    expect(await (await fetch(`${url}/good`)).text()).toBe('good')
    expect(client.received).toBe('')
  })

  it('responds 504 and aborts a handler that does not respond in time', async () => {
    const aborted: string[] = []
    const { server, url } = await serving({
      handlerTimeoutMs: 200,
      handlers: {
        '/never/': request => {
          request.signal.addEventListener('abort', () => aborted.push(request.path))
        },
        '/late': async (request, reply) => {
          await new Promise(resolve => request.signal.addEventListener('abort', resolve))
          await reply.send('too late')
        },
        '/upload': async (request, reply) => {
          const text = await request.text()
          await reply.send(text)
        },
        '/stream': (_request, reply) =>
          reply.send(
            (async function* () {
              yield 'first'
              await new Promise(resolve => setTimeout(resolve, 500))
              yield ' and last'
            })(),
          ),
        '/good': (_request, reply) => reply.send('good'),
      },
    })
    const upload = await RawClient.connect(url)
    upload.send(post('/upload', 'content').slice(0, -3))
    const stream = fetch(`${url}/stream`)
    for (const path of ['/never/1', '/late']) {
      const client = await RawClient.connect(url)
      const startMs = performance.now()
      client.send(get(path))
      const responses = parseResponses(await client.ended())
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(200)
      expect(responses.map(response => [response.status, response.field('Connection')])).toEqual([
        [504, 'close'],
      ])
      client.halfClose()
    }
    expect(aborted).toEqual(['/never/1'])
    // Neither is late: one waited for its client, the other had begun its response.
    upload.send('ent')
    await upload.until(/content$/)
    expect(await (await stream).text()).toBe('first and last')
    expect(await (await fetch(`${url}/good`)).text()).toBe('good')
    await eventually(() => expect(server.closeCounts['handler-timeout']).toBe(2))
  })

  it('logs failures and timeouts with their request', async () => {
    const lines: unknown[] = []
    const error = (fields: { err: Error; request: string }, message: string) =>
      lines.push([fields.request, fields.err.message, message])
    const quiet = (): void => {}
    const handlers: Handlers = {
      '/throws': () => {
        throw new Error('thrown')
      },
      '/twice': async (_request, reply) => {
        await reply.send('once')
        await reply.send('twice')
      },
      '/never': () => {},
    }
    const log = { error, debug: quiet, info: quiet, warn: quiet } as Record<string, unknown> as Log
    const config = configWith({ root: temporaryFolder(), port: 0, handlerTimeoutMs: 100 })
    const server = await Server.start(config, { handlers, log, accessLog: undefined })
    onTestFinished(() => server.close())
    const statuses = []
    for (const path of ['/throws?a', '/twice', '/never'])
      statuses.push((await fetch(server.urls[0] + path)).status)
    expect(statuses).toEqual([500, 200, 504])
    expect(lines).toEqual([
      ['GET /throws?a', 'thrown', 'GET /throws?a failed'],
      ['GET /twice', 'the handler has responded already', 'GET /twice failed'],
      ['GET /never', 'no response within 100 ms', 'GET /never failed'],
    ])
  })

  it('throws ContentError to a handler that reads its body late, and reads no other request', async () => {
    const bodies: string[] = []
    const { url } = await serving({
      handlers: {
        '/late': async (request, reply) => {
          await reply.send('sent')
          bodies.push(await request.text().catch(error => error.name))
        },
        '/good': async (request, reply) => reply.send(`good ${await request.text()}`),
      },
    })
    const client = await RawClient.connect(url)
    client.send(
      post('/late', 'content') +
        post('/good', 'content') +
        post('/late', 'content') +
        post('/good', 'content'),
    )
    client.halfClose()
    const responses = parseResponses(await client.ended())
    expect(responses.map(({ text }) => text)).toEqual([
      'sent',
      'good content',
      'sent',
      'good content',
    ])
    expect(bodies).toEqual(['ContentError', 'ContentError'])
  })

  it('rejects with TypeError for a path that does not begin with a slash', async () => {
    const starting = serving({ handlers: { hook: () => {} } })
    await expect(starting).rejects.toThrow(TypeError)
  })

  it('aborts pending handlers on close()', async () => {
    const aborted: string[] = []
    const { server, url } = await serving({
      handlers: {
        '/slow': request =>
          request.signal.addEventListener('abort', () => aborted.push(request.path)),
      },
    })
    const client = await RawClient.connect(url)
    client.send(get('/slow'))
    await new Promise(resolve => setTimeout(resolve, 50))
    await server.close()
    expect(aborted).toEqual(['/slow'])
    onTestFinished(() => server.close())
  })
})
