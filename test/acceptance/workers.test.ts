import { randomBytes } from 'node:crypto'
import { readdirSync, readlinkSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { FIN, type Finish, RawClient } from '../raw-client.ts'
import { get } from './request-bytes.ts'
import { Command, RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const SLEEP_MS = 1000
/** The tests poll /proc for the end of workers. */
const POLL = { interval: 20, timeout: 15_000 }

let folder: TemporaryFolder

beforeAll(() => {
  folder = new TemporaryFolder({ 'a.txt': 'a' })
})
afterAll(() => folder.remove())

/** Returns the flags of the servers in this file. */
const flags = (sleepMs = SLEEP_MS): string[] => [
  folder.path,
  '--workers=2',
  '--endpoints=echo,sleep',
  '--linger-timeout-ms=100',
  `--sleep-ms=${sleepMs}`,
]

async function start(finish: Finish, sleepMs?: number, ...more: string[]): Promise<RunningServer> {
  const server = await RunningServer.start([...flags(sleepMs), ...more])
  finish(() => server.kill())
  return server
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Returns how many sockets a process has open. */
function socketsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter(fd => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

/** Opens connections, each with one request and response. */
async function connectMany(port: number, count: number, finish: Finish): Promise<RawClient[]> {
  const clients = await Promise.all(
    Array.from({ length: count }, () => RawClient.connect(port, finish)),
  )
  for (const [n, client] of clients.entries())
    expect((await client.request(get(`/echo/${n}`))).text).toBe(String(n))
  return clients
}

/** Opens connections, each with /sleep in flight. */
async function sleepers(port: number, count: number, finish: Finish): Promise<RawClient[]> {
  const clients = await connectMany(port, count, finish)
  for (const client of clients) client.send(get('/echo/sleeps') + get('/sleep'))
  for (const client of clients) expect((await client.response()).text).toBe('sleeps')
  return clients
}

/** Expects both workers to accept new connections. */
async function expectBothServe(server: RunningServer, finish: Finish): Promise<void> {
  const pids = server.workerPids
  expect(pids.length).toBe(2)
  const before = pids.map(socketsOf)
  const gained = (): number[] => pids.map((pid, n) => socketsOf(pid) - before[n]!)
  const clients: RawClient[] = []
  // The kernel chooses the worker for each connection, so this may take many connections.
  while (gained().some(gain => gain <= 0) && clients.length < 400)
    clients.push(...(await connectMany(server.port, 10, finish)))
  for (const gain of gained()) expect(gain).toBeGreaterThan(0)
  for (const client of clients) client.destroy()
}

/** Counts of responses, of broken connections, and of connections without a response. */
type LoadResult = { readonly responses: number; readonly breaks: number; readonly silences: number }

type Load = { readonly stop: () => Promise<LoadResult> }

/**
 * Sends requests until stop() is called, each on a new connection or, if `keeps`, on one until it
 * breaks. Expects every response to be the right one. Resolves after the first response.
 */
async function load(port: number, name: string, keeps: boolean, finish: Finish): Promise<Load> {
  let isRunning = true
  const result = { responses: 0, breaks: 0, silences: 0 }
  let client = await RawClient.connect(port, finish)
  const requestOnce = async (): Promise<void> => {
    const text = `${name}-${result.responses}`
    const response = await client.request(get(`/echo/${text}`)).catch(() => undefined)
    if (response !== undefined) {
      expect(response.text).toBe(text)
      result.responses++
      if (keeps) return
    } else if (client.isOver) result.breaks++
    else result.silences++
    client.destroy()
    client = await RawClient.connect(port, finish)
  }
  const run = async (): Promise<LoadResult> => {
    while (isRunning) await requestOnce()
    client.destroy()
    return result
  }
  await requestOnce()
  const running = run()
  // stop() reports a failure.
  running.catch(() => {})
  return {
    stop: () => {
      isRunning = false
      return running
    },
  }
}

describe.skipIf(process.platform !== 'linux').each([
  ['raw', 'SIGTERM'],
  ['shared-buffer', 'SIGTERM'],
  ['stream', 'SIGINT'],
] as const)('--workers 2, reading with %s', { timeout: 60_000 }, (strategy, signal) => {
  let server: RunningServer

  beforeAll(async () => {
    server = await RunningServer.start([
      ...flags(),
      `--read-strategy=${strategy}`,
      '--access-log=json',
    ])
  })
  afterAll(() => server?.kill())

  it('both workers accept connections', async () => {
    const { workers, readStrategy } = await server.logged(/^listening$/)
    expect([workers, readStrategy]).toEqual([2, strategy])
    await expectBothServe(server, onTestFinished)
    expect(server.log.map(({ msg }) => msg)).toEqual(['listening'])
  })

  it('no client sees the bytes of another', async () => {
    const clients = await connectMany(server.port, 60, onTestFinished)
    for (let round = 0; round < 5; round++) {
      const texts = clients.map((_, n) => `${n}-${round}-${randomBytes(200).toString('hex')}`)
      await Promise.all(
        clients.map((client, n) => client.sent(get(`/echo/${texts[n]}`).slice(0, 30 + n))),
      )
      for (const [n, client] of clients.entries())
        client.send(get(`/echo/${texts[n]}`).slice(30 + n))
      const responses = await Promise.all(clients.map(client => client.response()))
      expect(responses.map(({ text }) => text)).toEqual(texts)
    }
  })

  it('a worker that is killed under load is replaced', async () => {
    // So many idle connections that the busiest worker has some of them.
    const idle = await connectMany(server.port, 16, onTestFinished)
    const others = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        load(server.port, `load-${n}`, n % 2 === 0, onTestFinished),
      ),
    )
    // The victim is the worker with more connections.
    const [victim, survivor] = server.workerPids.sort((a, b) => socketsOf(b) - socketsOf(a)) as [
      number,
      number,
    ]
    process.kill(victim, 'SIGKILL')
    const { msg, level, pauseMs } = await server.logged(/died/)
    // Including the start of a process, the replacement is ready within a second.
    expect(pauseMs).toBeLessThanOrEqual(200)
    expect(level).toBe('warn')
    expect(msg).toContain(`worker ${victim} died (SIGKILL)`)
    // Meanwhile the other worker accepts connections.
    await connectMany(server.port, 4, onTestFinished)
    await expect.poll(() => server.workerPids.length, POLL).toBe(2)
    expect(server.workerPids).toContain(survivor)
    expect(server.workerPids).not.toContain(victim)
    const replacement = server.workerPids.find(pid => pid !== survivor)!
    const atFirst = socketsOf(replacement)
    const serves = async (): Promise<boolean> => {
      await connectMany(server.port, 8, onTestFinished)
      // More sockets than it opens during its start.
      return socketsOf(replacement) >= atFirst + 5
    }
    await expect.poll(serves, POLL).toBe(true)
    const results = await Promise.all(others.map(other => other.stop()))
    for (const { responses, breaks, silences } of results) {
      expect(responses).toBeGreaterThan(0)
      // At most the one connection of the killed worker breaks, and none hangs.
      expect(breaks).toBeLessThanOrEqual(1)
      expect(silences).toBe(0)
    }
    expect(idle.some(client => client.isOver)).toBe(true)
    await expectBothServe(server, onTestFinished)
    // The replacement's probe of the read strategy was not disturbed by other connections, or it
    // would have logged another strategy.
    expect(server.log.map(({ msg }) => msg)).toEqual(['listening', expect.stringContaining('died')])
  })

  it(`${signal} drains both workers, and the server exits with 0`, async () => {
    const pids = server.workerPids
    const idle = await connectMany(server.port, 10, onTestFinished)
    const asleep = await sleepers(server.port, 10, onTestFinished)
    server.signal(signal)
    expect(await Promise.all(idle.map(client => client.ending()))).toEqual(idle.map(() => FIN))
    for (const client of asleep) {
      const { status, field } = await client.response()
      expect([status, field('connection')]).toEqual([200, 'close'])
    }
    for (const client of [...idle, ...asleep]) client.halfClose()
    expect((await server.ended).code).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
    // The access log has the complete lines of both workers.
    const targets = server.stdoutLines.map(line => JSON.parse(line).url)
    expect(targets.filter(target => target === '/echo/sleeps').length).toBe(asleep.length)
    expect(targets.filter(target => target === '/sleep').length).toBe(asleep.length)
    expect(server.log.at(-1)?.msg).toMatch(new RegExp(`^${signal}: `))
  })
})

describe.skipIf(process.platform !== 'linux').concurrent('--workers 2', { timeout: 60_000 }, () => {
  it('the server restarts its workers at the same address after all were killed', async ({
    onTestFinished,
    expect,
  }) => {
    const server = await start(onTestFinished)
    for (const pid of server.workerPids) process.kill(pid, 'SIGKILL')
    await server.logged(/died/, 2)
    const statusOfRequest = async (): Promise<number> => {
      const client = await RawClient.connect(server.port, onTestFinished).catch(() => undefined)
      const response = await client?.request(get('/a.txt')).catch(() => undefined)
      client?.destroy()
      return response?.status ?? 0
    }
    await expect.poll(statusOfRequest, POLL).toBe(200)
    await expect.poll(() => server.workerPids.length, POLL).toBe(2)
  })

  it('a signal to every process, as Ctrl-C sends, drains as well', async ({ onTestFinished }) => {
    const server = await start(onTestFinished)
    const pids = server.workerPids
    const asleep = await sleepers(server.port, 6, onTestFinished)
    for (const pid of [...pids, server.pid]) process.kill(pid, 'SIGINT')
    for (const client of asleep) expect((await client.response()).status).toBe(200)
    for (const client of asleep) client.halfClose()
    expect((await server.ended).code).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('a second signal ends all processes at once', async ({ onTestFinished, expect }) => {
    const server = await start(onTestFinished, 60_000)
    const pids = server.workerPids
    await sleepers(server.port, 4, onTestFinished)
    server.signal('SIGTERM')
    await server.logged(/^SIGTERM: /)
    const startMs = performance.now()
    expect(await server.stop()).toBe(1)
    expect(performance.now() - startMs).toBeLessThan(2500)
    await expect.poll(() => pids.filter(isAlive), POLL).toEqual([])
  })

  it('--drain-timeout aborts longer requests in all workers', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, 60_000, '--drain-timeout=200ms')
    await sleepers(server.port, 4, onTestFinished)
    expect(await server.stop()).toBe(1)
    const aborted = server.log.filter(({ msg }) => /drainTimeoutMs \(200 ms\) is over/.test(msg))
    expect(aborted.reduce((sum, line) => sum + (line.connections as number), 0)).toBe(4)
  })

  it('no worker outlives a killed primary process', async ({ onTestFinished, expect }) => {
    const server = await start(onTestFinished)
    const pids = server.workerPids
    const clients = await connectMany(server.port, 4, onTestFinished)
    process.kill(server.pid, 'SIGKILL')
    expect(await Promise.all(clients.map(client => client.ending()))).toEqual(
      clients.map(() => FIN),
    )
    for (const client of clients) client.halfClose()
    await expect.poll(() => pids.filter(isAlive), POLL).toEqual([])
  })

  it('workers that keep dying are replaced with growing pauses; without any worker the server exits with 1', async ({
    onTestFinished,
    expect,
  }) => {
    const root = new TemporaryFolder({ 'a.txt': 'a' })
    onTestFinished(() => root.remove())
    const args = [root.path, '--workers=2', '--workers-timeout-ms=2s']
    const server = await RunningServer.start(args)
    onTestFinished(() => server.kill())
    const pids = server.workerPids
    // Without the root, no later worker can start.
    root.remove()
    const startMs = performance.now()
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    expect((await server.ended).code).toBe(1)
    expect(performance.now() - startMs).toBeGreaterThan(2000)
    const last = server.log.at(-1)!
    expect(last.level).toBe('error')
    expect(last.msg).toMatch(
      /^no worker has listened for 2000 ms; the last one: the root .*: there is no such folder$/,
    )
    const pauses = server.log
      .filter(({ msg }) => /died/.test(msg))
      .map(line => line.pauseMs as number)
    expect(pauses.length).toBeGreaterThan(3)
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b))
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(8 * pauses[0]!)
  })

  it('a port in use is reported once, in one line', async ({ onTestFinished }) => {
    const holder = await RunningServer.start([folder.path])
    onTestFinished(() => holder.kill())
    const { code, stdout, stderr } = await Command.run([
      folder.path,
      '-w',
      '2',
      '-p',
      String(holder.port),
    ])
    expect(stderr).toBe(
      `statewire: 127.0.0.1:${holder.port}: another program listens on this port already\n`,
    )
    expect([code, stdout]).toEqual([1, ''])
  })

  it('a missing root is reported in the same words as without workers', async () => {
    const args = ['/nowhere/at/all', '-p', '0']
    const [alone, together] = await Promise.all([
      Command.run(args),
      Command.run([...args, '--workers=2']),
    ])
    expect(alone.stderr).toBe('statewire: ROOT /nowhere/at/all: there is no such folder\n')
    expect(together).toEqual(alone)
  })
})
