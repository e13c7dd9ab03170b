import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Finish, RawClient } from '../raw-client.ts'
import { get } from './request-bytes.ts'
import { Command, RunningServer, type RunOptions, whyNotUnprivileged } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/** The default working folder, with a site. The tests write no file there. */
let shared: TemporaryFolder

beforeAll(() => {
  shared = new TemporaryFolder({ 'site/a.txt': 'a' })
})
afterAll(() => shared.remove())

/** Creates a working folder for one test, with a site. */
function ownFolder(finish: Finish, files: Readonly<Record<string, string>>): TemporaryFolder {
  const folder = new TemporaryFolder({ 'site/a.txt': 'a', 'other/a.txt': 'other', ...files })
  finish(() => folder.remove())
  return folder
}

/** Starts a server without adding `--port 0`. */
function startAsIs(finish: Finish, args: readonly string[], options: RunOptions = {}): Command {
  const command = new Command(args, { cwd: shared.path, ...options })
  finish(() => command.kill())
  return command
}

async function start(
  finish: Finish,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunningServer> {
  const server = await RunningServer.start(args, { cwd: shared.path, ...options })
  finish(() => server.kill())
  return server
}

const run = (args: readonly string[], options: RunOptions = {}) =>
  Command.run(args, { cwd: shared.path, ...options })

/** Returns the value of a setting and its source, as --print-config prints them. */
async function printedSetting(
  name: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<[value: string, source: string]> {
  const { code, stdout, stderr } = await run([...args, '--print-config'], options)
  expect([code, stderr]).toEqual([0, ''])
  const line = stdout.split('\n').find(line => line.startsWith(`${name} = `))
  const [, value, source] = /^\S+ = (.*) # (.*)$/.exec(line ?? '') ?? []
  return [value!, source!]
}

/** Returns the first port that needs no privilege. */
function freePortsFrom(): number {
  const file = '/proc/sys/net/ipv4/ip_unprivileged_port_start'
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 1024
}

describe.concurrent('a setting may come from', () => {
  it('a flag', async ({ onTestFinished }) => {
    const { url } = await start(onTestFinished, ['site', '--endpoints', 'echo'])
    expect(await (await fetch(`${url}/echo/flag`)).text()).toBe('flag')
  })

  it('a variable', async ({ onTestFinished }) => {
    const { url } = await start(onTestFinished, ['site'], { env: { STATEWIRE_ENDPOINTS: 'echo' } })
    expect(await (await fetch(`${url}/echo/variable`)).text()).toBe('variable')
  })

  it('statewire.toml in the working folder', async ({ onTestFinished }) => {
    const { path: cwd } = ownFolder(onTestFinished, {
      'statewire.toml': 'endpoints = ["echo"]\nroot = "site"\n',
    })
    const { url } = await start(onTestFinished, [], { cwd })
    expect(await (await fetch(`${url}/echo/file`)).text()).toBe('file')
    expect(await (await fetch(`${url}/a.txt`)).text()).toBe('a')
  })

  it('a file named by --config, with a root relative to that file', async ({ onTestFinished }) => {
    const { path: cwd } = ownFolder(onTestFinished, {
      'conf/own.toml': 'endpoints = ["echo"]\nroot = "../other"\n',
      'statewire.toml': 'endpoints = ["user-agent"]\nroot = "site"\n',
    })
    const { url } = await start(onTestFinished, ['--config', 'conf/own.toml'], { cwd })
    expect(await (await fetch(`${url}/echo/config`)).text()).toBe('config')
    expect(await (await fetch(`${url}/a.txt`)).text()).toBe('other')
    expect((await fetch(`${url}/user-agent`)).status).toBe(404)
  })

  it('a file named by a variable', async ({ onTestFinished }) => {
    const { path: cwd } = ownFolder(onTestFinished, { 'conf/own.toml': 'list = true\n' })
    const { url } = await start(onTestFinished, ['site'], {
      cwd,
      env: { STATEWIRE_CONFIG: 'conf/own.toml' },
    })
    expect((await fetch(url)).status).toBe(200)
  })

  it('its default: the working folder is served', async ({ onTestFinished }) => {
    const { url } = await start(onTestFinished, [])
    expect(await (await fetch(`${url}/site/a.txt`)).text()).toBe('a')
  })

  it('-d, --data-dir, --directory or an argument: the root', async () => {
    const site = JSON.stringify(join(shared.path, 'site'))
    const ways = [['-d', 'site'], ['--data-dir', 'site'], ['--directory=site'], ['site']]
    const found = await Promise.all(ways.map(way => printedSetting('root', way)))
    expect(found).toEqual(['-d', '--data-dir', '--directory', 'ROOT'].map(source => [site, source]))
  })

  it('-a, once or several times: the addresses', async ({ onTestFinished }) => {
    const args = ['site', '-a', '127.0.0.1:0', '--address', '[::1]:0']
    const command = startAsIs(onTestFinished, args)
    const { urls } = await command.logged(/^listening$/)
    expect(urls).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^http:\/\/\[::1\]:\d+$/),
    ])
    for (const url of urls as string[]) expect(await (await fetch(`${url}/a.txt`)).text()).toBe('a')
    expect(await command.stop()).toBe(0)
  })

  it('-H and -p', async ({ onTestFinished }) => {
    const command = startAsIs(onTestFinished, ['site', '-H', 'localhost', '-p', '0'])
    const { urls } = await command.logged(/^listening$/)
    expect(await (await fetch(`${(urls as string[])[0]}/a.txt`)).text()).toBe('a')
  })
})

