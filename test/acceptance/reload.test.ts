import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Finish, RawClient } from '../raw-client.ts'
import { get } from './request-bytes.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/** The bodies that a series of new connections received, and what went wrong on the others. */
type LoadResult = { readonly responses: string[]; readonly failures: string[] }

/** Requests `/` on a new connection each time, until stop() is called. */
function keepConnecting(port: number): { readonly stop: () => Promise<LoadResult> } {
  const result: LoadResult = { responses: [], failures: [] }
  let isRunning = true
  const requestOnce = async (): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', port })
    let text = ''
    socket.setEncoding('latin1').on('data', data => {
      text += data
    })
    socket.write(get('/', 'Connection: close'))
    await once(socket, 'close').catch(error => result.failures.push(error.message))
    if (/^HTTP\/1\.1 200 /.test(text))
      result.responses.push(text.slice(text.indexOf('\r\n\r\n') + 4))
    else result.failures.push(`a response: ${JSON.stringify(text)}`)
  }
  const run = async (): Promise<LoadResult> => {
    while (isRunning) await requestOnce()
    return result
  }
  const running = run()
  running.catch(() => {})
  return {
    stop: () => {
      isRunning = false
      return running
    },
  }
}

/** Requests `/` on a UNIX socket and returns the whole response. */
async function requestUnix(path: string): Promise<string> {
  const socket = connect({ path })
  let text = ''
  socket.setEncoding('latin1').on('data', data => {
    text += data
  })
  socket.write(get('/', 'Connection: close'))
  await once(socket, 'close')
  return text
}

/**
 * Starts a server in a folder with the roots `old` and `new`, and a configuration file that names
 * `old`.
 */
async function startConfigured(finish: Finish, workers: number, more = '') {
  const folder = new TemporaryFolder({ 'old/index.html': 'old', 'new/index.html': 'new' })
  finish(() => folder.remove())
  const configure = (text: string): string => folder.write('statewire.toml', text)
  configure(`root = "old"\n${more}`)
  const flags = [
    `--workers=${workers}`,
    '--drain-delay-ms=2s',
    '--endpoints=sleep',
    '--sleep-ms=4s',
    '--linger-timeout-ms=100',
  ]
  const server = await RunningServer.start(flags, { cwd: folder.path })
  finish(() => server.kill())
  return { server, configure }
}

