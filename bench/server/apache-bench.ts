import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf } from './children.ts'
import { pinned } from './cores.ts'
import type { LoadContext, WarmServerLoad } from './load.ts'
import { checkReport, type LoadReport, sampleOf } from './load-report.ts'
import { usageOf } from './process-usage.ts'
import type { Server } from './start-server.ts'

/** ab ends after so many requests, even if time is left; it reserves memory for them. */
const REQUESTS_PER_SECOND_MAX = 200_000

export type ApacheBench = {
  readonly path: string
  readonly contentBytes: number
  readonly connections: number
  /** Whether connections are kept, with the `Connection: Keep-Alive` of HTTP/1.0. */
  readonly keepsAlive: boolean
}

/** A closed loop by ab, which speaks HTTP/1.0. */
export function apacheBench(loop: ApacheBench): WarmServerLoad {
  return {
    kind: 'warm',
    saturates: true,
    overheadSeconds: 0.3,
    missing: ({ ab }) => (ab === undefined ? 'ab: apt-get install apache2-utils' : undefined),
    // Every run checks the statuses and lengths of all responses.
    check: async () => {},
    prepare: async () => 'By ab, which measures no p99.9.',
    warmUp: async (server, context) => void (await runAb(server, loop, context)),
    measure: async (server, context) => {
      const before = usageOf(server.pid)
      const report = await runAb(server, loop, context)
      return sampleOf(report, before, usageOf(server.pid))
    },
  }
}

async function runAb(
  server: Server,
  { path, contentBytes, connections, keepsAlive }: ApacheBench,
  { programs, cores, signal, seconds, site }: LoadContext,
): Promise<LoadReport> {
  const percentiles = join(site.workFolder, 'ab.csv')
  const command = [
    ...[programs.ab ?? 'ab', '-q', '-t', `${seconds}`, '-c', `${connections}`, '-s', '10'],
    ...['-n', `${seconds * REQUESTS_PER_SECOND_MAX}`, '-e', percentiles],
    ...(keepsAlive ? ['-k'] : []),
    `http://127.0.0.1:${server.port}${path}`,
  ]
  const text = await outputOf(pinned(cores?.load, command), {
    ...{ cwd: site.workFolder, signal, timeoutMs: (seconds + 30) * 1000 },
  })
  const report = parseAb(text, readFileSync(percentiles, 'utf8'), contentBytes)
  rmSync(percentiles)
  checkReport(report, { bytesMin: contentBytes })
  return report
}

/**
 * Parses what ab prints, and its file of percentiles, `99,1.234`: percent, and milliseconds.
 * @throws Error if a figure is missing, or if the responses have another length.
 */
export function parseAb(text: string, percentiles: string, contentBytes: number): LoadReport {
  const figure = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const known = (name: string): number => {
    const value = figure(name)
    if (value === undefined) throw new Error(`ab printed no "${name}": ${text.slice(-200)}`)
    return value
  }
  const percentile = (percent: number): number => {
    const ms = new RegExp(`^${percent},([\\d.]+)$`, 'm').exec(percentiles)?.[1]
    if (ms === undefined) throw new Error(`ab wrote no percentile ${percent}`)
    return Number(ms) * 1e3
  }
  if (known('Document Length') !== contentBytes)
    throw new Error(`the content has ${known('Document Length')} bytes, not ${contentBytes}`)
  return {
    requests: known('Complete requests'),
    bytes: known('Total transferred'),
    us: known('Time taken for tests') * 1e6,
    ...{ p50: percentile(50), p99: percentile(99) },
    errorResponses: figure('Non-2xx responses') ?? 0,
    socketErrors: known('Failed requests'),
  }
}
