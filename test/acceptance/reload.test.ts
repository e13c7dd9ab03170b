import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Finish, RawClient } from './raw-client.ts'
import { get } from './request-bytes.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/** What fresh connections, one after the other, were answered; `failures` are those that got no whole answer. */
type Outcome = { readonly answers: string[]; readonly failures: string[] }

/** Asks for `/` on a new connection each time until told to stop. */
function keepConnecting(port: number): { readonly stop: () => Promise<Outcome> } {
  const outcome: Outcome = { answers: [], failures: [] }
  let going = true
  const ask = async (): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', port })
    let text = ''
    socket.setEncoding('latin1').on('data', data => {
      text += data
    })
    socket.write(get('/', 'Connection: close'))
    await once(socket, 'close').catch(error => outcome.failures.push(error.message))
    if (/^HTTP\/1\.1 200 /.test(text))
      outcome.answers.push(text.slice(text.indexOf('\r\n\r\n') + 4))
    else outcome.failures.push(`an answer: ${JSON.stringify(text)}`)
  }
  const run = async (): Promise<Outcome> => {
    while (going) await ask()
    return outcome
  }
  const result = run()
  result.catch(() => {})
  return {
    stop: () => {
      going = false
      return result
    },
  }
}

/** What a UNIX socket answers. */
async function askUnix(path: string): Promise<string> {
  const socket = connect({ path })
  let text = ''
  socket.setEncoding('latin1').on('data', data => {
    text += data
  })
  socket.write(get('/', 'Connection: close'))
  await once(socket, 'close')
  return text
}

/** A server with two roots, `old` and `new`, and a configuration file in its working folder, which says `old`. */
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
  it('reloads the configuration: no connection is refused, and what is in flight is finished', async ({
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
    const answer = await next.request(get('/'))
    expect([answer.text, answer.fields.has('referrer-policy')]).toEqual(['new', true])
    // A request that was on its way to the old one is answered, and told that it was the last.
    const late = await idle.request(get('/'))
    expect([late.status, late.connection]).toEqual([200, 'close'])
    expect((await asleep.response()).connection).toBe('close')
    for (const client of [idle, asleep]) client.halfClose()

    for (const { answers, failures } of await Promise.all(clients.map(client => client.stop()))) {
      expect(failures).toEqual([])
      expect([answers[0], answers.at(-1)]).toEqual(['old', 'new'])
      // Each worker of the old set goes on until all of the new one listen, and no longer.
      expect(answers.lastIndexOf('old')).toBeLessThan(answers.length - 1)
    }
    if (workers > 1) {
      await expect
        .poll(() => server.workerPids.filter(pid => before.includes(pid)), { timeout: 5000 })
        .toEqual([])
      expect(server.workerPids).toHaveLength(workers)
    }
    expect(await server.stop()).toBe(0)
  })

  it('refuses a bad configuration with all that is wrong with it, and the old one goes on', async ({
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
    configure('root = "gone"\n')
    server.signal('SIGHUP')
    const { msg } = await server.logged(/^not reloaded/, 3)
    expect(msg).toMatch(/^not reloaded: the root .*\/gone: there is no such folder$/)
    const client = await RawClient.connect(server.port, onTestFinished)
    expect((await client.request(get('/'))).text).toBe('old')
    if (workers > 1) {
      // One that takes the place of another goes by the configuration in force, not by the file.
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

  it('keeps a UNIX socket, and removes one that is given up', async ({ onTestFinished }) => {
    const folder = new TemporaryFolder({ 'old/index.html': 'old', 'new/index.html': 'new' })
    onTestFinished(() => folder.remove())
    const [kept, left] = ['kept', 'left'].map(name => join(folder.path, `${name}.sock`)) as [
      string,
      string,
    ]
    const configure = (root: string, ...paths: string[]): string =>
      folder.write(
        'statewire.toml',
        `root = "${root}"\nworkers = ${workers}\nlisteners = ${JSON.stringify(paths.map(path => `unix:${path}`))}\n`,
      )
    configure('old', kept, left)
    const server = new RunningServer(['--linger-timeout-ms=100', '--drain-idle-ms=0'], {
      cwd: folder.path,
    })
    onTestFinished(() => server.kill())
    await server.logged(/^listening$/)
    expect(await askUnix(left)).toMatch(/old$/)
    configure('new', kept)
    server.signal('SIGHUP')
    await server.logged(/^reloaded$/)
    expect(await askUnix(kept)).toMatch(/new$/)
    await expect.poll(() => existsSync(left), { timeout: 5000 }).toBe(false)
    expect(await askUnix(kept)).toMatch(/new$/)
    expect(await server.stop()).toBe(0)
    expect(existsSync(kept)).toBe(false)
  })

  it('and at once SIGTERM: what comes in between is answered, and all ends with 0', async ({
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
    // Once nobody listens, they are refused, or reset where they wait to be accepted; no answer is cut.
    for (const { failures } of await Promise.all(clients.map(client => client.stop())))
      expect(
        failures.filter(failure => !/ECONNREFUSED|ECONNRESET|^an answer: ""$/.test(failure)),
      ).toEqual([])
  })

  it('opens listeners that are new and closes those that are gone; one that cannot be had is refused', async ({
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
            () => 'answered',
            error => error.cause.code,
          ),
        { timeout: 5000 },
      )
      .toBe('ECONNREFUSED')
    expect(await server.stop()).toBe(0)
  })
})

describe.skipIf(process.platform !== 'linux')('SIGHUP', () => {
  it('does not make workers of one process: that takes a restart, and is said', async ({
    onTestFinished,
  }) => {
    const folder = new TemporaryFolder({ 'index.html': 'page', 'statewire.toml': '' })
    onTestFinished(() => folder.remove())
    const server = await RunningServer.start([], { cwd: folder.path })
    onTestFinished(() => server.kill())
    folder.write('statewire.toml', 'workers = 2\n')
    server.signal('SIGHUP')
    expect((await server.logged(/^not reloaded/)).msg).toBe(
      'not reloaded: workers 2: from 1 to more takes a restart',
    )
    expect(await (await fetch(server.url)).text()).toBe('page')
  })

  it('of a terminal that goes away ends what runs on it', async ({ onTestFinished }) => {
    const folder = new TemporaryFolder({ 'index.html': 'page' })
    onTestFinished(() => folder.remove())
    const server = new RunningServer([folder.path, '--port=0'], { terminal: true })
    onTestFinished(() => server.kill())
    await server.until(() => /Ctrl-C ends it/.test(server.stdout), 'it did not start')
    const [pid] = server.workerPids
    process.kill(pid!, 'SIGHUP')
    await server.until(() => /SIGHUP: finishing/.test(server.stdout), 'it did not end')
    expect((await server.ended).code).toBe(0)
  })
})