describe.skipIf(process.platform !== 'linux').each([1, 2])('SIGHUP, with --workers %d', workers => {
  it('reloads the configuration without refusing a connection or aborting a request in flight', async ({
    onTestFinished,
  }) => {
    const { server, configure } = await startConfigured(onTestFinished, workers)
    const before = server.workerPids
    const asleep = await RawClient.connect(server.port, onTestFinished)
    await asleep.request(get('/'))
    asleep.send(get('/sleep'))
    const idle = await RawClient.connect(server.port, onTestFinished)
    await idle.request(get('/'))
    const clients = Array.from({ length: 4 }, () => keepConnecting(server.port))
    await new Promise(resolve => setTimeout(resolve, 100))

    configure('root = "new"\nsecurity-headers = true\n')
    server.signal('SIGHUP')
    const { urls } = await server.logged(/^reloaded$/)
    expect(urls).toEqual([server.url])
    const next = await RawClient.connect(server.port, onTestFinished)
    const response = await next.request(get('/'))
    expect([response.text, response.field('referrer-policy') !== undefined]).toEqual(['new', true])
    // The old server responds to requests on its connections, with Connection: close.
    const late = await idle.request(get('/'))
    expect([late.status, late.field('connection')]).toEqual([200, 'close'])
    expect((await asleep.response()).field('connection')).toBe('close')
    for (const client of [idle, asleep]) client.halfClose()

    for (const { responses, failures } of await Promise.all(clients.map(client => client.stop()))) {
      expect(failures).toEqual([])
      expect([responses[0], responses.at(-1)]).toEqual(['old', 'new'])
      // The old workers accept connections until all new ones listen, and no longer.
      expect(responses.lastIndexOf('old')).toBeLessThan(responses.length - 1)
    }
    if (workers > 1) {
      await expect
        .poll(() => server.workerPids.filter(pid => before.includes(pid)), { timeout: 5000 })
        .toEqual([])
      expect(server.workerPids).toHaveLength(workers)
    }
    expect(await server.stop()).toBe(0)
  })

  it('refuses an invalid configuration, logs all its errors, and keeps the old one', async ({
    onTestFinished,
  }) => {
    const { server, configure } = await startConfigured(onTestFinished, workers)
    configure('root = "new"\nidle-timeout = "1s"\nport = 123456\n')
    server.signal('SIGHUP')
    const refusals = [await server.logged(/^not reloaded/), await server.logged(/^not reloaded/, 2)]
    expect(refusals.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^not reloaded: statewire\.toml:2 .*is not a known key/),
      expect.stringMatching(/^not reloaded: statewire\.toml:3 .*123456/),
    ])
    configure('single = "gone.html"\n')
    server.signal('SIGHUP')
    expect((await server.logged(/^not reloaded/, 3)).msg).toMatch(
      /^not reloaded: statewire\.toml:1 single = "gone\.html": must be the name of a file/,
    )
    configure('root = "gone"\n')
    server.signal('SIGHUP')
    const { msg } = await server.logged(/^not reloaded/, 4)
    expect(msg).toMatch(/: statewire\.toml:1 root = "gone": there is no such folder \(.*\/gone\)$/)
    const client = await RawClient.connect(server.port, onTestFinished)
    expect((await client.request(get('/'))).text).toBe('old')
    if (workers > 1) {
      // A replacement worker uses the configuration in force, not that of the file.
      process.kill(server.workerPids[0]!, 'SIGKILL')
      await server.logged(/died/)
      await expect.poll(() => server.workerPids.length, { timeout: 5000 }).toBe(workers)
    }
    configure('root = "new"\n')
    server.signal('SIGHUP')
    await server.logged(/^reloaded$/)
    const after = await RawClient.connect(server.port, onTestFinished)
    expect((await after.request(get('/'))).text).toBe('new')
  })

  it('keeps a UNIX socket, and removes one that is no longer configured', async ({
    onTestFinished,
  }) => {
    const folder = new TemporaryFolder({ 'old/index.html': 'old', 'new/index.html': 'new' })
    onTestFinished(() => folder.remove())
    const [kept, removed] = ['kept', 'removed'].map(name => join(folder.path, `${name}.sock`)) as [
      string,
      string,
    ]
    const configure = (root: string, ...paths: string[]): string =>
      folder.write(
        'statewire.toml',
        `root = "${root}"\nworkers = ${workers}\nlisteners = ${JSON.stringify(paths.map(path => `unix:${path}`))}\n`,
      )
    configure('old', kept, removed)
    const server = new RunningServer(['--linger-timeout-ms=100', '--drain-idle-ms=0'], {
      cwd: folder.path,
    })
    onTestFinished(() => server.kill())
    await server.logged(/^listening$/)
    expect(await requestUnix(removed)).toMatch(/old$/)
    configure('new', kept)
    server.signal('SIGHUP')
    await server.logged(/^reloaded$/)
    expect(await requestUnix(kept)).toMatch(/new$/)
    await expect.poll(() => existsSync(removed), { timeout: 5000 }).toBe(false)
    expect(await requestUnix(kept)).toMatch(/new$/)
    expect(await server.stop()).toBe(0)
    expect(existsSync(kept)).toBe(false)
  })

  it('followed by SIGTERM: requests in between get responses, and the server exits with 0', async ({
    onTestFinished,
  }) => {
    const { server, configure } = await startConfigured(onTestFinished, workers)
    const clients = Array.from({ length: 4 }, () => keepConnecting(server.port))
    await new Promise(resolve => setTimeout(resolve, 100))
    configure('root = "new"\n')
    server.signal('SIGHUP')
    await server.logged(/^SIGHUP: /)
    server.signal('SIGTERM')
    expect((await server.ended).code).toBe(0)
    // Later connections are refused, or reset before they are accepted; no response is cut short.
    for (const { failures } of await Promise.all(clients.map(client => client.stop())))
      expect(
        failures.filter(failure => !/ECONNREFUSED|ECONNRESET|^a response: ""$/.test(failure)),
      ).toEqual([])
  })

  it('opens new listeners and closes removed ones; one that cannot be opened is refused', async ({
    onTestFinished,
  }) => {
    const folder = new TemporaryFolder({ 'index.html': 'page' })
    onTestFinished(() => folder.remove())
    const holder = await RunningServer.start([folder.path])
    onTestFinished(() => holder.kill())
    const configure = (...listeners: string[]): string =>
      folder.write(
        'statewire.toml',
        `workers = ${workers}\nlisteners = ${JSON.stringify(listeners)}\n`,
      )
    const first = '127.0.0.1:0'
    configure(first)
    const server = new RunningServer(['--linger-timeout-ms=100', '--drain-idle-ms=0'], {
      cwd: folder.path,
    })
    onTestFinished(() => server.kill())
    const { urls } = await server.logged(/^listening$/)
    const [url] = urls as string[]

    configure(first, `127.0.0.1:${holder.port}`)
    server.signal('SIGHUP')
    const { msg } = await server.logged(/^not reloaded/)
    expect(msg).toBe(
      `not reloaded: 127.0.0.1:${holder.port}: another program listens on this port already`,
    )
    expect(await (await fetch(url!)).text()).toBe('page')

    configure(first, '127.0.0.2:0')
    server.signal('SIGHUP')
    const more = (await server.logged(/^reloaded$/)).urls as string[]
    expect(more).toEqual([url, expect.stringMatching(/^http:\/\/127\.0\.0\.2:\d+$/)])
    for (const one of more) expect(await (await fetch(one)).text()).toBe('page')

    configure('127.0.0.2:0')
    server.signal('SIGHUP')
    expect((await server.logged(/^reloaded$/, 2)).urls).toEqual([more[1]])
    expect(await (await fetch(more[1]!)).text()).toBe('page')
    await expect
      .poll(
        () =>
          fetch(url!).then(
            () => 'response',
            error => error.cause.code,
          ),
        { timeout: 5000 },
      )
      .toBe('ECONNREFUSED')
    expect(await server.stop()).toBe(0)
  })
})

