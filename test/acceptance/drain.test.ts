import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIN, type Finish, RawClient } from '../raw-client.ts'
import { get } from './request-bytes.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const SLEEP_MS = 1000
const LARGE = randomBytes(20_000_000)

let folder: TemporaryFolder

beforeAll(() => {
  folder = new TemporaryFolder({ 'a.txt': 'a', 'large.bin': LARGE })
})
afterAll(() => folder.remove())

async function start(finish: Finish, ...flags: string[]): Promise<RunningServer> {
  const server = await RunningServer.start([folder.path, '--endpoints=echo,sleep,files', ...flags])
  finish(() => server.kill())
  return server
}

/** Connects a client with /sleep in flight: the response before it shows that it has been read. */
async function sleeper({ port }: RunningServer, finish: Finish): Promise<RawClient> {
  const client = await RawClient.connect(port, finish)
  client.send(get('/echo/first') + get('/sleep'))
  expect((await client.response()).text).toBe('first')
  return client
}

/** Sends requests until the server closes the connection. Resolves to the number of responses. */
async function keepRequesting(port: number, name: string, finish: Finish): Promise<number> {
  const client = await RawClient.connect(port, finish)
  let count = 0
  while (!client.isOver) {
    client.send(get(`/echo/${name}-${count}`))
    const response = await client.response().catch(() => undefined)
    // If the request and the FIN crossed, there is not a single byte of a response.
    if (response === undefined) break
    expect([response.status, response.text]).toEqual([200, `${name}-${count}`])
    count++
    if (response.field('connection') === 'close') break
  }
  expect(await client.ending()).toEqual(FIN)
  client.halfClose()
  await client.closed()
  expect(client.error).toBeUndefined()
  return count
}

it('SIGTERM under load: requests in flight get complete responses, idle connections close, exit code 0', async ({
  onTestFinished,
}) => {
  const server = await start(onTestFinished, `--sleep-ms=${SLEEP_MS}`, '--access-log=json')
  const { port } = server
  const idle = await Promise.all(
    Array.from({ length: 10 }, () => RawClient.connect(port, onTestFinished)),
  )
  for (const client of idle) await client.request(get('/a.txt'))
  const download = (await RawClient.connect(port, onTestFinished)).send(get('/large.bin'))
  await download.holds(1)
  download.pause()
  const half = await RawClient.connect(port, onTestFinished)
  await half.request(get('/a.txt'))
  await half.sent('GET /echo/half HTTP/1.1\r\nHo')
  const upload = await RawClient.connect(port, onTestFinished)
  upload.send(
    `POST /files/upload.txt HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n`,
  )
  expect((await upload.response('POST')).status).toBe(100)
  const load = Array.from({ length: 20 }, (_, n) =>
    keepRequesting(port, `load-${n}`, onTestFinished),
  )
  // Signal only once the load is under way.
  await server.until(() => server.stdoutLines.length > 500, 'the load did not start')
  const sleepers = await Promise.all(
    Array.from({ length: 10 }, () => sleeper(server, onTestFinished)),
  )

  server.signal('SIGTERM')
  await server.logged(/^SIGTERM: /)
  // The listeners close after the next turn of the event loop.
  await expect
    .poll(() => RawClient.connect(port, onTestFinished).catch((error: Error) => error.message))
    .toMatch(/ECONNREFUSED/)
  expect(await Promise.all(idle.map(client => client.ending()))).toEqual(idle.map(() => FIN))
  expect(sleepers.every(client => client.received === '')).toBe(true)
  half.send('st: a\r\n\r\n')
  upload.send('abc')
  upload.send('def')

  const halfResponse = await half.response()
  expect([halfResponse.text, halfResponse.field('connection')]).toEqual(['half', 'close'])
  expect(await half.ending()).toEqual(FIN)
  expect((await upload.response('POST')).status).toBe(201)
  expect(await upload.ending()).toEqual(FIN)
  expect(readFileSync(join(folder.path, 'upload.txt'), 'utf8')).toBe('abcdef')
  const naps = await Promise.all(sleepers.map(client => client.response()))
  for (const { status, field } of naps)
    expect([status, field('connection')]).toEqual([200, 'close'])
  expect(await Promise.all(sleepers.map(client => client.ending()))).toEqual(
    sleepers.map(() => FIN),
  )
  expect((await download.resume().response()).body.equals(LARGE)).toBe(true)
  expect(await download.ending()).toEqual(FIN)
  const counts = await Promise.all(load)
  for (const client of [...idle, ...sleepers, download, half, upload]) client.halfClose()

  expect((await server.ended).code).toBe(0)
  // Each response has a line: one per idle client, two per sleeper, the rest, and the load.
  const responses =
    idle.length + 2 * sleepers.length + 1 + 2 + 1 + counts.reduce((sum, count) => sum + count)
  const records = server.stdoutLines.map(line => JSON.parse(line))
  expect(server.stdout.endsWith('\n')).toBe(true)
  expect(records.filter(({ url }) => url === '/sleep').length).toBe(sleepers.length)
  expect(records.filter(({ url }) => url === '/large.bin').map(({ bytes }) => bytes)).toEqual([
    LARGE.length,
  ])
  expect(records.length).toBe(responses)
  for (const client of [...idle, ...sleepers, download, half, upload])
    expect(client.error).toBeUndefined()
})

