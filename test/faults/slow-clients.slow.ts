import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get } from '../acceptance/request-bytes.ts'
import { RunningServer } from '../acceptance/running-server.ts'
import { TemporaryFolder } from '../acceptance/temporary-folder.ts'
import { RawClient } from '../raw-client.ts'

const SECONDS = 20
const CONNECTIONS = 500
const PAUSE_MS = 20
/** Low, because the machine may be busy; a response that takes 10 s is a failure in any case. */
const RESPONSES_PER_SECOND_MIN = 4

const isInstalled = spawnSync('slowhttptest', ['-h']).error === undefined
if (!isInstalled)
  console.warn('slowhttptest is not installed: the tests with slow clients are skipped')

/** Runs slowhttptest and returns its output. With `-p` it checks that a new client is served. */
async function attack(url: string, mode: readonly string[]): Promise<string> {
  const options = ['-c', CONNECTIONS, '-r', CONNECTIONS, '-i', 1, '-l', SECONDS, '-p', 3, '-u', url]
  const child = spawn('slowhttptest', [...mode, ...options.map(String)])
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  const deadline = setTimeout(() => child.kill('SIGKILL'), (SECONDS + 10) * 1000)
  await once(child, 'close')
  clearTimeout(deadline)
  return output.replaceAll(/\x1b\[[0-9;]*[A-Za-z]/g, '')
}

describe.skipIf(!isInstalled)(`slowhttptest, ${CONNECTIONS} connections for ${SECONDS} s`, () => {
  let folder: TemporaryFolder
  let server: RunningServer

  beforeAll(async () => {
    folder = new TemporaryFolder({ 'small.txt': 'small', 'large.bin': Buffer.alloc(30_000_000) })
    // All clients upload at the same time.
    const flags = ['--endpoints=files', '--uploads-max=1000', '--log-level=debug']
    server = await RunningServer.start([folder.path, ...flags])
  })
  afterAll(async () => {
    await server?.kill()
    folder.remove()
  })

  /** Sends requests on a kept and on new connections until aborted. Returns the response times. */
  async function sendRequests(signal: AbortSignal): Promise<number[]> {
    const kept = await RawClient.connect(server.port)
    const timesMs: number[] = []
    while (!signal.aborted) {
      const fresh = await RawClient.connect(server.port)
      for (const client of [kept, fresh]) {
        const startMs = performance.now()
        const response = await client.request(get('/small.txt'))
        timesMs.push(performance.now() - startMs)
        expect([response.status, response.text]).toEqual([200, 'small'])
      }
      fresh.destroy()
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
    return timesMs
  }

  it.each<[what: string, mode: readonly string[], path: string]>([
    ['slow heads', ['-H', '-x', '10'], '/small.txt'],
    ['slow content', ['-B', '-s', '8192', '-x', '10', '-t', 'POST'], '/files/slow.bin'],
    [
      'slow readers',
      ['-X', '-w', '10', '-y', '20', '-n', '1', '-z', '32', '-k', '3'],
      '/large.bin',
    ],
  ])(
    '%s: a well-behaved client gets its responses throughout',
    { timeout: (SECONDS + 30) * 1000 },
    async (what, mode, path) => {
      const stop = new AbortController()
      const wellBehaved = sendRequests(stop.signal)
      // A failure of the requests ends the test during the attack.
      const failed = wellBehaved.then(() => new Promise<never>(() => {}))
      const output = await Promise.race([attack(server.url + path, mode), failed])
      stop.abort()
      const timesMs = (await wellBehaved).sort((a, b) => a - b)
      // The probes of slowhttptest got responses, too.
      expect(output).toMatch(/service available:\s+YES/)
      expect(Math.max(...output.match(/(?<=connected:\s+)\d+/g)!.map(Number))).toBeGreaterThan(
        CONNECTIONS / 2,
      )
      expect(timesMs.length).toBeGreaterThan(SECONDS * RESPONSES_PER_SECOND_MIN)
      const at = (share: number): string =>
        timesMs[Math.floor((timesMs.length - 1) * share)]!.toFixed(1)
      console.log(
        `${what}: ${timesMs.length} responses, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`,
      )
    },
  )

  it('leaves no descriptors open', async () => {
    await expect
      .poll(() => server.openFiles.length, { timeout: 10_000 })
      .toBeLessThan(CONNECTIONS / 2)
    await server.stop()
    console.log(server.log.at(-1)!.msg)
  })
})
