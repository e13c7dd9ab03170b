import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Handler, Handlers } from '../../../src/server/handler/handlers.ts'
import { parseResponse, parseResponses } from '../../parse-responses.ts'
import { RawClient } from '../../raw-client.ts'
import { eventually } from '../eventually.ts'
import { get, post, requestOf } from '../fake-server.ts'
import { serving } from '../serving.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'

/** Serves one request with a handler. Resolves to the response. */
async function responseOf(handler: Handler, request = get('/'), tree: Tree = {}) {
  const { url } = await serving({ root: temporaryFolder(tree), handlers: { '/': handler } })
  const client = await RawClient.connect(url)
  client.send(request)
  client.halfClose()
  return parseResponse(await client.ended(), request.slice(0, request.indexOf(' ')))
}

async function* parts(...chunks: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  for (const chunk of chunks) {
    await null
    yield chunk
  }
}

/** Names and values that are not valid, and the headers that frame the response. */
const INVALID_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['', 'a'],
  ['X A', 'a'],
  ['X:A', 'a'],
  ['X-A', 'a\r\nSet-Cookie: b'],
  ['X-A', 'a\0'],
  ['X-A', '\u20ac'],
  ['Content-Length', '5'],
  ['transfer-encoding', 'chunked'],
  ['Connection', 'close'],
  ['Date', 'now'],
  ['Keep-Alive', 'timeout=5'],
  ['Upgrade', 'h2c'],
]

