// The soak test: one server under well-behaved, slow and malicious clients for minutes,
// `npm run soak -- --time 10m`. Every response is checked. Memory must stay flat, and the count of
// descriptors must return to that at the start when all clients have disconnected.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { isInstalled, waitUntil } from './program.ts'
import { Site } from './site.ts'
import { runClients } from './soak-workloads.ts'
import { Tally } from './tally.ts'
import { formatWrkCounts, runWrkUntil } from './wrk.ts'

const SAMPLE_MS = 10_000
const CHANGE_MS = 250
const WRK_CONNECTIONS = 8
const WRK_SECONDS = 5
/** Memory is compared from this time on, or from half of a shorter run. */
const WARM_UP_MS = 60_000
/**
 * How far the median of the last third may exceed that of the first: by a tenth, or by a constant
 * that allows for the garbage collector.
 */
const GROWTH_RATIO = 1.1
const GROWTH_BYTES = 16 * 1024 * 1024
/** How long the server may take to close aborted connections. */
const SETTLE_TIMEOUT_MS = 10_000

type Measurement = {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly descriptors: number
  readonly p99Ms: number
  readonly maxMs: number
}
type Sample = Measurement & { readonly atMs: number }

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

/** The server, in a process of its own. */
class Server {
  readonly child: ChildProcess
  port = 0

  private constructor(root: string) {
    this.child = fork('test/load/soak-server.mjs', [root], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    process.on('exit', () => this.child.kill('SIGKILL'))
  }

  static async start(root: string): Promise<Server> {
    const server = new Server(root)
    const [{ url }] = await once(server.child, 'message')
    server.port = Number(new URL(url).port)
    return server
  }

  async measure(): Promise<Measurement> {
    const received = once(this.child, 'message')
    this.child.send('measure')
    const [{ measurement }] = await received
    return measurement
  }

  async drain(): Promise<number | null> {
    this.child.send('drain')
    const [code] = await once(this.child, 'exit')
    return code
  }
}

function parseDuration(text: string): number {
  const [, digits, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? []
  if (digits === undefined)
    throw new Error(`--time ${text} is not a duration; use one such as 60s, 10m or 1h`)
  return Number(digits) * { s: 1000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h']
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** Compares resident memory in the first and the last third of the samples. */
function memoryGrowth(samples: readonly Sample[]): {
  readonly from: number
  readonly to: number
  readonly isFlat: boolean
} {
  const third = Math.max(1, Math.floor(samples.length / 3))
  const from = median(samples.slice(0, third).map(({ rss }) => rss))
  const to = median(samples.slice(-third).map(({ rss }) => rss))
  return { from, to, isFlat: to <= Math.max(from * GROWTH_RATIO, from + GROWTH_BYTES) }
}

function formatDelay(p99Ms: number, maxMs: number): string {
  return `${p99Ms.toFixed(1)} ms (p99), ${maxMs.toFixed(1)} ms (maximum)`
}

/** Measures the server every ten seconds, or more often in a short run, and prints each sample. */
async function collectSamples(
  server: Server,
  timeMs: number,
  signal: AbortSignal,
): Promise<Sample[]> {
  const samples: Sample[] = []
  const startMs = performance.now()
  const intervalMs = Math.min(SAMPLE_MS, timeMs / 12)
  while (!signal.aborted) {
    await new Promise(resolve => setTimeout(resolve, intervalMs))
    const sample = { ...(await server.measure()), atMs: performance.now() - startMs }
    samples.push(sample)
    const { atMs, rss, heapUsed, external, descriptors, p99Ms, maxMs } = sample
    const seconds = (atMs / 1000).toFixed(0).padStart(4)
    print(
      `${seconds} s  resident ${mib(rss)}, heap ${mib(heapUsed)}, buffers ${mib(external)}, ` +
        `${descriptors} descriptors, event-loop delay ${formatDelay(p99Ms, maxMs)}`,
    )
  }
  return samples
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { time: { type: 'string', default: '10m' } } })
  const timeMs = parseDuration(values.time)
  if (!isInstalled('wrk')) throw new Error('wrk is not installed; run scripts/test-tools.sh')
  const site = new Site()
  const server = await Server.start(site.root)
  try {
    const before = await server.measure()
    const tally = new Tally()
    const { port } = server
    const signal = AbortSignal.timeout(timeMs)
    const changes = setInterval(() => site.change(), CHANGE_MS)
    print(
      `soak test, ${values.time}; at the start: ` +
        `resident ${mib(before.rss)}, ${before.descriptors} descriptors`,
    )
    const [samples, counts] = await Promise.all([
      collectSamples(server, timeMs, signal),
      runWrkUntil(signal, `http://127.0.0.1:${port}/small.txt`, WRK_CONNECTIONS, WRK_SECONDS),
      runClients({ port, site, tally, signal }),
    ]).finally(() => clearInterval(changes))

    let after = await server.measure()
    await waitUntil(
      async () => {
        after = await server.measure()
        return after.descriptors <= before.descriptors
      },
      'descriptors closed',
      SETTLE_TIMEOUT_MS,
    ).catch(() => {})
    const warmUpMs = Math.min(WARM_UP_MS, timeMs / 2)
    const growth = memoryGrowth(samples.filter(({ atMs }) => atMs >= warmUpMs))
    // The median of the samples' 99th percentiles.
    const p99Ms = median(samples.map(({ p99Ms }) => p99Ms))
    const maxMs = Math.max(...samples.map(({ maxMs }) => maxMs))
    const code = await server.drain()
    const lines: [string, boolean][] = [
      [
        `${tally.right} responses right, ${tally.wrong} wrong, ${tally.lost} lost`,
        tally.wrong + tally.lost === 0,
      ],
      [`  ${tally.summary}`, tally.right > 0],
      [
        formatWrkCounts(counts),
        counts.responses > 0 && counts.errorStatuses + counts.socketErrors === 0,
      ],
      [
        `resident memory from ${mib(growth.from)} after ${(warmUpMs / 1000).toFixed(0)} s ` +
          `to ${mib(growth.to)}: ${growth.isFlat ? 'flat' : 'growing'}`,
        growth.isFlat,
      ],
      [
        `descriptors from ${before.descriptors} to ${after.descriptors}`,
        after.descriptors <= before.descriptors,
      ],
      [`event-loop delay ${formatDelay(p99Ms, maxMs)} in ${samples.length} samples`, true],
      [`drained, exit code ${code}`, code === 0],
    ]
    for (const [line, isGood] of lines) print(isGood ? line : `${line}   <- WRONG`)
    for (const line of tally.problems) print(line)
    return lines.every(([, isGood]) => isGood)
  } finally {
    server.child.kill('SIGKILL')
    site.remove()
  }
}

process.exitCode = (await main()) ? 0 : 1
print(process.exitCode === 0 ? 'passed' : 'FAILED')
