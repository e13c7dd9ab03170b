import { randomBytes } from 'node:crypto'
import { readdirSync, readlinkSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { FIN, type Finish, RawClient } from './raw-client.ts'
import { get } from './request-bytes.ts'
import { Command, RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const SLEEP_MS = 1000
/** Workers that have ended are looked for in /proc. */
const POLL = { interval: 20, timeout: 15_000 }

let folder: TemporaryFolder

beforeAll(() => {
  folder = new TemporaryFolder({ 'a.txt': 'a' })
})
afterAll(() => folder.remove())

/** Flags of every server here, with a long or a short /sleep. */
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

/** How many sockets a process has open. */
function socketsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter(fd => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

/** So many connections, each of which has had an answer and is open. */
async function connections(port: number, count: number, finish: Finish): Promise<RawClient[]> {
  const clients = await Promise.all(
    Array.from({ length: count }, () => RawClient.connect(port, finish)),
  )
  for (const [n, client] of clients.entries())
    expect((await client.request(get(`/echo/${n}`))).text).toBe(String(n))
  return clients
}

/** As `connections`, each of which has /sleep in flight. */
async function sleepers(port: number, count: number, finish: Finish): Promise<RawClient[]> {
  const clients = await connections(port, count, finish)
  for (const client of clients) client.send(get('/echo/sleeps') + get('/sleep'))
  for (const client of clients) expect((await client.response()).text).toBe('sleeps')
  return clients
}

/** Both workers get some of the connections that are made now. */
async function expectBothServe(server: RunningServer, finish: Finish): Promise<void> {
  const pids = server.workerPids
  expect(pids.length).toBe(2)
  const before = pids.map(socketsOf)
  const gained = (): number[] => pids.map((pid, n) => socketsOf(pid) - before[n]!)
  const clients: RawClient[] = []
  // Who gets the next one is for the system to say: that both get some may take more than a few.
  while (gained().some(gain => gain <= 0) && clients.length < 400)
    clients.push(...(await connections(server.port, 10, finish)))
  for (const gain of gained()) expect(gain).toBeGreaterThan(0)
  for (const client of clients) client.destroy()
}

/** How often a client was answered, lost its connection, and had one on which nothing came. */
type Outcome = { readonly answers: number; readonly breaks: number; readonly silences: number }

type Load = { readonly stop: () => Promise<Outcome> }

/**
 * Asks until told to stop, each time on a new connection, or on one until it breaks. Every whole answer is the right one. Resolves
 * when the first has come.
 */
async function load(port: number, name: string, keeps: boolean, finish: Finish): Promise<Load> {
  let going = true
  const outcome = { answers: 0, breaks: 0, silences: 0 }
  let client = await RawClient.connect(port, finish)
  const ask = async (): Promise<void> => {
    const text = `${name}-${outcome.answers}`
    const answer = await client.request(get(`/echo/${text}`)).catch(() => undefined)
    if (answer !== undefined) {
      expect(answer.text).toBe(text)
      outcome.answers++
      if (keeps) return
    } else if (client.isOver) outcome.breaks++
    else outcome.silences++
    client.destroy()
    client = await RawClient.connect(port, finish)
  }
  const run = async (): Promise<Outcome> => {
    while (going) await ask()
    client.destroy()
    return outcome
  }
  await ask()
  const result = run()
  // Whatever fails is told by stop().
  result.catch(() => {})
  return {
    stop: () => {
      going = false
      return result
    },
  }
}

describe.skipIf(process.platform !== 'linux').each([
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

  it('both serve', async () => {
    const { workers, readStrategy } = await server.logged(/^listening$/)
    expect([workers, readStrategy]).toEqual([2, strategy])
    await expectBothServe(server, onTestFinished)
    expect(server.log.map(({ msg }) => msg)).toEqual(['listening'])
  })

  it('no client sees the bytes of another', async () => {
    const clients = await connections(server.port, 60, onTestFinished)
    for (let round = 0; round < 5; round++) {
      const texts = clients.map((_, n) => `${n}-${round}-${randomBytes(200).toString('hex')}`)
      await Promise.all(
        clients.map((client, n) => client.sent(get(`/echo/${texts[n]}`).slice(0, 30 + n))),
      )
      for (const [n, client] of clients.entries())
        client.send(get(`/echo/${texts[n]}`).slice(30 + n))
      const answers = await Promise.all(clients.map(client => client.response()))
      expect(answers.map(({ text }) => text)).toEqual(texts)
    }
  })

  it('one that is killed under load is replaced', async () => {
    // Idle ones, so many that whoever has most connections has some of these.
    const idle = await connections(server.port, 16, onTestFinished)
    const others = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        load(server.port, `load-${n}`, n % 2 === 0, onTestFinished),
      ),
    )
    // The one that has more to do.
    const [victim, survivor] = server.workerPids.sort((a, b) => socketsOf(b) - socketsOf(a)) as [
      number,
      number,
    ]
    process.kill(victim, 'SIGKILL')
    const { msg, level, pauseMs } = await server.logged(/died/)
    // With the start of a process, it is back within a second.
    expect(pauseMs).toBeLessThanOrEqual(200)
    expect(level).toBe('warn')
    expect(msg).toContain(`worker ${victim} died (SIGKILL)`)
    // The server goes on meanwhile: connections that are made now are answered.
    await connections(server.port, 4, onTestFinished)
    await expect.poll(() => server.workerPids.length, POLL).toBe(2)
    expect(server.workerPids).toContain(survivor)
    expect(server.workerPids).not.toContain(victim)
    const replacement = server.workerPids.find(pid => pid !== survivor)!
    const atFirst = socketsOf(replacement)
    const serves = async (): Promise<boolean> => {
      await connections(server.port, 8, onTestFinished)
      // Beyond what it opens while it starts.
      return socketsOf(replacement) >= atFirst + 5
    }
    await expect.poll(serves, POLL).toBe(true)
    const results = await Promise.all(others.map(other => other.stop()))
    for (const { answers, breaks, silences } of results) {
      expect(answers).toBeGreaterThan(0)
      // At most the one connection that its worker took with it; and none is left hanging.
      expect(breaks).toBeLessThanOrEqual(1)
      expect(silences).toBe(0)
    }
    expect(idle.some(client => client.isOver)).toBe(true)
    await expectBothServe(server, onTestFinished)
    // Had its probe met the connections of others, it would read in another way, and say so.
    expect(server.log.map(({ msg }) => msg)).toEqual(['listening', expect.stringContaining('died')])
  })

  it(`${signal} drains both, and ends with 0`, async () => {
    const pids = server.workerPids
    const idle = await connections(server.port, 10, onTestFinished)
    const asleep = await sleepers(server.port, 10, onTestFinished)
    server.signal(signal)
    expect(await Promise.all(idle.map(client => client.ending()))).toEqual(idle.map(() => FIN))
    for (const client of asleep) {
      const { status, fields } = await client.response()
      expect([status, fields.get('connection')]).toEqual([200, 'close'])
    }
    for (const client of [...idle, ...asleep]) client.halfClose()
    expect((await server.ended).code).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
    // The lines of both, none of them torn.
    const targets = server.stdoutLines.map(line => JSON.parse(line).target)
    expect(targets.filter(target => target === '/echo/sleeps').length).toBe(asleep.length)
    expect(targets.filter(target => target === '/sleep').length).toBe(asleep.length)
    expect(server.log.at(-1)?.msg).toMatch(new RegExp(`^${signal}: `))
  })
})

describe.skipIf(process.platform !== 'linux').concurrent('--workers 2', { timeout: 60_000 }, () => {
  it('where all are killed, the server comes back under its address', async ({
    onTestFinished,
    expect,
  }) => {
    const server = await start(onTestFinished)
    for (const pid of server.workerPids) process.kill(pid, 'SIGKILL')
    await server.logged(/died/, 2)
    const answers = async (): Promise<number> => {
      const client = await RawClient.connect(server.port, onTestFinished).catch(() => undefined)
      const answer = await client?.request(get('/a.txt')).catch(() => undefined)
      client?.destroy()
      return answer?.status ?? 0
    }
    await expect.poll(answers, POLL).toBe(200)
    await expect.poll(() => server.workerPids.length, POLL).toBe(2)
  })

  it('a signal to each of them, as Ctrl-C on a terminal gives, drains as well', async ({
    onTestFinished,
  }) => {
    const server = await start(onTestFinished)
    const pids = server.workerPids
    const asleep = await sleepers(server.port, 6, onTestFinished)
    for (const pid of [...pids, server.pid]) process.kill(pid, 'SIGINT')
    for (const client of asleep) expect((await client.response()).status).toBe(200)
    for (const client of asleep) client.halfClose()
    expect((await server.ended).code).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('a second signal ends all of them at once', async ({ onTestFinished, expect }) => {
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

  it('--drain-timeout cuts off what takes longer, in all of them', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, 60_000, '--drain-timeout=200ms')
    await sleepers(server.port, 4, onTestFinished)
    expect(await server.stop()).toBe(1)
    const cut = server.log.filter(({ msg }) => /cut off after 200 ms/.test(msg))
    expect(cut.reduce((sum, line) => sum + (line.connections as number), 0)).toBe(4)
  })

  it('none outlives a primary process that is killed', async ({ onTestFinished, expect }) => {
    const server = await start(onTestFinished)
    const pids = server.workerPids
    const clients = await connections(server.port, 4, onTestFinished)
    process.kill(server.pid, 'SIGKILL')
    expect(await Promise.all(clients.map(client => client.ending()))).toEqual(
      clients.map(() => FIN),
    )
    for (const client of clients) client.halfClose()
    await expect.poll(() => pids.filter(isAlive), POLL).toEqual([])
  })

  it('that die again and again are replaced later and later; where none can live, the server ends with 1', async ({
    onTestFinished,
    expect,
  }) => {
    const root = new TemporaryFolder({ 'a.txt': 'a' })
    onTestFinished(() => root.remove())
    const args = [root.path, '--workers=2', '--workers-timeout-ms=2s']
    const server = await RunningServer.start(args)
    onTestFinished(() => server.kill())
    const pids = server.workerPids
    // What none of those that come later can serve.
    root.remove()
    const startMs = performance.now()
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    expect((await server.ended).code).toBe(1)
    expect(performance.now() - startMs).toBeGreaterThan(2000)
    const last = server.log.at(-1)!
    expect(last.level).toBe('error')
    expect(last.msg).toMatch(/^no worker has listened for 2000 ms; the last: .*ENOENT/)
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

  it('a root that is missing is reported as without workers', async () => {
    const args = ['/nowhere/at/all', '-p', '0']
    const [alone, together] = await Promise.all([
      Command.run(args),
      Command.run([...args, '--workers=2']),
    ])
    expect(alone.stderr).toBe('statewire: the root /nowhere/at/all: there is no such folder\n')
    expect(together).toEqual(alone)
  })
})
