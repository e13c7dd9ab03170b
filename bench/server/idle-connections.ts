import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ROOT } from '../root.ts'
import { start, stop } from './children.ts'
import { pinned } from './cores.ts'
import type { ColdServerLoad } from './load.ts'
import { usageOf } from './process-usage.ts'
import { FILES } from './site.ts'
import { startServer } from './start-server.ts'

/** How long the clients may take to open all connections. */
const OPEN_TIMEOUT_MS = 30_000
/** Time for the server to return freed memory and to do what it deferred. */
const SETTLE_MS = 1000
/** Descriptors that a process has open besides its connections. */
const OTHER_DESCRIPTORS = 200

/** Measures resident memory per idle keep-alive connection, each after one response. */
export function idleConnections(wanted: number): ColdServerLoad {
  // Node raises its own soft limit to the hard limit, and its child processes inherit it.
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  const most = limit === 'unlimited' ? wanted : Number(limit) - OTHER_DESCRIPTORS
  return {
    kind: 'cold',
    overheadSeconds: 5,
    seconds: 0,
    missing: () =>
      most < wanted ? `${wanted} open files: the hard limit is ${limit} (ulimit -Hn)` : undefined,
    measure: async (contender, { site, cores, signal }) => {
      const server = await startServer(contender, site, cores, signal)
      try {
        await setTimeout(SETTLE_MS, undefined, { signal })
        const before = usageOf(server.pid).residentBytes
        const script = join(ROOT, 'bench/server/load/idle-clients.mjs')
        const command = [process.execPath, script, `${server.port}`, FILES.small, `${wanted}`]
        const clients = await start(pinned(cores?.load, command), {
          cwd: site.workFolder,
          stdin: 'pipe',
          stdout: 'pipe',
        })
        try {
          const timeout = AbortSignal.any([signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)])
          const exited = once(clients.process, 'exit', { signal: timeout }).then(() => {
            throw new Error(`${wanted} connections could not be opened: ${clients.stderrTail()}`)
          })
          await Promise.race([once(clients.process.stdout!, 'data', { signal: timeout }), exited])
          exited.catch(() => {})
          await setTimeout(SETTLE_MS, undefined, { signal })
          const after = usageOf(server.pid).residentBytes
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
