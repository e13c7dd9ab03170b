import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ROOT } from '../root.ts'
import { outputOf } from './children.ts'
import { pinned } from './cores.ts'
import type { LoadContext, Sample, WarmServerLoad } from './load.ts'
import {
  checkReport,
  type ExpectedResponses,
  type LoadReport,
  parseReport,
  sampleOf,
} from './load-report.ts'
import { type ProbeResponse, probe, type RequestFields } from './probe.ts'
import { usageOf } from './process-usage.ts'
import type { ListedRequest } from './site-lists.ts'
import type { Server } from './start-server.ts'

const THREADS_MAX = 4
/** How long a server may take to have a compressed representation ready. */
const EXPECTED_RESPONSE_TIMEOUT_MS = 10_000
/** How many of a list's requests are checked. */
const CHECKED_REQUESTS = 50
/** The same requests are drawn from a list for each server and in each round. */
const SEED = 1

export type ClosedLoop = {
  /** The path of all requests. An @ is replaced by a number that is never repeated. */
  readonly path: string
  readonly connections: number
  /** How many requests each connection pipelines; 1 by default. */
  readonly depth?: number
  /** Requests to draw from at random, instead of the path. */
  readonly list?: readonly ListedRequest[]
  /** Returns the request's fields besides Host; may have to ask the server for a validator. */
  readonly fields?: (server: Server) => Promise<RequestFields>
  readonly expect: (response: ProbeResponse) => boolean
  /** Whether contents have the lengths that the list says; true by default. */
  readonly checksContent?: boolean
  /** Whether the expected response is an error, such as 404. */
  readonly expectsErrors?: boolean
  /** How it is measured, where that differs from other workloads. */
  readonly note?: string
}

/**
 * A load by wrk: each connection sends its next request as soon as it has the response. It measures
 * throughput.
 */
export function closedLoop(loop: ClosedLoop): WarmServerLoad {
  const fieldsOf = async (server: Server): Promise<RequestFields> =>
    (await loop.fields?.(server)) ?? {}
  return {
    kind: 'warm',
    saturates: true,
    overheadSeconds: 0.3,
    missing: ({ wrk }) => (wrk === undefined ? 'wrk: apt-get install wrk' : undefined),
    check: async server => await checkResponses(server, loop, await fieldsOf(server)),
    ...(loop.note === undefined ? {} : { prepare: async () => loop.note! }),
    // On a busy machine thousands of new connections may get no response in this time.
    warmUp: async (server, context) =>
      void (await requestByWrk(server, loop, await fieldsOf(server), context)),
    measure: async (server, context) => await runWrk(server, loop, await fieldsOf(server), context),
  }
}

/** @throws Error if the server does not give the expected response in time. */
async function checkResponses(
  server: Server,
  { path, list, expect, checksContent = true }: ClosedLoop,
  fields: RequestFields,
): Promise<void> {
  const deadline = performance.now() + EXPECTED_RESPONSE_TIMEOUT_MS
  for (const one of list === undefined ? [{ path }] : spreadOver(list, CHECKED_REQUESTS))
    for (;;) {
      const asked = { ...fields, ...('fields' in one ? one.fields : {}) }
      const response = await probe(server.port, one.path.replace('@', '0'), asked)
      const isWhole =
        !checksContent || !('contentBytes' in one) || response.contentBytes === one.contentBytes
      if (isWhole && expect(response)) break
      if (performance.now() > deadline)
        throw new Error(
          `unexpected response to ${one.path}: ${response.status} with ${response.contentBytes} bytes`,
        )
      await setTimeout(100)
    }
}

/** Some elements of a list, at equal distances. */
export function spreadOver<T>(list: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.floor(list.length / count))
  return list.filter((_, index) => index % step === 0).slice(0, count)
}

/** The file from which load.lua reads a list: a path in each line, and a field after a tab. */
export function linesOf(list: readonly ListedRequest[]): string {
  return list
    .map(({ path, fields = {} }) => {
      const [field] = Object.entries(fields)
      return field === undefined ? `${path}\n` : `${path}\t${field[0]}: ${field[1]}\n`
    })
    .join('')
}

export async function runWrk(
  server: Server,
  loop: ClosedLoop,
  fields: RequestFields,
  context: LoadContext,
): Promise<Sample> {
  const before = usageOf(server.pid)
  const report = await requestByWrk(server, loop, fields, context)
  const after = usageOf(server.pid)
  checkReport(report, expectedOf(loop))
  const { p50, p99, p999, ...others } = report
  // Of pipelined requests wrk measures one latency per batch, which is not comparable.
  return sampleOf((loop.depth ?? 1) === 1 ? report : others, before, after)
}

async function requestByWrk(
  server: Server,
  loop: ClosedLoop,
  fields: RequestFields,
  context: LoadContext,
): Promise<LoadReport> {
  const { cores, signal, seconds, programs } = context
  const threads = Math.min(cores?.loadCount ?? 1, THREADS_MAX, loop.connections)
  const script = join(ROOT, 'bench/server/load/load.lua')
  const command = [
    ...[programs.wrk ?? 'wrk', '--threads', `${threads}`, '--connections', `${loop.connections}`],
    ...['--duration', `${seconds}s`, '--timeout', '30s', '--script', script],
    ...Object.entries(fields).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ...[`http://127.0.0.1:${server.port}${loop.path}`, '--', ...scriptArguments(loop, context)],
  ]
  const text = await outputOf(pinned(cores?.load, command), {
    ...{ cwd: context.site.workFolder, signal, timeoutMs: (seconds + 30) * 1000 },
  })
  return parseReport(text)
}

function scriptArguments({ path, depth = 1, list }: ClosedLoop, { site }: LoadContext): string[] {
  if (list !== undefined) return ['list', writeList(list, site.workFolder), `${SEED}`]
  // Numbers begin at the time in microseconds: none is repeated below a million requests a second.
  return path.includes('@')
    ? ['numbered', `${Math.trunc(performance.now() * 1000)}`]
    : ['same', `${depth}`]
}

/** Writes the requests of a list to a file and returns its name. */
export function writeList(list: readonly ListedRequest[], folder: string): string {
  const file = join(folder, 'requests.txt')
  writeFileSync(file, linesOf(list))
  return file
}

/** Draws differ a little from the mean of their list. */
const DRAWS_MEAN_MIN = 0.9

function expectedOf({ list = [], expectsErrors = false }: ClosedLoop): ExpectedResponses {
  const sum = list.reduce((total, { contentBytes }) => total + contentBytes, 0)
  return {
    areErrors: expectsErrors,
    bytesMin: (sum / Math.max(1, list.length)) * DRAWS_MEAN_MIN,
  }
}
