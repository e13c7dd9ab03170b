import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ROOT } from '../root.ts'
import { output } from './children.ts'
import { pinned } from './cores.ts'
import type { KeptLoad, Sample, Stage } from './load.ts'
import { figuresOf } from './process-figures.ts'
import { type Answer, askOnce, type Fields, type Server } from './servers.ts'

const THREADS_MAX = 4
/** Answers from here on are counted in bytes, too. */
const LARGE_BYTES = 256 * 1024
/** How long a server may take to have a compressed variant ready. */
const EXPECT_MS = 10_000

export type ClosedLoop = {
  readonly path: string
  readonly connections: number
  /** Requests on the way at once on each connection. */
  readonly depth?: number
  /** What the request says beside Host; may need to ask the server first. */
  readonly fields?: (server: Server) => Promise<Fields>
  readonly expect: (answer: Answer) => boolean
}

/** wrk: connections that ask again as soon as they are answered. It tells how much a server can do. */
export function closedLoop(loop: ClosedLoop): KeptLoad {
  const fieldsOf = async (server: Server): Promise<Fields> => (await loop.fields?.(server)) ?? {}
  return {
    kind: 'kept',
    overheadSeconds: 0.3,
    missing: ({ wrk }) => (wrk === undefined ? 'wrk: apt-get install wrk' : undefined),
    check: async server => {
      const deadline = performance.now() + EXPECT_MS
      const fields = await fieldsOf(server)
      for (let answer = await askOnce(server.port, loop.path, fields); !loop.expect(answer); ) {
        if (performance.now() > deadline)
          throw new Error(
            `answers ${answer.status} with ${answer.contentBytes} bytes, which is not what is measured`,
          )
        await setTimeout(100)
        answer = await askOnce(server.port, loop.path, fields)
      }
    },
    warmUp: async (server, stage) =>
      void (await runWrk(server, loop, await fieldsOf(server), stage)),
    measure: async (server, stage) => await runWrk(server, loop, await fieldsOf(server), stage),
  }
}

/** What load.lua prints. */
type Outcome = {
  readonly requests: number
  readonly bytes: number
  readonly us: number
  readonly p50: number
  readonly p99: number
  readonly refused: number
  readonly broken: number
}

export async function runWrk(
  server: Server,
  loop: ClosedLoop,
  fields: Fields,
  stage: Stage,
): Promise<Sample> {
  const { cores, signal, seconds, programs } = stage
  const depth = loop.depth ?? 1
  const threads = Math.min(cores?.loadCount ?? 1, THREADS_MAX, loop.connections)
  const command = [
    ...[programs.wrk ?? 'wrk', '--threads', `${threads}`, '--connections', `${loop.connections}`],
    ...[
      '--duration',
      `${seconds}s`,
      '--timeout',
      '30s',
      '--script',
      join(ROOT, 'bench/server/load/load.lua'),
    ],
    ...Object.entries(fields).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ...[`http://127.0.0.1:${server.port}${loop.path}`, '--', `${depth}`],
  ]
  const before = figuresOf(server.pid)
  const text = await output(pinned(cores?.load, command), {
    ...{ cwd: stage.site.work, signal, timeoutMs: (seconds + 30) * 1000 },
  })
  const after = figuresOf(server.pid)
  const found = /^OUTCOME (.*)$/m.exec(text)?.[1]
  if (found === undefined) throw new Error(`wrk told no outcome: ${text.slice(-200)}`)
  const outcome: Outcome = JSON.parse(found)
  if (outcome.refused > 0)
    throw new Error(`${outcome.refused} of ${outcome.requests} answers were errors`)
  const user = after.userUs - before.userUs
  const system = after.systemUs - before.systemUs
  return {
    'requests/s': outcome.requests / (outcome.us / 1e6),
    'µs CPU/request': (user + system) / outcome.requests,
    'µs user': user / outcome.requests,
    'µs system': system / outcome.requests,
    ...(outcome.bytes / outcome.requests < LARGE_BYTES
      ? {}
      : {
          'MB/s': outcome.bytes / outcome.us,
          'ms CPU/GB': (user + system) / 1e3 / (outcome.bytes / 1e9),
        }),
    // wrk counts a batch as one answer, and then corrects for an expectation that batches do not meet.
    ...(depth === 1 ? { 'p50 ms': outcome.p50 / 1e3, 'p99 ms': outcome.p99 / 1e3 } : {}),
    'MiB resident': after.residentBytes / 2 ** 20,
    // Below 1 the load was what held the server back, not the server.
    'cores busy': (user + system) / outcome.us,
    ...(outcome.broken > 0 ? { 'broken connections': outcome.broken } : {}),
  }
}
