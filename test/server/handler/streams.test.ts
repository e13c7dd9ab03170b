import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Handler } from '../../../src/server/handler/handlers.ts'
import type { HandlerReply } from '../../../src/server/handler/reply.ts'
import type { ReplyBody } from '../../../src/server/handler/reply-content.ts'
import type { HandlerRequest } from '../../../src/server/handler/request.ts'
import type { ServeOptions } from '../../../src/server/serve.ts'
import { RawClient } from '../../raw-client.ts'
import { eventually } from '../eventually.ts'
import { get, requestOf } from '../fake-server.ts'
import { serving } from '../serving.ts'
import { temporaryFolder } from '../temporary-folder.ts'

let uncaught: unknown[] = []
const onUncaught = (error: unknown) => uncaught.push(error)

beforeEach(() => {
  uncaught = []
  process.on('uncaughtException', onUncaught)
  process.on('unhandledRejection', onUncaught)
})
afterEach(async () => {
  await new Promise(resolve => setTimeout(resolve, 20))
  process.off('uncaughtException', onUncaught)
  process.off('unhandledRejection', onUncaught)
  expect(uncaught).toEqual([])
})

/** One way a response with a stream can go without the stream being read to its end. */
type Path = {
  readonly request?: string
  readonly options?: ServeOptions
  /** Responds with the stream that `open` makes. */
  readonly handler: (
    open: () => ReplyBody,
    request: HandlerRequest,
    reply: HandlerReply,
  ) => void | Promise<void>
  /** What the client does when it has sent its request; by default, it reads its response. */
  readonly client?: (client: RawClient) => Promise<unknown>
}

const aborted = (request: HandlerRequest) =>
  new Promise<void>(resolve => request.signal.addEventListener('abort', () => resolve()))

const resets = async (client: RawClient): Promise<void> => {
  await new Promise(resolve => setTimeout(resolve, 20))
  client.reset()
}

const PATHS: Readonly<Record<string, Path>> = {
  HEAD: {
    request: requestOf('HEAD / HTTP/1.1', ['Host: a']),
    handler: (open, _request, reply) => reply.send(open()),
    client: client => client.response('HEAD'),
  },
  304: { handler: (open, _request, reply) => reply.status(304).send(open()) },
  204: { handler: (open, _request, reply) => reply.status(204).send(open()) },
  'a client that has left before': {
    handler: async (open, request, reply) => {
      await aborted(request)
      await reply.send(open())
    },
    client: resets,
  },
  'a 504 that was sent before': {
    options: { handlerTimeoutMs: 1 },
    handler: async (open, request, reply) => {
      await aborted(request)
      await reply.send(open())
    },
  },
  'a second send()': {
    handler: (open, _request, reply) => {
      reply.send('first')
      reply.send(open())
    },
  },
  'a second send() while the first one streams': {
    handler: (open, _request, reply) => {
      reply.send(Readable.from(['first']))
      reply.send(open())
    },
    client: client => client.ending(),
  },
  'a handler that throws after send()': {
    handler: (open, _request, reply) => {
      reply.send(open())
      throw new Error('late')
    },
    client: client => client.ending(),
  },
  'a handler that rejects after send()': {
    handler: async (open, _request, reply) => {
      reply.send(open())
      throw new Error('late')
    },
    client: client => client.ending(),
  },
}

/** Sends one request along a path, and waits until its client is through. */
async function walk(url: string, { request = get('/'), client: act }: Path): Promise<void> {
  const client = await RawClient.connect(url)
  client.send(request)
  await (act?.(client) ?? client.response())
  client.destroy()
}

async function serveAlong({ handler, options }: Path, open: () => ReplyBody): Promise<string> {
  const wrapped: Handler = (request, reply) => handler(open, request, reply)
  return (await serving({ ...options, handlers: { '/': wrapped } })).url
}

/** How many descriptors of files this process has open. */
function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

describe.each(Object.entries(PATHS))('a stream given to a response: %s', (_, path) => {
  it.skipIf(process.platform !== 'linux')('leaves no descriptor open', async () => {
    const file = join(temporaryFolder({ large: 'x'.repeat(1_000_000) }), 'large')
    const opened: ReturnType<typeof createReadStream>[] = []
    const url = await serveAlong(path, () => {
      const stream = createReadStream(file)
      opened.push(stream)
      return stream
    })
    const before = openFiles()
    for (let count = 0; count < 20; count++) await walk(url, path)
    await eventually(() => expect(opened.length).toBe(20))
    await eventually(() => expect(opened.map(stream => stream.closed)).not.toContain(false))
    await eventually(() => expect(openFiles()).toBeLessThan(before + 10))
  })

  it('listens to a stream that fails', async () => {
    let opened = 0
    const url = await serveAlong(path, () => {
      opened++
      return createReadStream('/nowhere/missing')
    })
    await walk(url, path)
    await eventually(() => expect(opened).toBe(1))
  })

  it('returns from an iterable, even while its next() is pending', async () => {
    let returned = 0
    const url = await serveAlong(path, () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          returned++
          throw new Error('cleanup failed')
        },
      }),
    }))
    await walk(url, path)
    await eventually(() => expect(returned).toBe(1))
  })

  it('cancels a stream of the Web, even while its read is pending', async () => {
    let cancelled = 0
    const url = await serveAlong(
      path,
      () =>
        new ReadableStream({
          cancel() {
            cancelled++
            throw new Error('cleanup failed')
          },
        }),
    )
    await walk(url, path)
    await eventually(() => expect(cancelled).toBe(1))
  })
})

describe('a stream given to a response', () => {
  const silent = (): { body: ReplyBody; isClosed: () => boolean } => {
    const stream = new Readable({ read() {} })
    return { body: stream, isClosed: () => stream.destroyed }
  }

  it('is closed when the server closes', async () => {
    const { body, isClosed } = silent()
    const { server, url } = await serving({ handlers: { '/': (_, reply) => reply.send(body) } })
    const client = await RawClient.connect(url)
    client.send(get('/'))
    await client.until(/\r\n\r\n/)
    await server.close()
    expect(isClosed()).toBe(true)
  })

  it('is closed when a client resets that does not read', async () => {
    let isClosed = false
    const endless = new ReadableStream({
      pull: controller => controller.enqueue(new Uint8Array(1_000_000)),
      cancel: () => {
        isClosed = true
      },
    })
    const { url } = await serving({ handlers: { '/': (_, reply) => reply.send(endless) } })
    const client = await RawClient.connect(url)
    client.pause().send(get('/'))
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(isClosed).toBe(false)
    client.reset()
    await eventually(() => expect(isClosed).toBe(true))
  })

  it('is closed after a part that is neither text nor bytes', async () => {
    let isClosed = false
    const { url } = await serving({
      handlers: {
        '/': (_, reply) =>
          reply.send(
            (async function* () {
              try {
                yield 5 as never
              } finally {
                isClosed = true
              }
            })(),
          ),
      },
    })
    expect((await fetch(url)).status).toBe(500)
    expect(isClosed).toBe(true)
  })

  it('lets its client know that the response has begun, though no part comes', async () => {
    const { body } = silent()
    const { url } = await serving({ handlers: { '/': (_, reply) => reply.send(body) } })
    const response = await fetch(url)
    expect(response.status).toBe(200)
    await response.body!.cancel()
  })

  it('is a 500 if its first part fails soon', async () => {
    const { url } = await serving({
      handlers: { '/': (_, reply) => reply.send(createReadStream('/nowhere/missing')) },
    })
    expect((await fetch(url)).status).toBe(500)
  })
})
