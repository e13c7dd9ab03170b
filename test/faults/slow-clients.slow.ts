import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from '../acceptance/raw-client.ts'
import { get } from '../acceptance/request-bytes.ts'
import { RunningServer } from '../acceptance/running-server.ts'
import { TemporaryFolder } from '../acceptance/temporary-folder.ts'

const SECONDS = 20
const CONNECTIONS = 500
const PAUSE_MS = 20
/** A bound, not an expectation: the machine may be busy, and an answer that takes 10 s is a failure anyway. */
const ANSWERS_PER_SECOND_MIN = 4

const isInstalled = spawnSync('slowhttptest', ['-h']).error === undefined
if (!isInstalled)
  console.warn('slowhttptest is not installed: the tests with slow clients are left out')

/** What slowhttptest does to a server: `-p` makes it see for itself whether a new client is answered. */
async function attack(url: string, mode: readonly string[]): Promise<string> {
  const options = ['-c', CONNECTIONS, '-r', CONNECTIONS, '-i', 1, '-l', SECONDS, '-p', 3, '-u', url]
  const child = spawn('slowhttptest', [...mode, ...options.map(String)])
  let told = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => {
      told += text
    })
  const deadline = setTimeout(() => child.kill('SIGKILL'), (SECONDS + 10) * 1000)
  await once(child, 'close')
  clearTimeout(deadline)
  return told.replaceAll(/\x1b\[[0-9;]*[A-Za-z]/g, '')
}

describe.skipIf(!isInstalled)(`slowhttptest, ${CONNECTIONS} connections for ${SECONDS} s`, () => {
  let folder: TemporaryFolder
  let server: RunningServer

  beforeAll(async () => {
    folder = new TemporaryFolder({ 'small.txt': 'small', 'large.bin': Buffer.alloc(30_000_000) })
    server = await RunningServer.start([folder.path, '--endpoints=files', '--log-level=debug'])
  })
  afterAll(async () => {
    await server?.kill()
    folder.remove()
  })

  /** Asks on a kept connection and on a new one each time, until told to stop; tells how long each answer took. */
  async function behaveWell(signal: AbortSignal): Promise<number[]> {
    const kept = await RawClient.connect(server.port)
    const took: number[] = []
    while (!signal.aborted) {
      const fresh = await RawClient.connect(server.port)
      for (const client of [kept, fresh]) {
        const startMs = performance.now()
        const answer = await client.request(get('/small.txt'))
        took.push(performance.now() - startMs)
        expect([answer.status, answer.text]).toEqual([200, 'small'])
      }
      fresh.destroy()
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
    return took
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
    '%s: a client that behaves well is answered throughout',
    { timeout: (SECONDS + 30) * 1000 },
    async (what, mode, path) => {
      const stop = new AbortController()
      const wellBehaved = behaveWell(stop.signal)
      // It must not go unheard while the attack runs.
      const failed = wellBehaved.then(() => new Promise<never>(() => {}))
      const told = await Promise.race([attack(server.url + path, mode), failed])
      stop.abort()
      const took = (await wellBehaved).sort((a, b) => a - b)
      // Its own probes too were all answered.
      expect(told).toMatch(/service available:\s+YES/)
      expect(Math.max(...told.match(/(?<=connected:\s+)\d+/g)!.map(Number))).toBeGreaterThan(
        CONNECTIONS / 2,
      )
      expect(took.length).toBeGreaterThan(SECONDS * ANSWERS_PER_SECOND_MIN)
      const at = (share: number): string => took[Math.floor((took.length - 1) * share)]!.toFixed(1)
      console.log(
        `${what}: ${took.length} answers, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`,
      )
    },
  )

  it('leaves nothing behind', async () => {
    await expect
      .poll(() => server.openFiles.length, { timeout: 10_000 })
      .toBeLessThan(CONNECTIONS / 2)
    await server.stop()
    console.log(server.log.at(-1)!.msg)
  })
})
