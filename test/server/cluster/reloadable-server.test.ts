import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ReloadableServer } from '../../../src/server/cluster/reloadable-server.ts'
import type { Config } from '../../../src/server/config/config.ts'
import { createLog } from '../../../src/server/log/log.ts'
import { Server } from '../../../src/server/server.ts'
import { parseResponse } from '../../parse-responses.ts'
import { RawClient } from '../../raw-client.ts'
import { eventually } from '../eventually.ts'
import { configWith, get } from '../fake-server.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const log = createLog('silent')

/** Returns a configuration whose `/` responds with this content. */
const configWithIndex = (content: string, options = {}): Config =>
  configWith({
    root: temporaryFolder({ 'index.html': content }),
    listeners: ['127.0.0.1:0'],
    lingerTimeoutMs: 50,
    drainIdleMs: 200,
    ...options,
  })

/** Starts a server. A response to `/slow` waits until the test calls the function in `waiting`. */
async function startReloadable(config: Config) {
  const waiting: (() => void)[] = []
  const handlers = {
    '/slow': async (_request: unknown, reply: { send(text: string): void }) => {
      await new Promise<void>(resolve => waiting.push(resolve))
      reply.send('slow')
    },
  }
  const started: Server[] = []
  const start = async (config: Config, _log: typeof log, before?: Server): Promise<Server> => {
    const server = await Server.start(config, { handlers, log, accessLog: undefined }, before)
    started.push(server)
    return server
  }
  const server = await ReloadableServer.start(start, config, log)
  onTestFinished(() => server.close())
  return { server, url: server.urls[0]!, waiting, started }
}

/** Requests `/` on a new connection, and returns the content of the response. */
async function getIndex(url: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(get('/', 'Connection: close'))
  let text = ''
  socket.setEncoding('latin1').on('data', data => {
    text += data
  })
  await once(socket, 'close')
  return parseResponse(text).text
}

describe('ReloadableServer', () => {
  it('refuses no connection and loses no request during many reloads', async () => {
    const { server, url } = await startReloadable(configWithIndex('0'))
    let isRunning = true
    const requestRepeatedly = async (): Promise<string[]> => {
      const bodies: string[] = []
      while (isRunning) bodies.push(await getIndex(url))
      return bodies
    }
    const clients = Promise.all(Array.from({ length: 8 }, requestRepeatedly))
    for (let n = 1; n <= 20; n++) {
      await server.reload(configWithIndex(String(n)), log)
      expect(server.urls).toEqual([url])
      expect(await getIndex(url)).toBe(String(n))
    }
    isRunning = false
    for (const bodies of await clients) {
      const numbers = bodies.map(Number)
      // Each request is on a new connection: none may reach an earlier configuration again.
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }
  })

  it('finishes requests in flight with the old configuration, and then ends the old server', async () => {
    const { server, url, waiting, started } = await startReloadable(configWithIndex('old'))
    const client = await RawClient.connect(url)
    client.send(get('/slow'))
    await eventually(() => expect(waiting).toHaveLength(1))
    await server.reload(configWithIndex('new'), log)
    let isDrained = false
    const drained = started[0]!.drain().then(() => {
      isDrained = true
    })
    expect(await getIndex(url)).toBe('new')
    expect(isDrained).toBe(false)
    waiting[0]!()
    expect(parseResponse(await client.ended()).field('Connection')).toBe('close')
    client.halfClose()
    await drained
    expect(await server.drain()).toBe(true)
  })

  it('reports ready during a reload, also on connections to the old server', async () => {
    const { server, url } = await startReloadable(
      configWithIndex('old', { drainIdleMs: 2000, drainDelayMs: 2000 }),
    )
    const statusOn = async (client: RawClient): Promise<number> => {
      client.send(get('/-/ready', 'Connection: close'))
      client.halfClose()
      return parseResponse(await client.ended()).status
    }
    const early = await RawClient.connect(url)
    await server.reload(configWithIndex('new', { drainIdleMs: 2000, drainDelayMs: 2000 }), log)
    expect(await statusOn(early)).toBe(200)
    void server.drain()
    expect(await statusOn(await RawClient.connect(url))).toBe(503)
  })

  it('does not change if the new configuration cannot be applied', async () => {
    const { server, url } = await startReloadable(configWithIndex('old'))
    const used = new URL((await startReloadable(configWithIndex('other'))).url).port
    const conflicting = configWithIndex('new', { listeners: ['127.0.0.1:0', `127.0.0.1:${used}`] })
    await expect(server.reload(conflicting, log)).rejects.toThrow(
      `127.0.0.1:${used}: another program`,
    )
    await expect(
      server.reload(configWithIndex('new', { root: '/x/missing' }), log),
    ).rejects.toThrow('the root /x/missing: there is no such folder')
    await expect(server.reload(configWithIndex('new', { workers: 2 }), log)).rejects.toThrow(
      'needs a restart',
    )
    expect(server.urls).toEqual([url])
    expect(await getIndex(url)).toBe('old')
    // The failures do not affect the next reload.
    await server.reload(configWithIndex('new'), log)
    expect(await getIndex(url)).toBe('new')
  })
})
