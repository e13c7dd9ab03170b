import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { get as request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { TemporaryFolder } from './temporary-folder.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url))
const NODE = process.env.STATEWIRE_TEST_NODE || process.execPath
const BIG_BYTES = 16 * 1024 * 1024
/** More log lines than a socket or a pipe holds. */
const REQUESTS = 800
/** The tests start and stop whole servers, on a machine that may be busy. */
const TIMEOUT_MS = 60_000

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Runs the command, with both of its outputs redirected by a shell. */
async function start(folder: TemporaryFolder, workers: number, redirection: string) {
  const port = await freePort()
  const args = [
    ...[`--port=${port}`, `--workers=${workers}`, '--log-level=debug', '--access-log=combined'],
    ...['--linger-timeout-ms=100', '--drain-idle-ms=0'],
  ]
  const command = `exec "$0" "$@" ${redirection}`
  const child = spawn('sh', ['-c', command, NODE, CLI, ...args], {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.pause()
  child.stderr.pause()
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>
  onTestFinished(async () => {
    if (child.exitCode !== null) return
    for (const pid of [child.pid!, ...childrenOf(child.pid!)])
      try {
        process.kill(pid, 'SIGKILL')
      } catch {}
    await exited
  })
  const url = `http://127.0.0.1:${port}/`
  await expect.poll(() => textOf(url), { timeout: 30_000 }).toBe('old')
  return { child, url, exited }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}

/** Requests a URL on a connection of its own, so that the log gets a line for both. */
async function textOf(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: 'close' } }).catch(() => undefined)
  return response === undefined ? '' : await response.text()
}

async function flood(url: string, allowed: readonly string[]): Promise<void> {
  for (let sent = 0; sent < REQUESTS; sent += 25) {
    const texts = await Promise.all(Array.from({ length: 25 }, () => textOf(url)))
    for (const text of texts) expect(allowed).toContain(text)
  }
}

/** Begins a download. @returns a function that reads the rest and returns its length */
async function beginDownload(url: string): Promise<() => Promise<number>> {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    request(url, { agent: false }, resolve).on('error', reject)
  })
  const [first] = await once(response, 'data')
  response.pause()
  return async () => {
    let length = first.length
    for await (const chunk of response) length += chunk.length
    return length
  }
}

/** A named pipe with an open end that is not read. */
function openPipe(folder: TemporaryFolder) {
  const path = join(folder.path, 'pipe')
  execFileSync('mkfifo', [path])
  let reader: number | undefined = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const close = (): void => {
    if (reader !== undefined) closeSync(reader)
    reader = undefined
  }
  onTestFinished(close)
  const read = (): string => {
    const bytes = Buffer.alloc(1024 * 1024)
    try {
      return bytes.subarray(0, readSync(reader!, bytes)).toString()
    } catch {
      return ''
    }
  }
  return { path, close, read }
}

function prepare(): TemporaryFolder {
  const folder = new TemporaryFolder({
    'old/index.html': 'old',
    'new/index.html': 'new',
    'old/big': Buffer.alloc(BIG_BYTES),
    'statewire.toml': 'root = "old"\n',
  })
  onTestFinished(() => folder.remove())
  return folder
}

type Outputs = { readonly redirection: string; readonly afterStart?: () => void }

const OUTPUTS: Readonly<Record<string, (folder: TemporaryFolder) => Outputs>> = {
  'a full disk': () => ({ redirection: '>/dev/full 2>/dev/full' }),
  'a pipe with a stalled reader': folder => ({ redirection: `>"${openPipe(folder).path}" 2>&1` }),
  'a socket with a stalled reader': () => ({ redirection: '' }),
  'a pipe whose reader has gone': folder => {
    const { path, close } = openPipe(folder)
    return { redirection: `>"${path}" 2>&1`, afterStart: close }
  },
}

describe.skipIf(process.platform !== 'linux').each([1, 2])('with --workers %d', workers => {
  it.each(Object.keys(OUTPUTS))(
    'the server responds, reloads and drains although its logs go to %s',
    async name => {
      const folder = prepare()
      const { redirection, afterStart } = OUTPUTS[name]!(folder)
      const { child, url, exited } = await start(folder, workers, redirection)
      afterStart?.()
      await flood(url, ['old'])
      const finish = await beginDownload(`${url}big`)
      folder.write('statewire.toml', 'root = "new"\n')
      child.kill('SIGHUP')
      await expect.poll(() => textOf(url), { timeout: 15_000 }).toBe('new')
      // Workers are replaced one after the other.
      await flood(url, workers === 1 ? ['new'] : ['old', 'new'])
      child.kill('SIGTERM')
      expect(await finish()).toBe(BIG_BYTES)
      expect(await exited).toEqual([0, null])
    },
    TIMEOUT_MS,
  )

  it(
    'a reader that has stalled for a while gets whole lines, and how many were dropped',
    async () => {
      const folder = prepare()
      const { path, read } = openPipe(folder)
      const { child, url, exited } = await start(folder, workers, `>"${path}" 2>&1`)
      // Each worker queues 4 MiB of access log lines of 7 kB.
      const long = `${url}?${'x'.repeat(7000)}`
      for (let sent = 0; sent < 800 * workers; sent++) await textOf(long)
      let output = ''
      await expect
        .poll(
          () => {
            output += read()
            return output
          },
          { timeout: 15_000, interval: 2 },
        )
        .toMatch(/"msg":"\d+ access log lines were dropped: its reader was too slow"/)
      child.kill('SIGTERM')
      const reading = setInterval(() => {
        output += read()
      }, 5)
      expect(await exited).toEqual([0, null])
      clearInterval(reading)
      output += read()
      expect(output).toContain('SIGTERM: finishing the requests in flight')
    },
    TIMEOUT_MS,
  )
})