describe.skipIf(process.platform !== 'linux')('SIGHUP', () => {
  it('does not switch from one process to workers, and logs that this needs a restart', async ({
    onTestFinished,
  }) => {
    const folder = new TemporaryFolder({ 'index.html': 'page', 'statewire.toml': '' })
    onTestFinished(() => folder.remove())
    const server = await RunningServer.start([], { cwd: folder.path })
    onTestFinished(() => server.kill())
    folder.write('statewire.toml', 'workers = 2\n')
    server.signal('SIGHUP')
    expect((await server.logged(/^not reloaded/)).msg).toBe(
      'not reloaded: workers 2: a change from 1 worker to more needs a restart',
    )
    expect(await (await fetch(server.url)).text()).toBe('page')
  })

  it('ends a server that runs on a terminal, because the terminal has closed', async ({
    onTestFinished,
  }) => {
    const folder = new TemporaryFolder({ 'index.html': 'page' })
    onTestFinished(() => folder.remove())
    const server = new RunningServer([folder.path, '--port=0'], { terminal: true })
    onTestFinished(() => server.kill())
    await server.until(() => /Ctrl-C stops it/.test(server.stdout), 'the server did not start')
    const [pid] = server.workerPids
    process.kill(pid!, 'SIGHUP')
    await server.until(() => /SIGHUP: finishing/.test(server.stdout), 'the server did not end')
    expect((await server.ended).code).toBe(0)
  })
})

describe
  .skipIf(process.platform !== 'linux')
  .each([
    '[__proto__]\nworkers = 3\n',
    '"__proto__".workers = 3\n',
    'x.__proto__.workers = 3\n',
    '[constructor.prototype]\nworkers = 3\n',
    '[[cache]]\nmatch = "/a"\nseconds = 1\n__proto__.workers = 3\n',
    '[[headers]]\nmatch = "/a"\nset = { __proto__ = { workers = 3 } }\n',
  ])('SIGHUP, with the file %j', toml => {
  /** A connection that stays open belongs to the server that accepted it. */
  const CLOSE = { headers: { connection: 'close' } }

  it('changes nothing, also not for the next reload', async ({ onTestFinished }) => {
    const { server, configure } = await startConfigured(onTestFinished, 1)
    configure(`root = "new"\n${toml}`)
    server.signal('SIGHUP')
    expect((await server.logged(/^not reloaded/)).msg).toMatch(/is not a known key$/)
    expect(await (await fetch(server.url, CLOSE)).text()).toBe('old')
    configure('root = "new"\n')
    server.signal('SIGHUP')
    await server.logged(/^reloaded$/)
    expect(await (await fetch(server.url, CLOSE)).text()).toBe('new')
  })
})
