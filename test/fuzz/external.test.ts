import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { PEERS } from '../../fuzz/external/peers/peer-server.ts'
import { makePeerSite } from '../../fuzz/external/peers/peer-site.ts'
import { RunningPeer } from '../../fuzz/external/peers/running-peer.ts'
import { EXAMPLE_SITE, RunningServer } from '../acceptance/running-server.ts'
import type { Finish } from '../raw-client.ts'

const built = (file: string): string =>
  fileURLToPath(new URL(`../../dist/fuzz/external/${file}`, import.meta.url))

type Exit = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

type Run = {
  readonly child: ChildProcess
  readonly ended: Promise<Exit>
  readonly stdout: () => string
}

function start(finish: Finish, args: readonly string[]): Run {
  const child = spawn(process.execPath, [built('main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  finish(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr!.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code, stdout, stderr }))
  return { child, ended, stdout: () => stdout }
}

function fuzz(finish: Finish, ...args: string[]): Promise<Exit> {
  return start(finish, args).ended
}

/**
 * Fuzzes until all of the texts have been printed, for 60 s at most, and then sends SIGINT.
 */
async function fuzzUntil(finish: Finish, url: string, ...texts: string[]): Promise<Exit> {
  const { child, ended, stdout } = start(finish, [url, '--time', '60s', '--seed', '1'])
  const poll = setInterval(() => {
    if (!texts.every(text => stdout().includes(text))) return
    clearInterval(poll)
    child.kill('SIGINT')
  }, 50)
  return ended.finally(() => clearInterval(poll))
}

/** Starts a peer with the files of the survey, and returns its URL. */
async function startPeer(finish: Finish, name: string): Promise<string> {
  const peer = PEERS.find(one => one.name === name)!
  const site = makePeerSite()
  finish(site.remove)
  const script = name === 'http-parser-js' ? built('peers/parser-server.js') : peer.script
  const running = await RunningPeer.start({ ...peer, script }, site.folder)
  finish(() => running.stop())
  return `http://127.0.0.1:${running.port}`
}

/** A run takes a minute at most, and may have to wait for others. */
const TIMEOUT_MS = 90_000

describe.concurrent('statewire-fuzz', { timeout: TIMEOUT_MS }, () => {
  it('finds a Range that kills sirv, reports its death, and the last attempt', async ({
    expect,
    onTestFinished,
  }) => {
    const url = await startPeer(onTestFinished, 'sirv')
    const { code, stdout } = await fuzz(onTestFinished, url, '--time', '60s', '--seed', '1')
    expect(stdout).toContain('FATAL  death: Range: reversed\n')
    expect(stdout).toMatch(
      /^ {2}printf 'GET \S+ HTTP\/1\.1\\r\\n.*Range: bytes=\d+-\d+\\r\\n.*\| nc 127\.0\.0\.1 \d+$/m,
    )
    expect(stdout).toContain('WRONG  range: wrong bytes, suffix\n')
    expect(stdout).toContain('DESYNC  100 Continue within a response\n')
    expect(stdout).toContain('The server is dead')
    expect(code).toBe(1)
  })

  it('finds a 416 with the whole file in serve, and exits with a summary and 130 after Ctrl-C', async ({
    expect,
    onTestFinished,
  }) => {
    const found = 'WRONG  range: 416 with the content, unsatisfiable\n'
    const url = await startPeer(onTestFinished, 'serve')
    const { code, stdout } = await fuzzUntil(onTestFinished, url, found)
    expect(stdout).toContain(found)
    expect(stdout).toMatch(/^\d+ attempts, \d+ connections, .*: \d+ found$/m)
    expect(code).toBe(130)
  })

  it('finds a refused suffix in http-server, and a path that kills it', async ({
    expect,
    onTestFinished,
  }) => {
    const url = await startPeer(onTestFinished, 'http-server')
    const { stdout } = await fuzz(onTestFinished, url, '--time', '60s', '--seed', '1')
    expect(stdout).toContain('WRONG  range: 416 for satisfiable, suffix\n')
    expect(stdout).toContain('FATAL  death: path: a user that cannot be decoded\n')
  })

  it('finds that http-parser-js coerces Content-Length to a number', async ({
    expect,
    onTestFinished,
  }) => {
    const found = [
      'accepts: Content-Length in hexadecimal\n',
      'desync: Content-Length with a minus sign\n',
    ]
    const { stdout } = await fuzzUntil(
      onTestFinished,
      await startPeer(onTestFinished, 'http-parser-js'),
      ...found,
    )
    for (const text of found) expect(stdout).toContain(text)
  })

  it('writes one JSON document', async ({ expect, onTestFinished }) => {
    const url = await startPeer(onTestFinished, 'http-parser-js')
    const { code, stdout } = await fuzz(
      onTestFinished,
      url,
      '--time',
      '20s',
      '--seed',
      '7',
      '--json',
    )
    const { seed, isInterrupted, findings } = JSON.parse(stdout)
    expect({ seed, isInterrupted }).toEqual({ seed: 7, isInterrupted: false })
    expect(findings).toContainEqual({
      kind: 'accepts: Content-Length in hexadecimal',
      severity: 'ambiguity',
      detail: 'The server responds with 405, and then to the next request.',
      probe: 'framing',
      sentence: expect.stringContaining('No byte of a message is parsed as part of another'),
      rfc: expect.stringContaining('RFC 9110 §8.6'),
      responses: '405, 200, then closed',
      bytes: expect.stringMatching(/^POST .*\r\nContent-Length: 0x[0-9a-f]+\r\n/s),
      reproduce: expect.stringMatching(/^printf 'POST .*' \| nc 127\.0\.0\.1 \d+$/),
      atMs: expect.any(Number),
    })
    expect(code).toBe(1)
  })

  it('finds nothing in statewire', async ({ expect, onTestFinished }) => {
    const server = await RunningServer.start([EXAMPLE_SITE])
    onTestFinished(() => server.kill())
    const flags = ['--time', '20s', '--seed', '1', '--deadline', '5s']
    const { code, stdout } = await fuzz(onTestFinished, server.url, ...flags)
    expect(stdout).toMatch(/: nothing found$/m)
    expect(code).toBe(0)
  })

  it.for<[url: string, complaint: string]>([
    ['http://192.0.2.1:8080/', '192.0.2.1 is not this machine.'],
    ['http://example.com/', '--i-own-this-host'],
    ['http://[2001:db8::1]/', '2001:db8::1 is not this machine.'],
    ['http://127.0.0.1.example/', 'is not this machine.'],
    ['https://127.0.0.1/', 'only http: URLs'],
    ['127.0.0.1', 'is not a URL'],
    ['http://127.0.0.1:9', 'no server responds at http://127.0.0.1:9'],
    ['http://[::1]:9', 'no server responds at http://[::1]:9'],
  ])('exits with 2 for %s', async ([url, complaint], { expect, onTestFinished }) => {
    const { code, stdout, stderr } = await fuzz(
      onTestFinished,
      url,
      '--time',
      '1s',
      '--deadline',
      '500ms',
    )
    expect(stderr).toContain(complaint)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it.for<[args: string[]]>([
    [[]],
    [['http://127.0.0.1', 'http://127.0.0.2']],
    [['http://127.0.0.1', '--time', 'soon']],
    [['http://127.0.0.1', '--seed', 'x']],
    [['http://127.0.0.1', '--path', 'a']],
    [['http://127.0.0.1', '--fast']],
  ])('exits with 2 for %j', async ([args], { expect, onTestFinished }) => {
    const { code, stderr } = await fuzz(onTestFinished, ...args)
    expect(stderr).toContain('use statewire-fuzz --help for the options')
    expect(code).toBe(2)
  })

  it('prints its usage with --help', async ({ expect, onTestFinished }) => {
    const { code, stdout } = await fuzz(onTestFinished, '--help')
    expect(stdout).toContain('Usage: statewire-fuzz http://127.0.0.1:8080 [FLAGS]')
    expect(code).toBe(0)
  })
})