describe.concurrent('precedence', () => {
  it('is flag, variable, file, default', async ({ onTestFinished }) => {
    const { path: cwd } = ownFolder(onTestFinished, { 'statewire.toml': 'sleep-ms = "3s"\n' })
    const env = { STATEWIRE_SLEEP_MS: '2s' }
    expect(
      await Promise.all([
        printedSetting('sleep-ms', []),
        printedSetting('sleep-ms', [], { cwd }),
        printedSetting('sleep-ms', [], { cwd, env }),
        printedSetting('sleep-ms', ['--sleep-ms=1s'], { cwd, env }),
        printedSetting('sleep-ms', [], { cwd, env: { STATEWIRE_SLEEP_MS: '' } }),
      ]),
    ).toEqual([
      ['10000', 'default'],
      ['3000', 'statewire.toml:1'],
      ['2000', 'STATEWIRE_SLEEP_MS'],
      ['1000', '--sleep-ms'],
      ['3000', 'statewire.toml:1'],
    ])
  })

  it('applies to the running server', async ({ onTestFinished }) => {
    const { path: cwd } = ownFolder(onTestFinished, {
      'statewire.toml': 'root = "other"\nlist = true\n',
    })
    const { url } = await start(onTestFinished, ['--no-list'], {
      cwd,
      env: { STATEWIRE_ROOT: 'site' },
    })
    expect(await (await fetch(`${url}/a.txt`)).text()).toBe('a')
    expect((await fetch(url)).status).toBe(404)
  })

  it('puts a port on the command line before an address in a file', async ({ onTestFinished }) => {
    const { path: cwd } = ownFolder(onTestFinished, {
      'statewire.toml': 'address = ["127.0.0.1:1"]\n',
    })
    expect((await start(onTestFinished, ['site'], { cwd })).port).toBeGreaterThan(1)
  })
})

