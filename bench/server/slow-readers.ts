import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { start, stop } from './children.ts'
import { pinned } from './cores.ts'
import type { ColdServerLoad } from './load.ts'
import { largestResidentBytes } from './process-usage.ts'
import type { ListedFile } from './site-lists.ts'
import { startServer } from './start-server.ts'

/** The segment size of Ethernet. That of loopback, 64 KiB, lets the kernel take much more. */
const SEGMENT_BYTES = 1400
/** How long the clients may take to receive the first bytes of all responses. */
const BEGIN_TIMEOUT_MS = 60_000
/** Time for the server to do what it deferred at its start. */
const SETTLE_MS = 1000
/** How long memory is sampled while the clients read. */
const SAMPLED_MS = 4000

/** Measures how much memory a response holds while its client reads slowly. */
export function slowReaders(wanted: number, { path, contentBytes }: ListedFile): ColdServerLoad {
  return {
    kind: 'cold',
    overheadSeconds: 7,
    seconds: 0,
    missing: ({ slowReaders: program }) =>
      program === undefined ? 'a C compiler: apt-get install gcc libc6-dev' : undefined,
    measure: async (contender, { site, cores, signal, programs }) => {
      const server = await startServer(contender, site, cores, signal)
      try {
        await setTimeout(SETTLE_MS, undefined, { signal })
        const before = await largestResidentBytes(server.pid, 0, signal)
        const command = [
          ...[programs.slowReaders ?? '', `${server.port}`, path, `${wanted}`],
          ...[`${SEGMENT_BYTES}`, `${contentBytes}`],
        ]
        const readers = await start(pinned(cores?.load, command), {
          ...{ cwd: site.workFolder, stdin: 'pipe', stdout: 'pipe' },
        })
        try {
          const timeout = AbortSignal.any([signal, AbortSignal.timeout(BEGIN_TIMEOUT_MS)])
          const exited = once(readers.process, 'exit', { signal: timeout }).then(() => {
            throw new Error(`slow readers ended: ${readers.stderrTail()}`)
          })
          await Promise.race([once(readers.process.stdout!, 'data', { signal: timeout }), exited])
          exited.catch(() => {})
          const most = await largestResidentBytes(server.pid, SAMPLED_MS, signal)
          return {
            'MiB resident/reader': (most - before) / 2 ** 20 / wanted,
            'MiB resident': most / 2 ** 20,
            'MiB before': before / 2 ** 20,
          }
        } finally {
          await stop(readers)
        }
      } finally {
        await server.stop()
      }
    },
  }
}
