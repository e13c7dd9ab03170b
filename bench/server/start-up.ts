import type { FreshLoad } from './load.ts'
import { figuresOf } from './process-figures.ts'
import { startServer } from './servers.ts'

/** From starting a program to the first byte of its first answer; files are in the page cache. */
export function startUp(): FreshLoad {
  return {
    kind: 'fresh',
    overheadSeconds: 0.6,
    seconds: 0,
    missing: () => undefined,
    measure: async (contender, { site, cores, signal }) => {
      const server = await startServer(contender, site, cores, signal)
      try {
        const { userUs, systemUs, residentBytes } = figuresOf(server.pid)
        return {
          'ms to the first answer': server.firstAnswerMs,
          'ms CPU': (userUs + systemUs) / 1e3,
          'MiB resident': residentBytes / 2 ** 20,
        }
      } finally {
        await server.stop()
      }
    },
  }
}