describe('reply.send', () => {
  it('responds with text in UTF-8', async () => {
    const response = await responseOf((_request, reply) => reply.send('caf\u00e9'))
    expect([
      response.status,
      response.field('Content-Type'),
      response.field('Content-Length'),
    ]).toEqual([200, 'text/plain; charset=utf-8', '5'])
    expect(response.text).toBe('café')
  })

  it('responds with bytes', async () => {
    const response = await responseOf((_request, reply) => reply.send(Uint8Array.of(0, 255, 10)))
    expect([response.field('Content-Type'), response.body.toString('latin1')]).toEqual([
      'application/octet-stream',
      '\0\xff\n',
    ])
  })

  it('responds with an empty body by default', async () => {
    const response = await responseOf((_request, reply) => reply.send())
    expect([response.status, response.field('Content-Length'), response.text]).toEqual([
      200,
      '0',
      '',
    ])
  })

  it('responds with what an async iterable yields, chunked', async () => {
    const response = await responseOf((_request, reply) =>
      reply.send(parts('one, ', '', Buffer.from('two'))),
    )
    expect([response.field('Transfer-Encoding'), response.text]).toEqual(['chunked', 'one, two'])
    const empty = await responseOf((_request, reply) => reply.send(parts()))
    expect([empty.field('Transfer-Encoding'), empty.text]).toEqual(['chunked', ''])
  })

  it('responds to HTTP/1.0 with what it yields, up to the end of the connection', async () => {
    const request = requestOf('GET / HTTP/1.0', ['Connection: keep-alive'])
    const response = await responseOf(
      (_request, reply) => reply.send(parts('one, ', 'two')),
      request,
    )
    expect([
      response.field('Transfer-Encoding'),
      response.field('Connection'),
      response.text,
    ]).toEqual([undefined, 'close', 'one, two'])
  })

  it('reads an iterable no faster than the client reads the response', async () => {
    let yielded = 0
    const chunk = new Uint8Array(64 * 1024)
    const { url } = await serving({
      handlers: {
        '/': (_request, reply) =>
          reply.send(
            (async function* () {
              for (let i = 0; i < 400; i++) {
                yielded++
                yield chunk
              }
            })(),
          ),
      },
    })
    const client = await RawClient.connect(url)
    client.pause()
    client.send(get('/'))
    await eventually(() => expect(yielded).toBeGreaterThan(0))
    let before = -1
    while (before !== yielded) {
      before = yielded
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    expect(yielded).toBeLessThan(200)
    client.resume()
    await client.response()
    expect(yielded).toBe(400)
  })

  it('closes an iterable when the client vanishes', async () => {
    let yielded = 0
    let isEnded = false
    const { url } = await serving({
      handlers: {
        '/': (_request, reply) =>
          reply.send(
            (async function* () {
              try {
                // Finite, so that the test ends even if it fails.
                for (; yielded < 50_000; yielded++) yield 'x'.repeat(1000)
              } finally {
                isEnded = true
              }
            })(),
          ),
      },
    })
    const client = await RawClient.connect(url)
    client.send(get('/'))
    await client.until(/x{100}/)
    client.reset()
    await eventually(() => expect(isEnded).toBe(true), 5000)
    expect(yielded).toBeLessThan(50_000)
  })

  it('closes an iterable when the client vanishes, though its next chunk never comes', async () => {
    let isEnded = false
    const never: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          isEnded = true
          return { done: true, value: undefined }
        },
      }),
    }
    const { url } = await serving({ handlers: { '/': (_request, reply) => reply.send(never) } })
    const client = await RawClient.connect(url)
    client.send(get('/'))
    await new Promise(resolve => setTimeout(resolve, 30))
    client.reset()
    await eventually(() => expect(isEnded).toBe(true))
  })

  it('continues if an iterable throws while it is closed because the client has vanished', async () => {
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    process.on('unhandledRejection', onError)
    let isEnded = false
    const { url } = await serving({
      handlers: {
        '/': (_request, reply) =>
          reply.send(
            (async function* () {
              try {
                for (let i = 0; i < 1000; i++) {
                  await new Promise(resolve => setTimeout(resolve, 2))
                  yield 'x'
                }
              } finally {
                isEnded = true
                // biome-ignore lint/correctness/noUnsafeFinally: the fault under test
                throw new Error('cleanup failed')
              }
            })(),
          ),
        '/good': (_request, reply) => reply.send('good'),
      },
    })
    const client = await RawClient.connect(url)
    client.send(get('/'))
    await client.until(/x/)
    client.reset()
    await eventually(() => expect(isEnded).toBe(true))
    expect(await (await fetch(`${url}/good`)).text()).toBe('good')
    process.off('unhandledRejection', onError)
    expect(errors).toEqual([])
  })

  it('does not keep chunks that are sent', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { arrayBuffers: before } = process.memoryUsage()
    const keptBytes = (): number => {
      collect()
      return process.memoryUsage().arrayBuffers - before
    }
    let kept = Number.POSITIVE_INFINITY
    const { url } = await serving({
      handlers: {
        '/': (_request, reply) =>
          reply.send(
            (async function* () {
              for (let i = 0; i < 300; i++) yield new Uint8Array(100_000)
              // Another thread frees the memory, some time after the collection.
              for (let i = 0; i < 200 && kept > 10_000_000; i++) {
                await new Promise(resolve => setTimeout(resolve, 10))
                kept = keptBytes()
              }
            })(),
          ),
      },
    })
    const { body } = await fetch(url)
    for await (const _ of body!);
    expect(kept).toBeLessThan(10_000_000)
  })

  it('lets the event loop run while an iterable yields without a pause', async () => {
    let turns = 0
    let turnsWithin = 0
    let isOver = false
    const turn = () => {
      turns++
      if (!isOver) setImmediate(turn)
    }
    await responseOf((_request, reply) =>
      reply.send(
        (async function* () {
          turn()
          const before = turns
          // Few enough bytes for the kernel to accept them all at once.
          for (let i = 0; i < 256; i++) yield 'x'.repeat(1000)
          turnsWithin = turns - before
          isOver = true
        })(),
      ),
    )
    expect(turnsWithin).toBeGreaterThan(0)
  })

  it('responds to HEAD with the head alone', async () => {
    for (const body of ['text', Buffer.from('text'), undefined] as const) {
      const response = await responseOf(
        (_request, reply) => reply.send(body ?? parts('text')),
        requestOf('HEAD / HTTP/1.1', ['Host: a']),
      )
      expect(response.status).toBe(200)
    }
  })

  it('resolves when the response is written, also if the client has vanished', async () => {
    const resolved: string[] = []
    const { url } = await serving({
      handlers: {
        '/': async (request, reply) => {
          if (request.path === '/gone')
            await new Promise(resolve => request.signal.addEventListener('abort', resolve))
          await reply.send(request.path === '/stream' ? parts('a', 'b') : 'text')
          resolved.push(request.path)
        },
      },
    })
    const client = await RawClient.connect(url)
    client.send(get('/text') + get('/stream') + get('/gone'))
    await client.until(/\r\n0\r\n\r\n$/)
    client.reset()
    await eventually(() => expect(resolved).toEqual(['/text', '/stream', '/gone']))
  })
})

