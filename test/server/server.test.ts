import { once } from 'node:events'
import { connect, Server as NetServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Handlers } from '../../src/server/handler/handlers.ts'
import type { RequestLogEntry } from '../../src/server/log/request-log-entry.ts'
import type { ServeOptions } from '../../src/server/serve.ts'
import { parseResponse, parseResponses } from '../parse-responses.ts'
import { RawClient } from '../raw-client.ts'
import { eventually } from './eventually.ts'
import { get } from './fake-server.ts'
import { serving } from './serving.ts'
import { temporaryFolder } from './temporary-folder.ts'

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** `/fast` responds at once, `/slow` when the test calls the function that it adds to `waiting`. */
function handlersOf() {
  const waiting: (() => void)[] = []
  const aborted: string[] = []
  const handlers: Handlers = {
    '/fast': (_request, reply) => reply.send('fast'),
    '/slow': async (request, reply) => {
      await new Promise<void>(resolve => {
        waiting.push(resolve)
        request.signal.addEventListener('abort', () => {
          aborted.push(request.path)
          resolve()
        })
      })
      await reply.send('slow')
    },
  }
  return { handlers, waiting, aborted }
}

/** A server with a pending request, to which it responds after `release()`. */
async function withOneInFlight(options: ServeOptions = {}) {
  const { handlers, waiting, aborted } = handlersOf()
  const { server, url } = await serving({ ...options, handlers })
  const client = await RawClient.connect(url)
  client.send(get('/slow'))
  await eventually(() => expect(waiting).toHaveLength(1))
  return { server, url, client, release: () => waiting[0]!(), aborted }
}

async function isRefused(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const [outcome] = await Promise.race([
    once(socket, 'connect').then(() => ['accepted']),
    new Promise<[string]>(resolve => socket.on('error', ({ message }) => resolve([message]))),
  ])
  return /ECONNREFUSED/.test(String(outcome))
}

describe('RunningServer', () => {
  it('has a URL for each listener, with the port that the kernel assigned', async () => {
    const { server } = await serving({
      port: undefined,
      listeners: ['127.0.0.1:0', '[::1]:0', { host: '127.0.0.1', port: 0 }],
      handlers: handlersOf().handlers,
    })
    expect(server.urls).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^http:\/\/\[::1\]:\d+$/),
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    ])
    expect(new Set(server.urls).size).toBe(3)
    for (const url of server.urls) {
      expect(url).not.toMatch(/:0$/)
      expect(await (await fetch(`${url}/fast`)).text()).toBe('fast')
    }
  })

  it.each(['raw', 'shared-buffer', 'stream'] as const)(
    'uses and reports the readStrategy %s',
    async readStrategy => {
      const { server, url } = await serving({
        readStrategy,
        root: temporaryFolder({ 'a.txt': 'A' }),
      })
      expect(server.readStrategy).toBe(readStrategy)
      expect(await (await fetch(`${url}/a.txt`)).text()).toBe('A')
    },
  )

  it('emits listening after serve() has resolved', async () => {
    const { server } = await serving()
    const [urls] = await once(server, 'listening', { signal: AbortSignal.timeout(1000) })
    expect(urls).toEqual(server.urls)
  })

  it('emits response for each response', async () => {
    const { server, url } = await serving({ handlers: handlersOf().handlers })
    const records: RequestLogEntry[] = []
    server.on('response', record => records.push(record))
    await fetch(`${url}/fast?a`, { headers: { 'user-agent': 'me' } })
    await fetch(`${url}/none`)
    expect(records.map(({ url, status }) => [url, status])).toEqual([
      ['/fast?a', 200],
      ['/none', 404],
    ])
    expect(records[0]).toMatchObject({
      remoteAddress: '127.0.0.1',
      method: 'GET',
      version: '1.1',
      bytes: 4,
      userAgent: 'me',
    })
    expect(records[0]!.durationMs).toBeGreaterThanOrEqual(0)
    expect(Math.abs(records[0]!.wallMs - Date.now())).toBeLessThan(5000)
  })

  it('emits response to each listener until it is removed', async () => {
    const { server, url } = await serving({ handlers: handlersOf().handlers })
    const events: string[] = []
    const first = ({ url }: RequestLogEntry) => events.push(`first ${url}`)
    server.on('response', first)
    server.once('response', ({ url }) => events.push(`once ${url}`))
    await fetch(`${url}/1`)
    await fetch(`${url}/2`)
    server.off('response', first)
    await fetch(`${url}/3`)
    server.on('response', first)
    await fetch(`${url}/4`)
    expect(events).toEqual(['first /1', 'once /1', 'first /2', 'first /4'])
  })

  it('emits error if a listening socket fails later, and continues', async () => {
    const { server, url } = await serving({ handlers: handlersOf().handlers })
    const errors: Error[] = []
    server.on('error', error => errors.push(error))
    const failure = new Error('accept EMFILE')
    listenerOf(url).emit('error', failure)
    expect(errors).toEqual([failure])
    expect(await (await fetch(`${url}/fast`)).text()).toBe('fast')
  })

  it('continues after such an error if the event has no listener', async () => {
    const { url } = await serving({ handlers: handlersOf().handlers })
    listenerOf(url).emit('error', new Error('accept EMFILE'))
    expect(await (await fetch(`${url}/fast`)).text()).toBe('fast')
  })
})

