import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { outputOf, type StartOptions, start, stop } from '../../bench/server/children.ts'
import { parseReport } from '../../bench/server/load-report.ts'
import { compile, programPath } from '../../bench/server/programs.ts'

const CONTENT = 'x'.repeat(200_000)
const LUA = 'bench/server/load/load.lua'
const wrk = programPath('wrk')
const hasCompiler = programPath('cc', 'gcc', 'clang') !== undefined && process.platform === 'linux'

let folder: string
let server: Server
let port: number
/** `GET /path` of each request, in order. */
let requests: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'statewire-test-'))
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim())
    response.writeHead(request.url?.includes('missing') ? 404 : 200, {
      'Content-Length': CONTENT.length,
    })
    response.end(request.method === 'HEAD' ? undefined : CONTENT)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  requests = []
})

const run = (...command: readonly string[]): Promise<string> =>
  outputOf(command, { cwd: process.cwd(), signal: AbortSignal.timeout(15_000), timeoutMs: 15_000 })
const runLua = (path: string, ...args: readonly string[]): Promise<string> =>
  run(
    ...[wrk!, '-t1', '-c1', '-d1s', '-s', LUA],
    ...[`http://127.0.0.1:${port}${path}`, '--', ...args],
  )

// wrk is a program of the benchmark only; where it is not installed, there is nothing to test.
describe.runIf(wrk !== undefined)('load.lua', () => {
  it('draws random lines of a list, which are the same for the same seed', async () => {
    const list = join(folder, 'list')
    const names = Array.from({ length: 100 }, (_, index) => `/file-${index}`)
    writeFileSync(list, `${names.join('\n')}\n/ranged\tRange: bytes=0-9\n`)
    const report = parseReport(await runLua('/', 'list', list, '1'))
    const first = requests
    expect(report.requests).toBeGreaterThan(20)
    expect(report.errorResponses).toBe(0)
    const expected = new Set([...names.map(name => `GET ${name}`), 'GET /ranged bytes=0-9'])
    expect(first.filter(one => !expected.has(one))).toEqual([])
    expect(new Set(first).size).toBeGreaterThan(15)
    requests = []
    await runLua('/', 'list', list, '1')
    expect(requests.slice(0, 20)).toEqual(first.slice(0, 20))
    requests = []
    await runLua('/', 'list', list, '2')
    expect(requests.slice(0, 20)).not.toEqual(first.slice(0, 20))
  })

  it('numbers requests without repeating any', async () => {
    const report = parseReport(await runLua('/missing-@.html', 'numbered', '5000'))
    expect(report.errorResponses).toBe(report.requests)
    // wrk makes one request for itself first.
    expect(requests[0]).toBe('GET /missing-5002.html')
    expect(new Set(requests).size).toBe(requests.length)
  })
})

describe.runIf(hasCompiler)('head-requests.c', () => {
  it('sends HEAD only, and counts the responses', async () => {
    const list = join(folder, 'heads')
    writeFileSync(list, '/a\n/b\n')
    const program = compile('load/head-requests.c', folder)!
    const report = parseReport(await run(program, `${port}`, list, '4', '0.5'))
    expect(new Set(requests)).toEqual(new Set(['HEAD /a', 'HEAD /b']))
    expect(report).toMatchObject({ errorResponses: 0, socketErrors: 0 })
    // Those that were sent last have no response in time.
    expect(requests.length - report.requests).toBeLessThanOrEqual(4)
    writeFileSync(list, '/missing\n')
    const refused = parseReport(await run(program, `${port}`, list, '1', '0.2'))
    expect(refused.errorResponses).toBe(refused.requests)
  })
})

describe.runIf(hasCompiler)('slow-readers.c', () => {
  const options: StartOptions = { cwd: process.cwd(), stdin: 'pipe', stdout: 'pipe' }
  let running: Awaited<ReturnType<typeof start>> | undefined
  afterEach(async () => {
    if (running !== undefined) await stop(running)
  })

  it('reads little until stdin ends, if the responses are as expected', async () => {
    const program = compile('load/slow-readers.c', folder)!
    const args = [`${port}`, '/slow', '5', '1400']
    running = await start([program, ...args, `${CONTENT.length}`], options)
    const text = await new Promise<string>(resolve =>
      running?.process.stdout?.once('data', (bytes: Buffer) => resolve(`${bytes}`)),
    )
    expect(text).toContain('all have the begin')
    expect(requests).toHaveLength(5)
    const exited = new Promise(resolve => running?.process.once('exit', resolve))
    running.process.stdin?.end()
    expect(await exited).toBe(0)
    await expect(run(program, ...args, '1000')).rejects.toThrow('not the expected response')
  })
})
