import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { medianOf } from '../report/statistics.ts'
import { outputOf } from './children.ts'
import { type ClosedLoop, closedLoop, runWrk } from './closed-loop.ts'
import { pinned } from './cores.ts'
import type { LoadContext, Sample, WarmServerLoad } from './load.ts'
import { usageOf } from './process-usage.ts'
import type { Server } from './start-server.ts'

/** How often the maximum rate is measured. */
const SPEED_ROUNDS = 3

export type OpenLoop = ClosedLoop & {
  /** The contender whose maximum rate is the reference, and the share of it that all get. */
  readonly rateOf: string
  readonly share: number
}

/** Sends requests at a fixed rate: measures the latency of a server that is not saturated. */
export function openLoop(loop: OpenLoop): WarmServerLoad {
  const closed = closedLoop(loop)
  let rate = 0
  return {
    ...closed,
    saturates: false,
    overheadSeconds: 1,
    missing: programs =>
      closed.missing(programs) ??
      (programs.fixedRate === undefined && programs.h2load === undefined
        ? 'a load at a fixed rate: apt-get install gcc libc6-dev, or nghttp2-client'
        : undefined),
    prepare: async (servers, context) => {
      const reference =
        servers.find(({ contender }) => contender.name === loop.rateOf) ?? servers[0]
      if (reference === undefined) return ''
      const speeds: number[] = []
      for (let round = 0; round < SPEED_ROUNDS; round++)
        speeds.push((await runWrk(reference, loop, {}, context))['requests/s'] ?? 0)
      rate = Math.round(medianOf(speeds) * loop.share)
      const method =
        context.programs.fixedRate === undefined
          ? 'by h2load: latency counts from when a request was sent'
          : 'by bench/server/load/fixed-rate.c: latency counts from when a request was due, and is at most two seconds'
      const { name } = reference.contender
      return `${rate} requests/s, ${loop.share} of the maximum rate of ${name}, ${method}.`
    },
    measure: async (server, context) => {
      const before = usageOf(server.pid)
      const latency = await runAtRate(server, loop, rate, context)
      const after = usageOf(server.pid)
      const cpuUs = after.userUs + after.systemUs - before.userUs - before.systemUs
      return {
        ...latency,
        'µs CPU/request': cpuUs / (rate * context.seconds),
        'MiB resident': after.residentBytes / 2 ** 20,
        'cores busy': cpuUs / 1e6 / context.seconds,
      }
    },
  }
}

function runAtRate(
  server: Server,
  loop: OpenLoop,
  rate: number,
  context: LoadContext,
): Promise<Sample> {
  const { fixedRate } = context.programs
  return fixedRate === undefined
    ? runH2load(server, loop, rate, context)
    : runFixedRate(fixedRate, server, loop, rate, context)
}

/** Latency counts from when a request was due, whether or not it could be sent then. */
async function runFixedRate(
  program: string,
  server: Server,
  { path, connections }: OpenLoop,
  rate: number,
  { cores, signal, seconds, site }: LoadContext,
): Promise<Sample> {
  const command = [program, `${server.port}`, path, `${connections}`, `${rate}`, `${seconds}`]
  const text = await outputOf(pinned(cores?.load, command), {
    ...{ cwd: site.workFolder, signal, timeoutMs: (seconds + 10) * 1000 },
  })
  const { responses, seconds: elapsed, p50, p99, p999 } = JSON.parse(text)
  return { 'p99 µs': p99, 'p50 µs': p50, 'p99.9 µs': p999, 'requests/s': responses / elapsed }
}

/**
 * Latency counts from when a request was sent. It is read from h2load's log of all requests, which
 * has the status in the second column and microseconds in the third.
 */
async function runH2load(
  server: Server,
  { path, connections }: OpenLoop,
  rate: number,
  { cores, signal, seconds, site, programs }: LoadContext,
): Promise<Sample> {
  const log = join(site.workFolder, 'h2load.log')
  const command = [
    ...[programs.h2load ?? 'h2load', '--h1', '--threads', '1', '--clients', `${connections}`],
    ...['--rps', `${rate / connections}`, '--duration', `${Math.ceil(seconds)}`],
    ...[`--log-file=${log}`, `http://127.0.0.1:${server.port}${path}`],
  ]
  await outputOf(pinned(cores?.load, command), {
    ...{ cwd: site.workFolder, signal, timeoutMs: (seconds + 10) * 1000 },
  })
  const latencies = readFileSync(log, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => Number(line.split('\t')[2]))
    .sort((a, b) => a - b)
  rmSync(log)
  const percentile = (share: number): number =>
    latencies[Math.floor(latencies.length * share)] ?? Number.NaN
  return {
    'p99 µs': percentile(0.99),
    'p50 µs': percentile(0.5),
    'p99.9 µs': percentile(0.999),
    'requests/s': latencies.length / Math.ceil(seconds),
  }
}
