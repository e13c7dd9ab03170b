import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { medianOf } from '../report/statistics.ts'
import { output } from './children.ts'
import { type ClosedLoop, closedLoop, runWrk } from './closed-loop.ts'
import { pinned } from './cores.ts'
import type { KeptLoad, Sample, Stage } from './load.ts'
import { figuresOf } from './process-figures.ts'
import type { Server } from './servers.ts'

const SPEED_ROUNDS = 3

export type OpenLoop = ClosedLoop & {
  /** Whose greatest rate is taken, and the share of it that all are asked for. */
  readonly rateOf: string
  readonly share: number
}

/** Requests at a fixed rate: how long answers take a server that has time. */
export function openLoop(loop: OpenLoop): KeptLoad {
  const closed = closedLoop(loop)
  let rate = 0
  return {
    ...closed,
    overheadSeconds: 1,
    missing: programs =>
      closed.missing(programs) ??
      (programs.fixedRate === undefined && programs.h2load === undefined
        ? 'a load at a fixed rate: apt-get install gcc libc6-dev, or nghttp2-client'
        : undefined),
    prepare: async (servers, stage) => {
      const measured = servers.find(({ contender }) => contender.name === loop.rateOf) ?? servers[0]
      if (measured === undefined) return ''
      const speeds: number[] = []
      for (let round = 0; round < SPEED_ROUNDS; round++)
        speeds.push((await runWrk(measured, loop, {}, stage))['requests/s'] ?? 0)
      rate = Math.round(medianOf(speeds) * loop.share)
      const tool =
        stage.programs.fixedRate === undefined
          ? 'h2load, latency from when it was sent'
          : 'bench/server/load/fixed-rate.c, latency from when it was due; what took more than two seconds counts as two'
      return `${rate} requests/s, ${loop.share} of the greatest rate of ${measured.contender.name}, by ${tool}`
    },
    measure: async (server, stage) => {
      const before = figuresOf(server.pid)
      const latency = await runAtRate(server, loop, rate, stage)
      const after = figuresOf(server.pid)
      const cpuUs = after.userUs + after.systemUs - before.userUs - before.systemUs
      return {
        ...latency,
        'µs CPU/request': cpuUs / (rate * stage.seconds),
        'MiB resident': after.residentBytes / 2 ** 20,
        'cores busy': cpuUs / 1e6 / stage.seconds,
      }
    },
  }
}

function runAtRate(server: Server, loop: OpenLoop, rate: number, stage: Stage): Promise<Sample> {
  const { fixedRate } = stage.programs
  return fixedRate === undefined
    ? byH2load(server, loop, rate, stage)
    : byOurs(fixedRate, server, loop, rate, stage)
}

/** Latency from when a request was due, whether or not it could be sent then. */
async function byOurs(
  program: string,
  server: Server,
  { path, connections }: OpenLoop,
  rate: number,
  { cores, signal, seconds, site }: Stage,
): Promise<Sample> {
  const command = [program, `${server.port}`, path, `${connections}`, `${rate}`, `${seconds}`]
  const text = await output(pinned(cores?.load, command), {
    ...{ cwd: site.work, signal, timeoutMs: (seconds + 10) * 1000 },
  })
  const { answered, seconds: took, p50, p99, p999 } = JSON.parse(text)
  return { 'p99 µs': p99, 'p50 µs': p50, 'p99.9 µs': p999, 'requests/s': answered / took }
}

/** Latency from when a request was sent, out of its log of all of them: status and microseconds in the second and third column. */
async function byH2load(
  server: Server,
  { path, connections }: OpenLoop,
  rate: number,
  { cores, signal, seconds, site, programs }: Stage,
): Promise<Sample> {
  const log = join(site.work, 'h2load.log')
  const command = [
    ...[programs.h2load ?? 'h2load', '--h1', '--threads', '1', '--clients', `${connections}`],
    ...[
      '--rps',
      `${rate / connections}`,
      '--duration',
      `${Math.ceil(seconds)}`,
      `--log-file=${log}`,
    ],
    `http://127.0.0.1:${server.port}${path}`,
  ]
  await output(pinned(cores?.load, command), {
    ...{ cwd: site.work, signal, timeoutMs: (seconds + 10) * 1000 },
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
