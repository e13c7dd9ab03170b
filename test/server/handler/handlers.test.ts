import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type Handler, type Handlers, HandlerTable } from '../../../src/server/handler/handlers.ts'
import type { Log } from '../../../src/server/log/log.ts'
import { Server } from '../../../src/server/server.ts'
import { parseAnswers } from '../answers.ts'
import { eventually } from '../eventually.ts'
import { configWith, get, post } from '../fake-server.ts'
import { RawClient } from '../raw-client.ts'
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

const named = (name: string): Handler & { readonly label: string } =>
  Object.assign(() => {}, { label: name }) as Handler & { readonly label: string }

describe('HandlerTable', () => {
  const table = new HandlerTable({
    '/a': named('/a'),
    '/a/': named('/a/'),
    '/a/b/': named('/a/b/'),
    '/a/b/c': named('/a/b/c'),
    '/caf\u00e9': named('/caf\u00e9'),
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
  ])('finds for %s that of %s, and the canonical path %s', (rawPath, name, path) => {
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

  it('has one for everything with "/"', () => {
    const all = new HandlerTable({ '/': named('/') })
    for (const path of ['/', '/a', '/a/b/']) expect(all.find(path)?.path).toBe(path)
  })

  it('is not fooled by names that every object has', () => {
    expect(new HandlerTable({ '/a': named('/a') }).find('/constructor')).toBe(undefined)
  })

  it.each(['a', '', '*', 'http://a/b'])('throws TypeError for the path %j', path => {
    expect(() => new HandlerTable({ [path]: named(path) })).toThrow(TypeError)
  })
})

describe('handlers of serve()', () => {
  it('are found by path, before endpoints and files, whatever the spelling', async () => {
    const say: Handler = (request, reply) => reply.send(`handled ${request.path}`)
    const { url } = await serving({
      root: temporaryFolder({ 'admin/x': 'file', other: 'file' }),
      handlers: { '/admin/': say },
    })
    for (const path of ['/admin/x', '/%61dmin/x', '/admin/%78?y', '/admin/'])
      expect(await (await fetch(url + path)).text()).toMatch(/^handled \/admin\/x?$/)
    expect(await (await fetch(`${url}/other`)).text()).toBe('file')
  })

  it('cannot be passed by with a spelling that is refused', async () => {
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
    client.finish()
    const text = await client.ended()
    expect(text).not.toContain('secret')
    for (const answer of parseAnswers(text)) expect([400, 404]).toContain(answer.status)
  })

  it('answer at once or later, and hold up nobody', async () => {
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

  it('answer pipelined requests in order, whichever is ready first', async () => {
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
    client.finish()
    expect(parseAnswers(await client.ended()).map(({ body }) => body)).toEqual([
      '/wait/1',
      '/wait/2',
      '/wait/3',
    ])
  })

  const bad: Handlers = {
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
    '/field': (_request, reply) => reply.header('a b', 'c').send(),
    '/json': (_request, reply) => reply.json(1n),
    '/number': (_request, reply) => reply.send(5 as never),
  }

  it.each(Object.keys(bad))(
    'that are wrong get their client a 500, and harm nobody else: %s',
    async path => {
      const { url } = await serving({
        handlers: { ...bad, '/good': (_request, reply) => reply.send('good') },
      })
      const [other, client] = [await RawClient.connect(url), await RawClient.connect(url)]
      client.send(get(path))
      const [answer] = parseAnswers(await client.ended())
      expect([answer!.status, answer!.field('Connection')]).toEqual([500, 'close'])
      expect(answer!.body).not.toContain('Error:')
      other.send(get('/good'))
      await other.until(/good$/)
      expect(await (await fetch(`${url}/good`)).text()).toBe('good')
    },
  )

  it('that answer and then fail have answered', async () => {
    const { url } = await serving({
      handlers: {
        '/throws': (_request, reply) => {
          reply.send('answered')
          throw new Error('late')
        },
        '/rejects': async (_request, reply) => {
          await reply.send('answered')
          throw new Error('late')
        },
        '/twice': (_request, reply) => {
          reply.send('answered')
          reply.send('again')
        },
        '/twice-later': async (_request, reply) => {
          await reply.send('answered')
          await reply.json('again')
        },
      },
    })
    for (const path of ['/throws', '/rejects', '/twice', '/twice-later']) {
      const client = await RawClient.connect(url)
      client.send(get(path, 'Connection: close'))
      const answers = parseAnswers(await client.ended())
      expect(
        answers.map(({ status, body }) => [status, body]),
        path,
      ).toEqual([[200, 'answered']])
    }
  })

  it('that fail within an answer cut the connection: the client sees that it is not whole', async () => {
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
          throw new Error('while it is answered')
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

  it('that never answer do so for one client', async () => {
    const { url } = await serving({
      handlers: { '/never': () => {}, '/good': (_request, reply) => reply.send('good') },
    })
    const client = await RawClient.connect(url)
    client.send(get('/never'))
    expect(await (await fetch(`${url}/good`)).text()).toBe('good')
    expect(client.text).toBe('')
  })

  it('that do not answer in time are aborted, and their client gets a 504', async () => {
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
      const answers = parseAnswers(await client.ended())
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(200)
      expect(answers.map(answer => [answer.status, answer.field('Connection')])).toEqual([
        [504, 'close'],
      ])
      client.finish()
    }
    expect(aborted).toEqual(['/never/1'])
    // It was the client that was waited for, and then a part that is not the first.
    upload.send('ent')
    await upload.until(/content$/)
    expect(await (await stream).text()).toBe('first and last')
    expect(await (await fetch(`${url}/good`)).text()).toBe('good')
    await eventually(() => expect(server.closeCounts['handler-timeout']).toBe(2))
  })

  it('that fail or do not answer are logged, with their request', async () => {
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

  it('that read the content when they have answered are told that it does not come, and touch no other request', async () => {
    const outcomes: string[] = []
    const { url } = await serving({
      handlers: {
        '/late': async (request, reply) => {
          await reply.send('answered')
          outcomes.push(await request.text().catch(error => error.name))
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
    client.finish()
    const answers = parseAnswers(await client.ended())
    expect(answers.map(({ body }) => body)).toEqual([
      'answered',
      'good content',
      'answered',
      'good content',
    ])
    expect(outcomes).toEqual(['ContentError', 'ContentError'])
  })

  it('that are not for a path that begins with a slash are refused by serve()', async () => {
    const starting = serving({ handlers: { hook: () => {} } })
    await expect(starting).rejects.toThrow(TypeError)
  })

  it('leave nothing to finish after close()', async () => {
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
