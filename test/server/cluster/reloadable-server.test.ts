import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ReloadableServer } from '../../../src/server/cluster/reloadable-server.ts'
import type { Config } from '../../../src/server/config/settings.ts'
import { createLog } from '../../../src/server/log/log.ts'
import { Server } from '../../../src/server/server.ts'
import { parseOne } from '../answers.ts'
import { eventually } from '../eventually.ts'
import { configWith, get } from '../fake-server.ts'
import { RawClient } from '../raw-client.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const log = createLog('silent')

/** Whose `/` says which configuration it is of. */
const configOf = (content: string, options = {}): Config =>
  configWith({
    root: temporaryFolder({ 'index.html': content }),
    listeners: ['127.0.0.1:0'],
    lingerTimeoutMs: 50,
    drainIdleMs: 200,
    ...options,
  })

async function startGenerations(config: Config) {
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
  const generations = await ReloadableServer.start(start, config, log)
  onTestFinished(() => generations.close())
  return { generations, url: generations.urls[0]!, waiting, started }
}

/** The answer to a connection of its own. */
async function askFresh(url: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(get('/', 'Connection: close'))
  let text = ''
  socket.setEncoding('latin1').on('data', data => {
    text += data
  })
  await once(socket, 'close')
  return parseOne(text).body
}

describe('Generations', () => {
  it('refuse no connection and lose no request, however often they change', async () => {
    const { generations, url } = await startGenerations(configOf('0'))
    let going = true
    const ask = async (): Promise<string[]> => {
      const bodies: string[] = []
      while (going) bodies.push(await askFresh(url))
      return bodies
    }
    const asking = Promise.all(Array.from({ length: 8 }, ask))
    for (let n = 1; n <= 20; n++) {
      await generations.reload(configOf(String(n)), log)
      expect(generations.urls).toEqual([url])
      expect(await askFresh(url)).toBe(String(n))
    }
    going = false
    for (const bodies of await asking) {
      const numbers = bodies.map(Number)
      // Each on a new connection, so that none goes back to an older one.
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }
  })

  it('have what is in flight finished by the one that has begun it, and that one end', async () => {
    const { generations, url, waiting, started } = await startGenerations(configOf('old'))
    const client = await RawClient.connect(url)
    client.send(get('/slow'))
    await eventually(() => expect(waiting).toHaveLength(1))
    await generations.reload(configOf('new'), log)
    let isOver = false
    const drained = started[0]!.drain().then(() => {
      isOver = true
    })
    expect(await askFresh(url)).toBe('new')
    expect(isOver).toBe(false)
    waiting[0]!()
    expect(parseOne(await client.ended()).field('Connection')).toBe('close')
    client.finish()
    await drained
    expect(await generations.drain()).toBe(true)
  })

  it('are ready all the while, also to who asks the one that makes place', async () => {
    const { generations, url } = await startGenerations(
      configOf('old', { drainIdleMs: 2000, drainDelayMs: 2000 }),
    )
    const statusOn = async (client: RawClient): Promise<number> => {
      client.send(get('/-/ready', 'Connection: close'))
      client.finish()
      return parseOne(await client.ended()).status
    }
    const early = await RawClient.connect(url)
    await generations.reload(configOf('new', { drainIdleMs: 2000, drainDelayMs: 2000 }), log)
    expect(await statusOn(early)).toBe(200)
    void generations.drain()
    expect(await statusOn(await RawClient.connect(url))).toBe(503)
  })

  it('stay as they are where the new configuration cannot be had', async () => {
    const { generations, url } = await startGenerations(configOf('old'))
    const used = new URL((await startGenerations(configOf('other'))).url).port
    const taken = configOf('new', { listeners: ['127.0.0.1:0', `127.0.0.1:${used}`] })
    await expect(generations.reload(taken, log)).rejects.toThrow(
      `127.0.0.1:${used}: another program`,
    )
    await expect(generations.reload(configOf('new', { root: '/x/missing' }), log)).rejects.toThrow(
      'ENOENT',
    )
    await expect(generations.reload(configOf('new', { workers: 2 }), log)).rejects.toThrow(
      'takes a restart',
    )
    expect(generations.urls).toEqual([url])
    expect(await askFresh(url)).toBe('old')
    // Nor is anything lost to the one that follows.
    await generations.reload(configOf('new'), log)
    expect(await askFresh(url)).toBe('new')
  })
})