/** The `net.Server` behind a URL. */
function listenerOf(url: string): NetServer {
  const { _getActiveHandles } = process as unknown as { _getActiveHandles: () => unknown[] }
  const { port } = new URL(url)
  const found = _getActiveHandles().find(handle => {
    const address = handle instanceof NetServer && handle.address()
    return address !== null && typeof address === 'object' && address.port === Number(port)
  })
  return found as NetServer
}

describe('RunningServer.drain', () => {
  it('closes idle connections and accepts no more', async () => {
    const { server, url } = await serving({ handlers: handlersOf().handlers })
    const [fresh, used] = [await RawClient.connect(url), await RawClient.connect(url)]
    used.send(get('/fast'))
    await used.until(/fast$/)
    const draining = server.drain()
    for (const client of [fresh, used]) {
      await client.ended()
      client.halfClose()
    }
    expect(await draining).toBe(true)
    expect(await isRefused(url)).toBe(true)
  })

  it('waits for pending responses, which carry Connection: close', async () => {
    const { server, url, client, release } = await withOneInFlight()
    let isDrained = false
    const draining = server.drain().then(drained => {
      isDrained = true
      return drained
    })
    await eventually(async () => expect(await isRefused(url)).toBe(true))
    expect(isDrained).toBe(false)
    release()
    const response = parseResponse(await client.ended())
    expect([response.text, response.field('Connection')]).toEqual(['slow', 'close'])
    client.halfClose()
    expect(await draining).toBe(true)
  })

  it('aborts the connections after drainTimeoutMs, and resolves to false', async () => {
    const { server, client, aborted } = await withOneInFlight({ drainTimeoutMs: 50 })
    expect(await server.drain()).toBe(false)
    await client.ended()
    expect([client.received, aborted]).toEqual(['', ['/slow']])
  })

  it('may be called twice: both calls wait for the end, and resolve to the same', async () => {
    for (const drainTimeoutMs of [20_000, 50]) {
      const { server, client, release } = await withOneInFlight({ drainTimeoutMs })
      const settled: string[] = []
      const first = server.drain().finally(() => settled.push('first'))
      await pause(10)
      const second = server.drain().finally(() => settled.push('second'))
      if (drainTimeoutMs > 50) {
        await pause(30)
        expect(settled).toEqual([])
        release()
        await client.until(/slow$/)
        client.halfClose()
      }
      expect(await Promise.all([first, second])).toEqual(
        drainTimeoutMs > 50 ? [true, true] : [false, false],
      )
    }
  })

  it('is cut short by close(), which also waits for the end', async () => {
    const { server, client, aborted } = await withOneInFlight()
    const draining = server.drain()
    await pause(10)
    await server.close()
    expect(aborted).toEqual(['/slow'])
    await client.ended()
    expect(typeof (await draining)).toBe('boolean')
  })

  it('waits at most lingerTimeoutMs for a client that does not close', async () => {
    const { server, url } = await serving({ handlers: handlersOf().handlers, lingerTimeoutMs: 100 })
    const client = await RawClient.connect(url)
    const start = performance.now()
    expect(await server.drain()).toBe(true)
    expect(performance.now() - start).toBeLessThan(1500)
    expect(client.isOver).toBe(true)
  })
})