describe('reply.json', () => {
  it('responds with JSON', async () => {
    const response = await responseOf((_request, reply) => reply.json({ a: [1, null, '\u00e9'] }))
    expect([response.field('Content-Type'), response.text]).toEqual([
      'application/json',
      '{"a":[1,null,"é"]}',
    ])
  })

  it('keeps a Content-Type that was set', async () => {
    const response = await responseOf((_request, reply) =>
      reply.header('content-type', 'application/problem+json').json({}),
    )
    expect(response.values('Content-Type')).toEqual(['application/problem+json'])
  })
})

describe('reply.status', () => {
  it.each([200, 201, 404, 418, 451, 599])('sets the status code: %d', async status => {
    expect((await responseOf((_request, reply) => reply.status(status).send('text'))).status).toBe(
      status,
    )
  })

  it.each([204, 205, 304])(
    'sends no content with %d, so that the next response is read correctly',
    async status => {
      const { url } = await serving({
        handlers: {
          '/text': (_request, reply) => reply.status(status).send('content that is not sent'),
          '/stream': (_request, reply) =>
            reply.status(status).send(parts('content that is not sent')),
          '/next': (_request, reply) => reply.send('next'),
        },
      })
      for (const path of ['/text', '/stream']) {
        const client = await RawClient.connect(url)
        client.send(get(path) + get('/next'))
        client.halfClose()
        const responses = parseResponses(await client.ended())
        expect(
          responses.map(({ status, text }) => [status, text]),
          path,
        ).toEqual([
          [status, ''],
          [200, 'next'],
        ])
      }
    },
  )

  it.each([0, 99, 100, 101, 199, 600, 200.5, Number.NaN, '200'])(
    'throws RangeError for %s',
    async code => {
      const seen: unknown[] = []
      await responseOf((_request, reply) => {
        try {
          reply.status(code as number)
        } catch (error) {
          seen.push(error)
        }
        return reply.send()
      })
      expect(seen).toEqual([expect.any(RangeError)])
    },
  )
})

describe('reply.header', () => {
  it('sets headers, and replaces earlier values of the same name', async () => {
    const response = await responseOf((_request, reply) =>
      reply
        .header('X-A', 'one')
        .header('X-B', 2)
        .header('x-a', 'three')
        .header('Content-Type', 'text/html')
        .send('<p>'),
    )
    expect([
      response.values('X-A'),
      response.values('X-B'),
      response.values('Content-Type'),
    ]).toEqual([['three'], ['2'], ['text/html']])
  })

  it.each(INVALID_HEADERS)('throws TypeError for %j: %j', async (name, value) => {
    const seen: unknown[] = []
    const response = await responseOf((_request, reply) => {
      try {
        reply.header(name, value)
      } catch (error) {
        seen.push(error)
      }
      return reply.send('text')
    })
    expect(seen).toEqual([expect.any(TypeError)])
    expect(response.text).toBe('text')
  })
})

