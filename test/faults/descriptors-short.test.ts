import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get } from '../acceptance/request-bytes.ts'
import { RunningServer } from '../acceptance/running-server.ts'
import { TemporaryFolder } from '../acceptance/temporary-folder.ts'
import { FIN, RawClient } from '../raw-client.ts'

/** More than the socket buffers of both sides hold. */
const LARGE = Buffer.alloc(60_000_000, 'all of it, and nothing else; ')

// `all` is the share of the limit for connections and files together, `connections` that for
// connections alone: see src/server/files/file-system.ts.
describe.skipIf(process.platform !== 'linux').each([
  { openFiles: 64, all: 24, connections: 18 },
  { openFiles: 128, all: 80, connections: 60 },
])('with $openFiles descriptors', ({ openFiles, all, connections }) => {
  let folder: TemporaryFolder
  let server: RunningServer

  beforeAll(async () => {
    folder = new TemporaryFolder({
      'small.txt': 'small',
      'large.bin': LARGE,
      'other.bin': LARGE.subarray(0, 2_000_000),
    })
    server = await RunningServer.start(
      [folder.path, '--linger-timeout-ms=200', '--log-level=debug'],
      {
        openFiles,
      },
    )
  })
  afterAll(async () => {
    await server?.kill()
    folder.remove()
  })

  const connect = (): Promise<RawClient> => RawClient.connect(server.port)
  const connectMany = (count: number): Promise<RawClient[]> =>
    Promise.all(Array.from({ length: count }, connect))
  const largeFiles = (): number =>
    server.openFiles.filter(name => name.endsWith('large.bin')).length

  /** Resolves when descriptors are closed again, so that a new client gets a file. */
  const recovered = (): Promise<void> =>
    expect
      .poll(
        async () => {
          const client = await connect()
          const response = await client
            .request(get('/other.bin', 'Connection: close'))
            .catch(() => undefined)
          client.destroy()
          return response?.body.length
        },
        { interval: 20, timeout: 10_000 },
      )
      .toBe(2_000_000)

  it('starts, and limits its connections to their share', async () => {
    const clients = await connectMany(connections)
    for (const client of clients)
      expect((await client.request(get('/small.txt'))).text).toBe('small')
    const over = await connect()
    const response = await over.response()
    expect([response.status, response.field('connection')]).toEqual([503, 'close'])
    expect(await over.ending()).toEqual(FIN)
    // The share of files is still free.
    for (const client of clients.slice(0, 3))
      expect((await client.request(get('/other.bin'))).body.length).toBe(2_000_000)
    for (const client of clients) client.destroy()
    over.destroy()
    await recovered()
  })

  it('refuses more connections and files with a 503, serves the others, and recovers by itself', async () => {
    const clients = await connectMany(all / 2 + 1)
    for (const client of clients)
      expect((await client.request(get('/small.txt'))).text).toBe('small')
    const [requester, ...downloads] = clients as [RawClient, ...RawClient[]]
    // Each download opens a file: now only the last descriptor is left.
    for (const client of downloads.slice(1)) await client.pause().sent(get('/large.bin'))
    await expect.poll(largeFiles, { interval: 10, timeout: 10_000 }).toBe(all / 2 - 1)

    for (let n = 0; n < 3; n++) {
      const file = await requester.request(get('/other.bin'))
      expect([file.status, file.field('retry-after')]).toEqual([503, '2'])
      const over = await connect()
      const response = await over.response()
      expect([response.status, response.field('connection')]).toEqual([503, 'close'])
      expect(await over.ending()).toEqual(FIN)
      over.destroy()
    }

    // Downloads in progress complete.
    const complete = await downloads[1]!.resume().response()
    expect(complete.body.equals(LARGE)).toBe(true)
    for (const client of downloads) client.destroy()
    await expect.poll(largeFiles, { interval: 10, timeout: 10_000 }).toBe(0)
    expect((await requester.request(get('/other.bin'))).status).toBe(200)
    requester.destroy()
    await recovered()
  })

  it('survives a flood of connections', async () => {
    const flood = await connectMany(4 * openFiles)
    const statuses = await Promise.all(
      flood.map(async client => {
        const response = await client.request(get('/small.txt')).catch(() => undefined)
        return response?.status ?? 'dropped'
      }),
    )
    for (const status of statuses) expect([200, 503, 'dropped']).toContain(status)
    expect(statuses.filter(status => status === 200).length).toBeGreaterThanOrEqual(connections - 1)
    expect(statuses).toContain(503)
    for (const client of flood) client.destroy()
    await recovered()
    expect(server.openFiles.length).toBeLessThan(openFiles / 2)
  })

  it('logs at its end why connections closed', async () => {
    expect(await server.stop()).toBe(0)
    const { closeCounts } = await server.log.find(({ msg }) =>
      msg.startsWith('closed connections: '),
    )!
    expect(Object.keys(closeCounts as object)).toContain('connections-max')
  })
})
