import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ROOT } from '../root.ts'
import { start, stop } from './children.ts'
import { pinned } from './cores.ts'
import type { FreshLoad } from './load.ts'
import { figuresOf } from './process-figures.ts'
import { startServer } from './servers.ts'
import { FILES } from './site.ts'

const HELD_MS = 30_000
/** Until what was freed is given back, and what was put off is done. */
const SETTLE_MS = 1000
/** Descriptors that a process has open beside its connections. */
const OTHER_DESCRIPTORS = 200

/** Resident memory of a keep-alive connection that has been answered once and says nothing. */
export function idleConnections(wanted: number): FreshLoad {
  // Node raises its own soft limit to the hard one, and hands it on to what it starts.
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  const most = limit === 'unlimited' ? wanted : Number(limit) - OTHER_DESCRIPTORS
  return {
    kind: 'fresh',
    overheadSeconds: 5,
    seconds: 0,
    missing: () =>
      most < wanted ? `${wanted} open files: the hard limit is ${limit} (ulimit -Hn)` : undefined,
    measure: async (contender, { site, cores, signal }) => {
      const server = await startServer(contender, site, cores, signal)
      try {
        await setTimeout(SETTLE_MS, undefined, { signal })
        const before = figuresOf(server.pid).residentBytes
        const script = join(ROOT, 'bench/server/load/idle-clients.mjs')
        const command = [process.execPath, script, `${server.port}`, FILES.small, `${wanted}`]
        const clients = await start(pinned(cores?.load, command), {
          cwd: site.work,
          stdin: 'pipe',
          stdout: 'pipe',
        })
        try {
          const timeout = AbortSignal.any([signal, AbortSignal.timeout(HELD_MS)])
          const ended = once(clients.process, 'exit', { signal: timeout }).then(() => {
            throw new Error(`${wanted} connections were not held: ${clients.complaint()}`)
          })
          await Promise.race([once(clients.process.stdout!, 'data', { signal: timeout }), ended])
          ended.catch(() => {})
          await setTimeout(SETTLE_MS, undefined, { signal })
          const after = figuresOf(server.pid).residentBytes
          return {
            'KiB resident/connection': (after - before) / 1024 / wanted,
            'MiB resident': after / 2 ** 20,
            'MiB before': before / 2 ** 20,
          }
        } finally {
          await stop(clients)
        }
      } finally {
        await server.stop()
      }
    },
  }
}