describe('reply.append', () => {
  it('adds lines, which reach the client as separate lines', async () => {
    const response = await responseOf((_request, reply) =>
      reply
        .append('Set-Cookie', 'a=1')
        .append('set-cookie', 'b=2; Path=/')
        .append('Set-Cookie', 'c=3')
        .append('Content-Type', 'text/html')
        .append('X-Count', 4)
        .send('<p>'),
    )
    expect(response.values('Set-Cookie')).toEqual(['a=1', 'b=2; Path=/', 'c=3'])
    expect([response.values('Content-Type'), response.values('X-Count')]).toEqual([
      ['text/html'],
      ['4'],
    ])
  })

  it('keeps a value that header() has set; header() replaces all lines', async () => {
    const response = await responseOf((_request, reply) =>
      reply
        .header('X-A', 'one')
        .append('X-A', 'two')
        .append('X-B', 'one')
        .append('X-B', 'two')
        .header('x-b', 'three')
        .send(),
    )
    expect([response.values('X-A'), response.values('X-B')]).toEqual([['one', 'two'], ['three']])
  })

  it('adds lines to the response of file() too', async () => {
    const response = await responseOf(
      (_request, reply) =>
        reply.append('Set-Cookie', 'a=1').append('Set-Cookie', 'b=2').file('a.txt'),
      undefined,
      { 'a.txt': 'A' },
    )
    expect([response.values('Set-Cookie'), response.text]).toEqual([['a=1', 'b=2'], 'A'])
  })

  it.each(INVALID_HEADERS)('throws TypeError for %j: %j, and adds nothing', async (name, value) => {
    const seen: unknown[] = []
    const response = await responseOf((_request, reply) => {
      try {
        reply.append('X-First', 'kept').append(name, value)
      } catch (error) {
        seen.push(error)
      }
      return reply.send('text')
    })
    expect(seen).toEqual([expect.any(TypeError)])
    expect([response.values('X-First'), response.text]).toEqual([['kept'], 'text'])
  })
})

describe('reply.sent', () => {
  it('is false until the response is sent, then true', async () => {
    const seen: boolean[] = []
    await responseOf(async (_request, reply) => {
      seen.push(reply.sent)
      reply.status(200).header('X', 'y')
      seen.push(reply.sent)
      await reply.send()
      seen.push(reply.sent)
    })
    expect(seen).toEqual([false, false, true])
  })

  it('is true once file() is called, though the file must be opened first', async () => {
    const seen: boolean[] = []
    await responseOf(
      async (_request, reply) => {
        const sending = reply.file('/a.txt')
        seen.push(reply.sent)
        await sending
      },
      get('/'),
      { 'a.txt': 'A' },
    )
    expect(seen).toEqual([true])
  })
})

