import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIN, RawClient } from '../acceptance/raw-client.ts'
import { get } from '../acceptance/request-bytes.ts'
import { RunningServer } from '../acceptance/running-server.ts'
import { TemporaryFolder } from '../acceptance/temporary-folder.ts'

/** More than the buffers of both kernels hold together. */
const LARGE = Buffer.alloc(60_000_000, 'all of it, and nothing else; ')

// What is left of the limit for connections and files together, and for connections alone: see src/server/files/counted-file-system.ts.
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

  /** Resolves when what was open is closed, and a client is served again. */
  const recovered = (): Promise<void> =>
    expect
      .poll(
        async () => {
          const client = await connect()
          const answer = await client
            .request(get('/other.bin', 'Connection: close'))
            .catch(() => undefined)
          client.destroy()
          return answer?.body.length
        },
        { interval: 20, timeout: 10_000 },
      )
      .toBe(2_000_000)

  it('it starts, with as many connections as suit it', async () => {
    const clients = await connectMany(connections)
    for (const client of clients)
      expect((await client.request(get('/small.txt'))).text).toBe('small')
    const over = await connect()
    const answer = await over.response()
    expect([answer.status, answer.connection]).toEqual([503, 'close'])
    expect(await over.ending()).toEqual(FIN)
    // They leave some to files.
    for (const client of clients.slice(0, 3))
      expect((await client.request(get('/other.bin'))).body.length).toBe(2_000_000)
    for (const client of clients) client.destroy()
    over.destroy()
    await recovered()
  })

  it('connections and files beyond them get its own 503, those within go on, and it recovers by itself', async () => {
    const clients = await connectMany(all / 2 + 1)
    for (const client of clients)
      expect((await client.request(get('/small.txt'))).text).toBe('small')
    const [asking, ...loading] = clients as [RawClient, ...RawClient[]]
    // Each takes one more: now none is left but the last.
    for (const client of loading.slice(1)) await client.pause().sent(get('/large.bin'))
    await expect.poll(largeFiles, { interval: 10, timeout: 10_000 }).toBe(all / 2 - 1)

    for (let n = 0; n < 3; n++) {
      const file = await asking.request(get('/other.bin'))
      expect([file.status, file.fields.get('retry-after')]).toEqual([503, '2'])
      const over = await connect()
      const answer = await over.response()
      expect([answer.status, answer.connection]).toEqual([503, 'close'])
      expect(await over.ending()).toEqual(FIN)
      over.destroy()
    }

    // Those that were running get all of it.
    const whole = await loading[1]!.resume().response()
    expect(whole.body.equals(LARGE)).toBe(true)
    for (const client of loading) client.destroy()
    await expect.poll(largeFiles, { interval: 10, timeout: 10_000 }).toBe(0)
    expect((await asking.request(get('/other.bin'))).status).toBe(200)
    asking.destroy()
    await recovered()
  })

  it('a flood leaves it standing', async () => {
    const flood = await connectMany(4 * openFiles)
    const statuses = await Promise.all(
      flood.map(async client => {
        const answer = await client.request(get('/small.txt')).catch(() => undefined)
        return answer?.status ?? 'dropped'
      }),
    )
    for (const status of statuses) expect([200, 503, 'dropped']).toContain(status)
    expect(statuses.filter(status => status === 200).length).toBeGreaterThanOrEqual(connections - 1)
    expect(statuses).toContain(503)
    for (const client of flood) client.destroy()
    await recovered()
    expect(server.openFiles.length).toBeLessThan(openFiles / 2)
  })

  it('says at its end how they ended', async () => {
    expect(await server.stop()).toBe(0)
    const { connectionEnds } = await server.log.find(({ msg }) =>
      msg.startsWith('connections ended: '),
    )!
    expect(Object.keys(connectionEnds as object)).toContain('connections-max')
  })
})