describe.concurrent.each(['SIGTERM', 'SIGINT'] as const)('%s', signal => {
  it('ends an idle server at once, with exit code 0', async ({ onTestFinished }) => {
    const server = await start(onTestFinished)
    const startMs = performance.now()
    expect(await server.stop(signal)).toBe(0)
    expect(performance.now() - startMs).toBeLessThan(2000)
    expect(server.log.map(({ level }) => level)).toEqual(['info', 'info'])
  })

  it('does not wait for clients that neither send nor close', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, '--linger-timeout-ms=100')
    const silent = await Promise.all(
      Array.from({ length: 5 }, () => RawClient.connect(server.port, onTestFinished)),
    )
    for (const client of silent) await client.request(get('/a.txt'))
    const startMs = performance.now()
    expect(await server.stop(signal)).toBe(0)
    expect(performance.now() - startMs).toBeLessThan(2000)
    expect(await Promise.all(silent.map(client => client.ending()))).toEqual(silent.map(() => FIN))
  })

  it.for(['off', 'json'])(
    'a second time ends the server at once, with --access-log=%s',
    async (form, { onTestFinished }) => {
      const server = await start(onTestFinished, '--sleep-ms=1m', `--access-log=${form}`)
      const client = await sleeper(server, onTestFinished)
      server.signal(signal)
      await server.logged(new RegExp(`^${signal}: `))
      const startMs = performance.now()
      expect(await server.stop(signal)).toBe(1)
      expect(performance.now() - startMs).toBeLessThan(2000)
      const { rest } = await client.ending()
      expect(rest).toBe('')
      // The response before the signal is logged.
      expect(server.stdoutLines.length).toBe(form === 'off' ? 0 : 1)
    },
  )
})

describe.concurrent('a drain', () => {
  it('responds on an idle connection within --drain-idle-ms, with Connection: close', async ({
    onTestFinished,
  }) => {
    const server = await start(onTestFinished, '--drain-idle-ms=5s')
    const client = await RawClient.connect(server.port, onTestFinished)
    await client.request(get('/a.txt'))
    server.signal('SIGTERM')
    await server.logged(/^SIGTERM: /)
    const late = await client.request(get('/a.txt'))
    expect([late.text, late.field('connection')]).toEqual(['a', 'close'])
    expect(await client.ending()).toEqual(FIN)
    client.halfClose()
    expect((await server.ended).code).toBe(0)
  })

  it('accepts connections for --drain-delay-ms, with and without workers', async ({
    onTestFinished,
  }) => {
    for (const workers of [1, 2]) {
      const server = await start(
        onTestFinished,
        '--drain-delay-ms=1s',
        '--drain-idle-ms=0',
        `--workers=${workers}`,
      )
      server.signal('SIGTERM')
      await server.logged(/^SIGTERM: /)
      const startMs = performance.now()
      const late = await RawClient.connect(server.port, onTestFinished)
      const response = await late.request(get('/a.txt'))
      expect(response.text).toBe('a')
      late.halfClose()
      expect((await server.ended).code).toBe(0)
      expect(performance.now() - startMs).toBeGreaterThan(800)
    }
  })

  it('ends at a second signal during --drain-delay-ms', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, '--drain-delay-ms=1m')
    server.signal('SIGTERM')
    await server.logged(/^SIGTERM: /)
    const startMs = performance.now()
    expect(await server.stop()).toBe(1)
    expect(performance.now() - startMs).toBeLessThan(3000)
  })

  it('ends a pipeline after the request in progress, and closes', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, `--sleep-ms=${SLEEP_MS}`, '--linger-timeout-ms=100')
    const client = await RawClient.connect(server.port, onTestFinished)
    client.send(get('/echo/first') + get('/sleep') + get('/echo/behind').repeat(100))
    expect((await client.response()).text).toBe('first')
    server.signal('SIGTERM')
    const nap = await client.response()
    expect([nap.status, nap.field('connection')]).toEqual([200, 'close'])
    expect(await client.ending()).toEqual(FIN)
    expect((await server.ended).code).toBe(0)
  })

  it('aborts longer requests after --drain-timeout: exit code 1, and the number in the log', async ({
    onTestFinished,
  }) => {
    const server = await start(
      onTestFinished,
      '--sleep-ms=1m',
      '--drain-timeout',
      '200ms',
      '--access-log=combined',
    )
    const sleepers = await Promise.all([1, 2, 3].map(() => sleeper(server, onTestFinished)))
    const startMs = performance.now()
    expect(await server.stop()).toBe(1)
    const tookMs = performance.now() - startMs
    expect(tookMs).toBeGreaterThanOrEqual(190)
    expect(tookMs).toBeLessThan(3000)
    expect((await server.logged(/drainTimeoutMs \(200 ms\) is over/)).connections).toBe(3)
    for (const client of sleepers) expect((await client.ending()).rest).toBe('')
    // Complete responses are logged, aborted ones are not.
    expect(server.stdoutLines.length).toBe(3)
    for (const line of server.stdoutLines)
      expect(line).toContain('"GET /echo/first HTTP/1.1" 200 5')
  })

  it('aborts at once with --drain-timeout=0', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, '--sleep-ms=1m', '--drain-timeout=0')
    await sleeper(server, onTestFinished)
    const startMs = performance.now()
    expect(await server.stop()).toBe(1)
    expect(performance.now() - startMs).toBeLessThan(2000)
  })

  it('ends an aborted download with the connection, short of its Content-Length', async ({
    onTestFinished,
  }) => {
    const server = await start(onTestFinished, '--drain-timeout=100ms')
    const client = (await RawClient.connect(server.port, onTestFinished)).send(get('/large.bin'))
    await client.holds(1)
    client.pause()
    expect(await server.stop()).toBe(1)
    const { rest } = await client.resume().ending()
    expect(rest).toContain(`Content-Length: ${LARGE.length}\r\n`)
    expect(rest.length).toBeLessThan(LARGE.length)
  })
})