describe('RunningServer.close', () => {
  it('aborts every connection: idle, within a head, with a pending response', async () => {
    const { server, url, client, aborted } = await withOneInFlight()
    const [idle, reading] = [await RawClient.connect(url), await RawClient.connect(url)]
    reading.send('GET / HTTP/1.1\r\n')
    await pause(20)
    await server.close()
    for (const each of [idle, reading, client]) expect(await each.ended()).toBe('')
    expect(aborted).toEqual(['/slow'])
    expect(await isRefused(url)).toBe(true)
  })

  it('may be called twice, and after drain()', async () => {
    const { server } = await serving()
    expect(await server.drain()).toBe(true)
    await server.close()
    await Promise.all([server.close(), server.close()])
    expect(await server.drain()).toBe(true)
  })

  it('emits response for what it aborts, before it resolves', async () => {
    const { server, url } = await serving({
      handlers: {
        '/': (_request, reply) =>
          reply.send(
            (async function* () {
              yield 'part'
              await new Promise(() => {})
            })(),
          ),
      },
    })
    const records: RequestLogEntry[] = []
    server.on('response', record => records.push(record))
    const client = await RawClient.connect(url)
    client.send(get('/'))
    await client.until(/part/)
    await server.close()
    expect(records.map(({ status, bytes }) => [status, bytes])).toEqual([[200, 4]])
  })
})

describe('connectionsMax', () => {
  it('rejects connections beyond it with 503, and serves the next when one has closed', async () => {
    const { url } = await serving({
      connectionsMax: 2,
      handlers: handlersOf().handlers,
      lingerTimeoutMs: 100,
    })
    const [first, second] = [await RawClient.connect(url), await RawClient.connect(url)]
    for (const client of [first, second]) {
      client.send(get('/fast'))
      await client.until(/fast$/)
    }
    const third = await RawClient.connect(url)
    const response = parseResponse(await third.ended())
    expect([response.status, response.field('Connection')]).toEqual([503, 'close'])
    third.halfClose()
    first.reset()
    await eventually(async () => {
      const next = await RawClient.connect(url)
      next.send(get('/fast'))
      next.halfClose()
      expect(parseResponse(await next.ended()).text).toBe('fast')
    }, 3000)
    second.send(get('/fast'))
    await second.until(/fast.*fast$/s)
  })

  it('drops connections far beyond it: the number of 503 responses at a time is limited too', async () => {
    const { url } = await serving({ connectionsMax: 1, lingerTimeoutMs: 5000 })
    const clients: RawClient[] = []
    for (let i = 0; i < 50; i++) clients.push(await RawClient.connect(url))
    const texts = await Promise.all(clients.slice(1).map(client => client.ended()))
    expect(texts.filter(text => text.startsWith('HTTP/1.1 503 '))).toHaveLength(32)
    expect(texts.filter(text => text === '')).toHaveLength(17)
    expect(clients[0]!.isOver).toBe(false)
  })
})