describe.concurrent('printed output', () => {
  it('--print-config prints a file with the same effect', async ({ onTestFinished }) => {
    const args = [
      'site',
      '--list',
      '--endpoints',
      'echo,files',
      '-p',
      '8080',
      '--upload-bytes-max',
      '2MiB',
    ]
    const { code, stdout, stderr } = await run([...args, '--print-config'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('listeners = ["127.0.0.1:8080"] # ')
    expect(stdout).toContain('upload-bytes-max = 2097152 # --upload-bytes-max\n')
    expect(stdout).toContain('workers = 1 # default\n')
    const { path: cwd } = ownFolder(onTestFinished, { 'statewire.toml': stdout })
    const again = await run(['--print-config'], { cwd })
    expect(again.code).toBe(0)
    const values = (text: string): string[] => text.split('\n').map(line => line.split(' # ')[0]!)
    expect(values(again.stdout)).toEqual(values(stdout))
  })

  it.each(['--help', '-h'])('%s lists every flag, on stdout', async flag => {
    const { code, stdout, stderr } = await run([flag])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Usage: statewire [ROOT] [FLAGS]')
    for (const name of [
      'address',
      'host',
      'port',
      'workers',
      'endpoints',
      'read-strategy',
      'access-log',
    ])
      expect(stdout).toContain(`--${name} `)
    for (const limit of [
      'head-timeout-ms',
      'drain-timeout',
      'request-line-bytes-max',
      'connections-max',
    ])
      expect(stdout).toContain(`--${limit} `)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('--help takes precedence over errors', async () => {
    const { code, stderr } = await run(['--nonsense', '--port=x', '--help'])
    expect([code, stderr]).toEqual([0, ''])
  })

  it.each(['--version', '-v'])('%s', async flag => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    )
    expect(await run([flag])).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' })
  })
})

describe.concurrent('errors', () => {
  /** Runs a command that must fail, and returns its lines on stderr. */
  async function errorsOf(
    args: readonly string[],
    options?: RunOptions,
    code = 2,
  ): Promise<string[]> {
    const result = await run(args, options)
    expect(result.code).toBe(code)
    expect(result.stdout).toBe('')
    expect(result.stderr).not.toMatch(/^\s+at /m)
    const lines = result.stderr.split('\n').slice(0, -1)
    for (const line of lines) expect(line).toMatch(/^statewire: /)
    return lines.map(line => line.slice('statewire: '.length))
  }
  const HELP = 'statewire --help lists what is allowed'

  it('are all reported at once, each with its source, its value, and the allowed values', async ({
    onTestFinished,
  }) => {
    const { path: cwd } = ownFolder(onTestFinished, {
      'statewire.toml': '# a comment\nidle-timeout-ms = "soon"\nroots = "site"\n',
    })
    const env = { STATEWIRE_WORKERS: 'many', STATEWIRE_LSIT: 'true' }
    const args = ['site', '--port', '99999', '--endpoints=echo,ehco', '--acces-log', 'off']
    expect(await errorsOf(args, { cwd, env })).toEqual([
      '--acces-log off: is not a known flag; did you mean --access-log?',
      '--port 99999: must be a whole number from 0 to 65535, such as 8080',
      '--endpoints ehco: must be one or more of echo, user-agent, sleep, files; did you mean echo?',
      'STATEWIRE_LSIT true: is not a known variable; did you mean STATEWIRE_LIST?',
      'STATEWIRE_WORKERS many: must be a whole number from 1 to 256, such as 4',
      'statewire.toml:3 roots = "site": is not a known key; did you mean root?',
      'statewire.toml:2 idle-timeout-ms = "soon": must be a duration from 1ms to 24h, such as 500ms, 30s or 2m',
      HELP,
    ])
  })

  it.each<[what: string, args: string[], error: string]>([
    [
      'an unknown flag',
      ['--prot', '8080'],
      '--prot 8080: is not a known flag; did you mean --port?',
    ],
    [
      'a flag without its value',
      ['--port'],
      '--port: must have a value, a whole number from 0 to 65535, such as 8080',
    ],
    [
      'a flag whose value is a flag',
      ['--port', '--list'],
      '--port: must have a value, a whole number from 0 to 65535, such as 8080',
    ],
    [
      'a negative number',
      ['--port=-1'],
      '--port -1: must be a whole number from 0 to 65535, such as 8080',
    ],
    [
      'an address without a host',
      ['-a', ':8080'],
      '-a :8080: must be HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:80; ' +
        'or unix:/run/site.sock?mode=660; or fd:3',
    ],
    [
      'an address and a port',
      ['-a', '127.0.0.1:0', '-p', '0'],
      '-p 0: must not be combined with -a 127.0.0.1:0',
    ],
    [
      'a root and a data directory',
      ['site', '-d', 'other'],
      '-d other: must be given once; it is already given by ROOT site',
    ],
    [
      'an unknown choice',
      ['--read-strategy=steam'],
      '--read-strategy steam: must be one of raw, shared-buffer, stream; did you mean stream?',
    ],
    [
      'an invalid size',
      ['--upload-bytes-max=1TB'],
      '--upload-bytes-max 1TB: must be a size from 0B to 1024GiB, such as 4096, 64KiB or 1MiB',
    ],
    [
      'a missing file',
      ['--config=none.toml'],
      '--config none.toml: must be a file that can be read (no such file or directory)',
    ],
    [
      'control characters',
      ['--port=\x1b[2J'],
      '--port \\u001b[2J: must be a whole number from 0 to 65535, such as 8080',
    ],
  ])('%s', async (_, args, error) => {
    expect(await errorsOf(args)).toEqual([error, HELP])
  })

  it('a file that is not TOML', async ({ onTestFinished }) => {
    const { path: cwd } = ownFolder(onTestFinished, {
      'statewire.toml': 'root = "site"\nport = = 1\n',
    })
    const [first, ...rest] = await errorsOf([], { cwd })
    expect(first).toMatch(/^statewire\.toml:2:\d+: must be valid TOML: /)
    expect(rest).toEqual([HELP])
  })

  it('a missing root: one line', async () => {
    expect(await errorsOf(['nowhere'])).toEqual([
      `ROOT nowhere: there is no such folder (${join(shared.path, 'nowhere')})`,
    ])
  })

  it('a missing root of a host, with its own path and line', async ({ onTestFinished }) => {
    const { path: cwd } = ownFolder(onTestFinished, {
      'statewire.toml': 'root = "site"\n[[hosts]]\nname = "a"\nroot = "sites/a"\n',
    })
    const place = 'statewire.toml:4 root = "sites/a"'
    const problem = `there is no such folder (${join(cwd, 'sites/a')})`
    expect(await errorsOf([], { cwd })).toEqual([`${place}: ${problem}`])
    expect(await errorsOf(['--workers=2'], { cwd })).toEqual([`${place}: ${problem}`])
  })

  it('a root that is a file: one line', async () => {
    expect(await errorsOf(['site/a.txt'])).toEqual([
      `ROOT site/a.txt: it is not a folder (${join(shared.path, 'site/a.txt')})`,
    ])
  })

  it('a port in use, alone or as one of several: one line', async ({ onTestFinished }) => {
    const { port } = await start(onTestFinished, ['site'])
    const line = `127.0.0.1:${port}: another program listens on this port already`
    expect(await errorsOf(['site', '-p', String(port)], {}, 1)).toEqual([line])
    const several = ['site', '-a', '127.0.0.1:0', '-a', `127.0.0.1:${port}`]
    expect(await errorsOf(several, {}, 1)).toEqual([line])
    // The error is reported even with a silent log.
    expect(await errorsOf(['site', '-p', String(port), '--log-level=silent'], {}, 1)).toEqual([
      line,
    ])
  })

  it('an address of another machine: one line', async () => {
    expect(await errorsOf(['site', '-a', '192.0.2.1:0'], {}, 1)).toEqual([
      '192.0.2.1:0: this machine has no such address',
    ])
  })

  const reason =
    whyNotUnprivileged() ?? (freePortsFrom() > 80 ? undefined : 'port 80 needs no privilege here')
  it.skipIf(reason !== undefined)(
    `a privileged port: one line${reason === undefined ? '' : ` (skipped: ${reason})`}`,
    async () => {
      expect(await errorsOf(['site', '-p', '80'], { unprivileged: true }, 1)).toEqual([
        '127.0.0.1:80: port 80 is for privileged programs; use one from 1024 up, such as 8080',
      ])
    },
  )
})

describe.concurrent('the access log', () => {
  const request =
    'GET /a.txt?q="x" HTTP/1.1\r\nHost: a\r\nReferer: http://r/\r\nUser-Agent: a "b" \\c\x80\r\n\r\n'

  const refused = 'GET / HTTP/1.1\r\n\r\n'
  const refusal = '400 Bad Request\nhost-missing: An HTTP/1.1 request has no Host field.\n'

  async function linesOf(finish: Finish, ...flags: string[]): Promise<string[]> {
    const server = await start(finish, ['site', ...flags])
    const client = await RawClient.connect(server.port, finish)
    for (const bytes of [request, 'HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n', get('/none')])
      await client.request(bytes)
    expect((await client.request(refused)).text).toBe(refusal)
    client.halfClose()
    expect(await server.stop()).toBe(0)
    // stderr has only log lines.
    expect(server.log.map(({ msg }) => msg)).toEqual([
      'listening',
      'SIGTERM: finishing the requests in flight; a second signal stops at once',
    ])
    expect(server.stdout === '' || server.stdout.endsWith('\n')).toBe(true)
    return server.stdoutLines
  }

  it('combined', async ({ onTestFinished }) => {
    const time =
      '127\\.0\\.0\\.1 - - \\[\\d\\d/[A-Z][a-z]{2}/20\\d\\d:\\d\\d:\\d\\d:\\d\\d \\+0000\\] '
    const lines = await linesOf(onTestFinished, '--access-log=combined')
    const expected = [
      '"GET /a.txt?q=\\x22x\\x22 HTTP/1.1" 200 1 "http://r/" "a \\x22b\\x22 \\x5Cc\\x80"',
      '"HEAD /a.txt HTTP/1.1" 200 0 "-" "-"',
      '"GET /none HTTP/1.1" 404 14 "-" "-"',
      `"-" 400 ${refusal.length} "-" "-"`,
    ]
    expect(lines.map(line => line.replace(new RegExp(`^${time}`), ''))).toEqual(expected)
    for (const line of lines) expect(line).toMatch(new RegExp(`^${time}`))
  })

  it('json', async ({ onTestFinished }) => {
    const records = (await linesOf(onTestFinished, '--access-log=json')).map(line =>
      JSON.parse(line),
    )
    for (const { time, durationMs, remoteAddress } of records) {
      expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(10_000)
      expect(durationMs).toBeGreaterThanOrEqual(0)
      expect(durationMs).toBeLessThan(5000)
      expect(remoteAddress).toBe('127.0.0.1')
    }
    const logged = records.map(({ method, url, version, status, bytes }) => [
      `${method} ${url} ${version}`,
      status,
      bytes,
    ])
    expect(logged).toEqual([
      ['GET /a.txt?q="x" 1.1', 200, 1],
      ['HEAD /a.txt 1.1', 200, 0],
      ['GET /none 1.1', 404, 14],
      ['- - -', 400, refusal.length],
    ])
    expect([records[0].referer, records[0].userAgent]).toEqual(['http://r/', 'a "b" \\c\x80'])
  })

  it('off, which is the default unless stdout is a terminal', async ({ onTestFinished }) => {
    expect(await linesOf(onTestFinished, '--access-log=off')).toEqual([])
    expect(await linesOf(onTestFinished)).toEqual([])
  })

  const terminal = process.platform === 'linux' && existsSync('/usr/bin/script')
  it.skipIf(!terminal)(
    'combined by default on a terminal, with messages for people',
    async ({ onTestFinished }) => {
      const command = startAsIs(onTestFinished, ['site', '-p', '0'], { terminal: true })
      await command.until(
        () => /Ctrl-C/.test(command.stdout),
        'the server did not report its address',
      )
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(command.stdout)![0]
      expect(command.stdout).toContain(`serves ${join(shared.path, 'site')}`)
      expect(command.stdout).not.toContain('{"level"')
      await fetch(`${url}/a.txt`)
      await command.until(
        () => / 200 1 /.test(command.stdout),
        'there is no line of the access log',
      )
      expect(command.stdout).toMatch(
        /^127\.0\.0\.1 - - \[.*\] "GET \/a\.txt HTTP\/1\.1" 200 1 "-" /m,
      )
      const [server] = command.workerPids
      process.kill(server!, 'SIGTERM')
      expect((await command.ended).code).toBe(0)
    },
  )

  it('is written soon, not only at the end', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, ['site', '--access-log=combined'])
    await fetch(`${server.url}/a.txt`)
    await server.until(
      () => server.stdoutLines.length === 1,
      'there is no line of the access log',
      3000,
    )
    expect(server.stdout).toMatch(/"GET \/a\.txt HTTP\/1\.1" 200 1 /)
  })

  it('has a complete line for each of thousands of responses', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, ['site', '--endpoints=echo', '--access-log=json'])
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => RawClient.connect(server.port, onTestFinished)),
    )
    const targets = clients.map((_, n) => Array.from({ length: 500 }, (_, m) => `/echo/${n}-${m}`))
    for (const [n, client] of clients.entries())
      client.send(targets[n]!.map(target => get(target)).join(''))
    for (const client of clients) await client.responses(500)
    for (const client of clients) client.halfClose()
    expect(await server.stop()).toBe(0)
    const logged = server.stdoutLines.map(line => JSON.parse(line).url)
    expect(logged.length).toBe(5000)
    expect(new Set(logged)).toEqual(new Set(targets.flat()))
  })

  describe.each([1, 2])('with a full pipe, with --workers=%i', workers => {
    it('delays neither the responses nor the shutdown', { timeout: 30_000 }, async ({
      onTestFinished,
    }) => {
      const args = ['site', '--endpoints=echo', '--access-log=combined', `--workers=${workers}`]
      const server = await start(onTestFinished, args, { unreadStdout: true })
      // 4000 lines of 2 KB, far more than the pipe and the queues hold.
      const text = 'x'.repeat(2000)
      for (let round = 0; round < 8; round++) {
        const clients = await Promise.all(
          [1, 2].map(() => RawClient.connect(server.port, onTestFinished)),
        )
        for (const client of clients) client.send(get(`/echo/${text}`).repeat(250))
        for (const client of clients)
          for (const response of await client.responses(250)) expect(response.text).toBe(text)
        for (const client of clients) client.halfClose()
      }
      // Files are still served, so no thread that reads them is blocked.
      const startMs = performance.now()
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          expect(await (await fetch(`${server.url}/a.txt`)).text()).toBe('a')
        }),
      )
      expect(performance.now() - startMs).toBeLessThan(3000)
      expect(await server.stop()).toBe(0)
    })
  })

  it('with a closed pipe does not affect the server', async ({ onTestFinished }) => {
    const server = await start(onTestFinished, [
      'site',
      '--endpoints=echo',
      '--access-log=combined',
    ])
    server.process.stdout!.destroy()
    const client = await RawClient.connect(server.port, onTestFinished)
    for (let round = 0; round < 5; round++) {
      client.send(get(`/echo/${'x'.repeat(1000)}`).repeat(50))
      await client.responses(50)
    }
    expect((await client.request(get('/a.txt'))).text).toBe('a')
    client.halfClose()
    expect(await server.stop()).toBe(0)
    // The failure is logged, but not for each line.
    const warnings = server.log.filter(({ level }) => level !== 'info')
    expect(warnings.length).toBeGreaterThan(0)
    expect(warnings.length).toBeLessThan(10)
  })
})
