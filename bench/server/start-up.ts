import type { ColdServerLoad } from './load.ts'
import { usageOf } from './process-usage.ts'
import { startServer } from './start-server.ts'

/** Measures the time from a process's start to its first response, with files in the page cache. */
export function startUp(): ColdServerLoad {
  return {
    kind: 'cold',
    overheadSeconds: 0.6,
    seconds: 0,
    missing: () => undefined,
    measure: async (contender, { site, cores, signal }) => {
      const server = await startServer(contender, site, cores, signal)
      try {
        const { userUs, systemUs, residentBytes } = usageOf(server.pid)
        return {
          'ms to the first response': server.firstResponseMs,
          'ms CPU': (userUs + systemUs) / 1e3,
          'MiB resident': residentBytes / 2 ** 20,
        }
      } finally {
        await server.stop()
      }
    },
  }
}
