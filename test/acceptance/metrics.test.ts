import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

type Sample = Readonly<Record<string, number>>

async function start(...flags: string[]) {
  const folder = new TemporaryFolder({ 'a.txt': 'a', 'statewire.toml': '' })
  onTestFinished(() => folder.remove())
  const args = ['--linger-timeout-ms=100', '--drain-idle-ms=0', ...flags]
  const server = await RunningServer.start(args, { cwd: folder.path })
  onTestFinished(() => server.kill())
  const [listening] = server.log.filter(({ msg }) => msg === 'listening')
  const [metricsUrl] = (listening!.metricsUrls ?? []) as string[]
  return { server, metricsUrl: `${metricsUrl}/metrics` }
}

const SETTLED_MS = 1100
const LOOP_MS = 200
const CLOSE = { headers: { connection: 'close' } }

async function get(url: string, times = 1): Promise<void> {
  for (let n = 0; n < times; n++) await (await fetch(url, CLOSE)).text()
}

/** Requests metrics and returns the samples by name and labels. */
async function samplesAt(url: string): Promise<Sample> {
  const response = await fetch(url, CLOSE)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n').filter(line => /^[a-z]/.test(line))
  return Object.fromEntries(
    lines.map(line => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

const STATIC_200 = 'statewire_requests_total{status="200",endpoint="static"}'

describe.each([1, 2])('metrics, with --workers %d', workers => {
  const ADDRESS = '--metrics-address=127.0.0.1:0'

  it('count requests, bytes, durations, connections and refusals of all processes', async () => {
    const { server, metricsUrl } = await start(`--workers=${workers}`, ADDRESS)
    // Nothing of a file that has just changed is kept.
    await delay(SETTLED_MS)
    await get(`${server.url}/a.txt`, 10)
    await get(`${server.url}/.env`, 2)
    await get(`${server.url}/-/live`)
    const socket = connect({ host: '127.0.0.1', port: server.port })
    socket.end('GET / HTTP/1.1\r\n\r\n')
    for await (const _ of socket);
    const idle = connect({ host: '127.0.0.1', port: server.port })
    onTestFinished(() => void idle.destroy())
    await expect
      .poll(async () => (await samplesAt(metricsUrl)).statewire_connections)
      .toBeGreaterThanOrEqual(2)
    // Delays are those since the last time, and take some turns to be measured.
    await delay(LOOP_MS)
    const samples = await samplesAt(metricsUrl)
    expect(samples).toMatchObject({
      [STATIC_200]: 10,
      'statewire_requests_total{status="404",endpoint="static"}': 2,
      'statewire_requests_total{status="200",endpoint="health"}': 1,
      'statewire_requests_total{status="400",endpoint="none"}': 1,
      'statewire_refusals_total{code="dotfile"}': 2,
      'statewire_refusals_total{code="host-missing"}': 1,
      'statewire_connections_closed_total{reason="parse-error"}': 1,
      'statewire_compressions{state="waiting"}': 0,
      'statewire_log_lines_dropped_total{stream="stderr"}': 0,
      statewire_processes: workers,
    })
    const hits = samples.statewire_response_cache_hits_total!
    expect(hits).toBeGreaterThanOrEqual(10 - workers)
    expect(hits + samples.statewire_response_cache_misses_total!).toBe(12)
    expect(samples.statewire_response_cache_entries).toBeGreaterThanOrEqual(1)
    expect(samples.statewire_response_cache_bytes).toBeGreaterThan(100)
    expect(samples.statewire_file_cache_bytes).toBeGreaterThan(0)
    expect(samples.statewire_request_bytes_total).toBeGreaterThan(12 * 40)
    expect(samples.statewire_response_bytes_total).toBeGreaterThan(12 * 100)
    const count = samples.statewire_request_duration_seconds_count
    expect(count).toBeGreaterThanOrEqual(14)
    expect(samples['statewire_request_duration_seconds_bucket{le="+Inf"}']).toBe(count)
    expect(samples['statewire_event_loop_delay_seconds{statistic="max"}']).toBeGreaterThan(0)
  })

  it('keep what was counted before a reload', async () => {
    const { server, metricsUrl } = await start(`--workers=${workers}`, ADDRESS)
    await get(`${server.url}/a.txt`, 5)
    server.signal('SIGHUP')
    await server.logged(/^reloaded$/)
    await get(`${server.url}/a.txt`, 5)
    await expect.poll(async () => (await samplesAt(metricsUrl))[STATIC_200]).toBe(10)
    if (workers > 1)
      await expect
        .poll(async () => (await samplesAt(metricsUrl)).statewire_processes, { timeout: 5000 })
        .toBe(workers)
    expect((await samplesAt(metricsUrl))[STATIC_200]).toBe(10)
  })

  it('pass the check of promtool', async ({ skip }) => {
    const { metricsUrl, server } = await start(`--workers=${workers}`, ADDRESS)
    await get(`${server.url}/a.txt`)
    const text = await (await fetch(metricsUrl, CLOSE)).text()
    const { status, error, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    })
    if (error !== undefined) skip('promtool is not installed')
    expect([status, stdout, stderr]).toEqual([0, '', ''])
  })

  it('are at /-/metrics with --metrics, and nowhere without', async () => {
    const { server } = await start(`--workers=${workers}`, '--metrics')
    await get(`${server.url}/a.txt`, 3)
    expect((await samplesAt(`${server.url}/-/metrics`))[STATIC_200]).toBe(3)
    expect((await fetch(`${server.url}/metrics`, CLOSE)).status).toBe(404)
    const other = await start(`--workers=${workers}`)
    expect((await fetch(`${other.server.url}/-/metrics`, CLOSE)).status).toBe(404)
  })
})

describe('metrics', () => {
  it('have an address that serves nothing else, and whose site has none', async () => {
    const { server, metricsUrl } = await start('--metrics-address=127.0.0.1:0')
    const origin = new URL(metricsUrl).origin
    expect((await fetch(`${origin}/-/metrics`, CLOSE)).status).toBe(200)
    expect((await fetch(`${origin}/a.txt`, CLOSE)).status).toBe(404)
    expect((await fetch(metricsUrl, { method: 'POST', ...CLOSE })).status).toBe(405)
    expect((await fetch(`${server.url}/-/metrics`, CLOSE)).status).toBe(404)
  })

  it('are available when there are too many connections', async () => {
    const { server, metricsUrl } = await start(
      ...['--metrics-address=127.0.0.1:0', '--connections-max=2'],
    )
    const sockets = Array.from({ length: 2 }, () =>
      connect({ host: '127.0.0.1', port: server.port }),
    )
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
    })
    await expect.poll(async () => (await fetch(server.url, CLOSE)).status).toBe(503)
    const rejected = 'statewire_connections_rejected_total{limit="connections-max"}'
    await expect.poll(async () => (await samplesAt(metricsUrl))[rejected] ?? 0).toBeGreaterThan(0)
  })

  it('are not in the access log', async () => {
    const { server } = await start('--metrics', '--access-log=json')
    await get(`${server.url}/-/metrics`)
    await get(`${server.url}/a.txt`)
    await server.until(() => server.stdoutLines.length > 0, 'no line of the access log')
    expect(server.stdoutLines.map(line => JSON.parse(line).url)).toEqual(['/a.txt'])
  })

  it.each([
    [['--metrics', '--host=0.0.0.0'], true],
    [['--metrics', '--host=127.0.0.1'], false],
    [['--metrics-address=127.0.0.1:0', '--host=0.0.0.0'], false],
  ])('cause a warning if everyone can read them: %j: %s', async (flags, isWarned) => {
    const { server } = await start(...flags)
    const warnings = server.log.filter(({ msg }) => msg.startsWith('/-/metrics is served to all'))
    expect(warnings.length > 0).toBe(isWarned)
  })
})