describe.skipIf(process.platform !== 'linux')('connectionsPerAddressMax', () => {
  const connectFrom = (url: string, localAddress: string): Promise<string> =>
    new Promise(resolve => {
      let text = ''
      const socket = connect({
        host: '127.0.0.1',
        port: Number(new URL(url).port),
        localAddress,
        allowHalfOpen: true,
      })
      onTestFinished(() => void socket.destroy())
      socket.on('data', data => {
        text += data
        if (text.includes('fast') || text.startsWith('HTTP/1.1 503')) resolve(text)
      })
      socket.on('error', () => resolve(text)).on('end', () => resolve(text))
      socket.write(get('/fast'))
    })

  it('rejects an address that is over its limit, and no other', async () => {
    const { server, url } = await serving({
      connectionsPerAddressMax: 2,
      lingerTimeoutMs: 100,
      handlers: handlersOf().handlers,
    })
    const statuses: (number | undefined)[] = []
    for (const address of ['127.0.0.2', '127.0.0.2', '127.0.0.2', '127.0.0.3', '127.0.0.2'])
      statuses.push(parseResponses(await connectFrom(url, address))[0]?.status)
    expect(statuses).toEqual([200, 200, 503, 200, 503])
    await eventually(() => expect(server.closeCounts['connections-per-address-max']).toBe(2))
  })

  it('drops most of many connections from one address, and leaves room for others', async () => {
    const { url } = await serving({
      connectionsPerAddressMax: 1,
      connectionsMax: 40,
      lingerTimeoutMs: 5000,
      handlers: handlersOf().handlers,
    })
    const texts = await Promise.all(Array.from({ length: 60 }, () => connectFrom(url, '127.0.0.2')))
    expect(texts.filter(text => text.startsWith('HTTP/1.1 200'))).toHaveLength(1)
    expect(texts).toContain('')
    expect(await connectFrom(url, '127.0.0.3')).toMatch(/^HTTP\/1\.1 200/)
  })
})

describe('limits of a connection, on real sockets', () => {
  it.each(['64KiB', '65KiB', '256KiB'])(
    'a queuedBytesMax of %s lets a pipelined batch through',
    async queuedBytesMax => {
      const { url } = await serving({ queuedBytesMax, handlers: handlersOf().handlers })
      const client = await RawClient.connect(url)
      client.send(get('/fast').repeat(1500))
      await eventually(() => expect(parseResponses(client.received)).toHaveLength(1500), 4000)
    },
  )

  it('lingerTimeoutMs counts from when the client has received a large last response', async () => {
    const body = 'x'.repeat(8 * 1024 * 1024)
    const { server, url } = await serving({
      lingerTimeoutMs: 100,
      writeTimeoutMs: 4000,
      handlers: { '/': (_request, reply) => reply.send(body) },
    })
    const client = await RawClient.connect(url)
    client.send(get('/', 'Connection: close'))
    expect(parseResponse(await client.ended()).text).toHaveLength(body.length)
    // The client has everything, and does not close.
    const start = performance.now()
    expect(await server.drain()).toBe(true)
    expect(performance.now() - start).toBeLessThan(2000)
  })

  it('lingerTimeoutMs counts from the FIN if the last responses were small and corked', async () => {
    const { server, url } = await serving({
      lingerTimeoutMs: 100,
      writeTimeoutMs: 4000,
      handlers: handlersOf().handlers,
    })
    const client = await RawClient.connect(url)
    client.send(get('/fast') + get('/fast', 'Connection: close'))
    expect(parseResponses(await client.ended())).toHaveLength(2)
    const start = performance.now()
    expect(await server.drain()).toBe(true)
    expect(performance.now() - start).toBeLessThan(2000)
  })

  it('writeTimeoutMs does not affect a client that reads a large response slowly', async () => {
    const body = 'x'.repeat(32 * 1024 * 1024)
    const { url } = await serving({
      writeTimeoutMs: 600,
      handlers: { '/': (_request, reply) => reply.send(body) },
    })
    const client = await RawClient.connect(url)
    // 2 MiB every 100 ms take more than twice the timeout in all.
    let read = 0
    client.socket.on('data', data => {
      read += data.length
      if (read < 2 * 1024 * 1024) return
      read = 0
      client.pause()
      setTimeout(() => client.resume(), 100)
    })
    client.send(get('/', 'Connection: close'))
    expect(parseResponse(await client.ended()).text).toHaveLength(body.length)
  })
})