describe('reply.file', () => {
  const text = 'some text that can be compressed. '.repeat(100)
  const tree: Tree = {
    'page.html': '<p>',
    'text.txt': text,
    'folder/b': 'B',
    '.env': 'secret',
    link: { link: '/etc/passwd' },
  }
  const file =
    (path: string): Handler =>
    (_request, reply) =>
      reply.file(path)

  it('responds with a file below the root, with validators', async () => {
    const response = await responseOf(file('/page.html'), undefined, tree)
    expect([response.status, response.field('Content-Type'), response.text]).toEqual([
      200,
      'text/html; charset=utf-8',
      '<p>',
    ])
    expect(response.field('ETag')).toMatch(/^(?:W\/)?".+"$/)
    expect(response.field('Last-Modified')).toMatch(/GMT$/)
    expect((await responseOf(file('folder/b'), undefined, tree)).text).toBe('B')
  })

  it('responds with gzip to a client that accepts nothing else', async () => {
    const accepted = 'Accept-Encoding: gzip, identity;q=0'
    const response = await responseOf(file('text.txt'), get('/', accepted), tree)
    expect([response.field('Content-Encoding'), response.field('Vary')]).toEqual([
      'gzip',
      'Accept-Encoding',
    ])
    expect(gunzipSync(response.body).toString()).toBe(text)
  })

  it('responds 304 to a matching If-None-Match', async () => {
    const { url } = await serving({
      root: temporaryFolder(tree),
      handlers: { '/': file('page.html') },
    })
    const etag = (await fetch(url)).headers.get('etag')!
    const client = await RawClient.connect(url)
    client.send(get('/', `If-None-Match: ${etag}`))
    client.halfClose()
    expect(parseResponse(await client.ended()).status).toBe(304)
  })

  it.each([
    '/x',
    'folder',
    '',
    '/',
    '.env',
    '../outside',
    'folder/../../outside',
    'link',
    'page.html/x',
    'a\0b',
  ])('responds 404 for %j', async path => {
    expect((await responseOf(file(path), undefined, tree)).status).toBe(404)
  })

  it('sends the headers that were set instead of the file’s own', async () => {
    const response = await responseOf(
      (_request, reply) =>
        reply
          .header('X-A', 'one')
          .header('cache-control', 'max-age=60')
          .header('Content-Type', 'text/x-mine')
          .file('page.html'),
      undefined,
      tree,
    )
    expect([
      response.values('X-A'),
      response.values('Cache-Control'),
      response.values('Content-Type'),
    ]).toEqual([['one'], ['max-age=60'], ['text/x-mine']])
  })

  it('sends the status that was set: a page for an error', async () => {
    const response = await responseOf(
      (_request, reply) => reply.status(404).file('page.html'),
      undefined,
      tree,
    )
    expect([response.status, response.text]).toEqual([404, '<p>'])
  })

  it('responds to any method', async () => {
    const response = await responseOf(file('page.html'), post('/', 'content'), tree)
    expect([response.status, response.text]).toEqual([200, '<p>'])
  })

  it('responds also if the handler does not await it', async () => {
    const handlers: Handlers = {
      '/now': (_request, reply) => {
        reply.file('page.html')
      },
      '/async': async (_request, reply) => {
        reply.file('page.html')
      },
    }
    const { url } = await serving({ root: temporaryFolder(tree), handlers })
    for (const path of ['/now', '/async'])
      expect(await (await fetch(url + path)).text(), path).toBe('<p>')
  })

  describe.each(['inside', 'never', 'anywhere'] as const)('with symlinks %s', symlinks => {
    const FOLDER: Tree = {
      'outside.txt': 'outside',
      'root/a.txt': 'A',
      'root/.env': 'dotfile',
      'root/.git/config': 'dotfile',
      'root/folder/.hidden/x': 'dotfile',
      'root/.well-known/x': 'well known',
      'root/100%.txt': 'percent',
    }

    it.each([
      ['a.txt', 'A'],
      ['//a.txt', 'A'],
      ['.well-known/x', 'well known'],
      ['100%.txt', 'percent'],
    ])('sends %j', async (path, text) => {
      const { url } = await serving({
        root: `${temporaryFolder(FOLDER)}/root`,
        symlinks,
        handlers: { '/': file(path) },
      })
      expect(await (await fetch(url)).text()).toBe(text)
    })

    it.each([
      '../outside.txt',
      '/../outside.txt',
      'folder/../../outside.txt',
      'folder/../a.txt',
      './a.txt',
      '..',
      '.env',
      '/.git/config',
      'folder/.hidden/x',
      'folder/.well-known/x',
      'a.txt\\',
      'a\0.txt',
      `${'a'.repeat(256)}`,
    ])('responds 404 for %j', async path => {
      const { url } = await serving({
        root: `${temporaryFolder(FOLDER)}/root`,
        symlinks,
        handlers: { '/': file(path) },
      })
      const response = await fetch(url)
      expect(response.status).toBe(404)
      expect(await response.text()).not.toMatch(/outside|dotfile/)
    })
  })
})
