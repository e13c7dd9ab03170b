// One server under all that clients do, for minutes: `npm run soak -- --time 10m`. Every answer is checked; what the server holds is
// measured as it goes, and has to be what it was at the start when all clients have gone.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { has, until } from './program.ts'
import { Site } from './site.ts'
import { crowd } from './soak-workloads.ts'
import { Tally } from './tally.ts'
import { type WrkCounts, wrk } from './wrk.ts'

const SAMPLE_MS = 10_000
const CHANGE_MS = 250
const WRK_CONNECTIONS = 8
const WRK_SECONDS = 5
/** Memory is looked at from here on, or from the half of a shorter run. */
const WARM_MS = 60_000
/** What the median of the last third may be above that of the first: a tenth, and what a garbage collector leaves to chance. */
const GROWTH_RATIO = 1.1
const GROWTH_BYTES = 16 * 1024 * 1024
/** For what was cut off to be over. */
const QUIET_MS = 10_000

type Figures = {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly descriptors: number
  readonly p99Ms: number
  readonly maxMs: number
}
type Sample = Figures & { readonly atMs: number }

const say = (line: string): void => void process.stdout.write(`${line}\n`)
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

  async figures(): Promise<Figures> {
    const told = once(this.child, 'message')
    this.child.send('figures')
    const [{ figures }] = await told
    return figures
  }

  async drain(): Promise<number | null> {
    this.child.send('drain')
    const [code] = await once(this.child, 'exit')
    return code
  }
}

function durationOf(text: string): number {
  const [, digits, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? []
  if (digits === undefined) throw new Error(`--time ${text}: must be a time such as 60s, 10m or 1h`)
  return Number(digits) * { s: 1000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h']
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** What the memory has grown by, from the first third of the samples to the last, and whether that is flat. */
function growthOf(samples: readonly Sample[]): {
  readonly from: number
  readonly to: number
  readonly isFlat: boolean
} {
  const third = Math.max(1, Math.floor(samples.length / 3))
  const from = median(samples.slice(0, third).map(({ rss }) => rss))
  const to = median(samples.slice(-third).map(({ rss }) => rss))
  return { from, to, isFlat: to <= Math.max(from * GROWTH_RATIO, from + GROWTH_BYTES) }
}

/** Strokes of wrk until the signal. */
async function strokes(port: number, signal: AbortSignal): Promise<WrkCounts> {
  const sum = { answers: 0, statuses: 0, errors: 0 }
  while (!signal.aborted) {
    const stroke = await wrk(`http://127.0.0.1:${port}/small.txt`, WRK_CONNECTIONS, WRK_SECONDS)
    sum.answers += stroke.answers
    sum.statuses += stroke.statuses
    sum.errors += stroke.errors
  }
  return sum
}

/** A sample each ten seconds, or more often in a run that is short, told as it comes. */
async function watch(server: Server, timeMs: number, signal: AbortSignal): Promise<Sample[]> {
  const samples: Sample[] = []
  const startMs = performance.now()
  const everyMs = Math.min(SAMPLE_MS, timeMs / 12)
  while (!signal.aborted) {
    await new Promise(resolve => setTimeout(resolve, everyMs))
    const sample = { ...(await server.figures()), atMs: performance.now() - startMs }
    samples.push(sample)
    const { atMs, rss, heapUsed, external, descriptors, p99Ms, maxMs } = sample
    const seconds = (atMs / 1000).toFixed(0).padStart(4)
    say(
      `${seconds} s  resident ${mib(rss)}, heap ${mib(heapUsed)}, buffers ${mib(external)}, ${descriptors} descriptors, ` +
        `event loop late by ${p99Ms.toFixed(1)} ms (p99), ${maxMs.toFixed(1)} ms at most`,
    )
  }
  return samples
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { time: { type: 'string', default: '10m' } } })
  const timeMs = durationOf(values.time)
  if (!has('wrk')) throw new Error('not installed: wrk (scripts/test-tools.sh)')
  const site = new Site()
  const server = await Server.start(site.root)
  try {
    const before = await server.figures()
    const tally = new Tally()
    const { port } = server
    const signal = AbortSignal.timeout(timeMs)
    const changes = setInterval(() => site.change(), CHANGE_MS)
    say(
      `a soak of ${values.time}; at the start: resident ${mib(before.rss)}, ${before.descriptors} descriptors`,
    )
    const [samples, counts] = await Promise.all([
      watch(server, timeMs, signal),
      strokes(port, signal),
      crowd({ port, site, tally, signal }),
    ]).finally(() => clearInterval(changes))

    let after = await server.figures()
    await until(
      async () => {
        after = await server.figures()
        return after.descriptors <= before.descriptors
      },
      '',
      QUIET_MS,
    ).catch(() => {})
    const warmMs = Math.min(WARM_MS, timeMs / 2)
    const growth = growthOf(samples.filter(({ atMs }) => atMs >= warmMs))
    const p99Ms = median(samples.map(sample => sample.p99Ms))
    const code = await server.drain()
    const lines: [string, boolean][] = [
      [
        `${tally.answered} answers checked: ${tally.wrong} wrong, ${tally.lost} lost`,
        tally.wrong + tally.lost === 0,
      ],
      [`  ${tally.kinds}`, tally.answered > 0],
      [
        `${counts.answers} answers counted by wrk: ${counts.statuses} with an error's status, ${counts.errors} broken`,
        counts.answers > 0 && counts.statuses + counts.errors === 0,
      ],
      [
        `resident memory from ${mib(growth.from)} after ${(warmMs / 1000).toFixed(0)} s to ${mib(growth.to)}: ${growth.isFlat ? 'flat' : 'it grows'}`,
        growth.isFlat,
      ],
      [
        `descriptors from ${before.descriptors} to ${after.descriptors}`,
        after.descriptors <= before.descriptors,
      ],
      [
        `event loop late by ${p99Ms.toFixed(1)} ms (p99, median of ${samples.length}), ${Math.max(...samples.map(({ maxMs }) => maxMs)).toFixed(1)} ms at most`,
        true,
      ],
      [`drained, exit code ${code}`, code === 0],
    ]
    for (const [line, isGood] of lines) say(isGood ? line : `${line}   <- WRONG`)
    for (const line of tally.troubles) say(line)
    return lines.every(([, isGood]) => isGood)
  } finally {
    server.child.kill('SIGKILL')
    site.remove()
  }
}

process.exitCode = (await main()) ? 0 : 1
say(process.exitCode === 0 ? 'passed' : 'FAILED')
