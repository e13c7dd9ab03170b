import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ROOT } from '../root.ts'
import { outputOf } from './children.ts'
import { pinned } from './cores.ts'
import type { LoadContext, Sample, WarmServerLoad } from './load.ts'
import { type ProbeResponse, probe, type RequestFields } from './probe.ts'
import { usageOf } from './process-usage.ts'
import type { Server } from './start-server.ts'

const THREADS_MAX = 4
/** For responses of this size or more, bytes per second are reported as well. */
const LARGE_BYTES = 256 * 1024
/** How long a server may take to have a compressed representation ready. */
const EXPECTED_RESPONSE_TIMEOUT_MS = 10_000

export type ClosedLoop = {
  readonly path: string
  readonly connections: number
  /** How many requests each connection pipelines; 1 by default. */
  readonly depth?: number
  /** Returns the request's fields besides Host; may have to ask the server for a validator. */
  readonly fields?: (server: Server) => Promise<RequestFields>
  readonly expect: (response: ProbeResponse) => boolean
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
    overheadSeconds: 0.3,
    missing: ({ wrk }) => (wrk === undefined ? 'wrk: apt-get install wrk' : undefined),
    check: async server => {
      const deadline = performance.now() + EXPECTED_RESPONSE_TIMEOUT_MS
      const fields = await fieldsOf(server)
      for (;;) {
        const response = await probe(server.port, loop.path, fields)
        if (loop.expect(response)) return
        if (performance.now() > deadline)
          throw new Error(
            `unexpected response: ${response.status} with ${response.contentBytes} bytes`,
          )
        await setTimeout(100)
      }
    },
    warmUp: async (server, context) =>
      void (await runWrk(server, loop, await fieldsOf(server), context)),
    measure: async (server, context) => await runWrk(server, loop, await fieldsOf(server), context),
  }
}

/** The line that load.lua prints. */
type WrkReport = {
  readonly requests: number
  readonly bytes: number
  readonly us: number
  readonly p50: number
  readonly p99: number
  readonly errorResponses: number
  readonly socketErrors: number
}

export async function runWrk(
  server: Server,
  loop: ClosedLoop,
  fields: RequestFields,
  context: LoadContext,
): Promise<Sample> {
  const { cores, signal, seconds, programs } = context
  const depth = loop.depth ?? 1
  const threads = Math.min(cores?.loadCount ?? 1, THREADS_MAX, loop.connections)
  const script = join(ROOT, 'bench/server/load/load.lua')
  const command = [
    ...[programs.wrk ?? 'wrk', '--threads', `${threads}`, '--connections', `${loop.connections}`],
    ...['--duration', `${seconds}s`, '--timeout', '30s', '--script', script],
    ...Object.entries(fields).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ...[`http://127.0.0.1:${server.port}${loop.path}`, '--', `${depth}`],
  ]
  const before = usageOf(server.pid)
  const text = await outputOf(pinned(cores?.load, command), {
    ...{ cwd: context.site.workFolder, signal, timeoutMs: (seconds + 30) * 1000 },
  })
  const after = usageOf(server.pid)
  const json = /^REPORT (.*)$/m.exec(text)?.[1]
  if (json === undefined) throw new Error(`wrk printed no report: ${text.slice(-200)}`)
  const report: WrkReport = JSON.parse(json)
  if (report.errorResponses > 0)
    throw new Error(`${report.errorResponses} of ${report.requests} responses were errors`)
  const user = after.userUs - before.userUs
  const system = after.systemUs - before.systemUs
  return {
    'requests/s': report.requests / (report.us / 1e6),
    'µs CPU/request': (user + system) / report.requests,
    'µs user': user / report.requests,
    'µs system': system / report.requests,
    ...(report.bytes / report.requests < LARGE_BYTES
      ? {}
      : {
          'MB/s': report.bytes / report.us,
          'ms CPU/GB': (user + system) / 1e3 / (report.bytes / 1e9),
        }),
    // Of pipelined requests wrk measures one latency per batch, which is not comparable.
    ...(depth === 1 ? { 'p50 ms': report.p50 / 1e3, 'p99 ms': report.p99 / 1e3 } : {}),
    'MiB resident': after.residentBytes / 2 ** 20,
    // Below 1 the load generator was the bottleneck, not the server.
    'cores busy': (user + system) / report.us,
    ...(report.socketErrors > 0 ? { 'broken connections': report.socketErrors } : {}),
  }
}
