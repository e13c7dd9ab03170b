import { OURS } from '../contenders.ts'
import { idleConnections } from '../idle-connections.ts'
import { FILES, SLOW_BYTES } from '../site.ts'
import { slowReaders } from '../slow-readers.ts'
import { startUp } from '../start-up.ts'
import type { Workload } from '../workload.ts'

const IDLE_CONNECTIONS = 8000
const SLOW_READERS = 1500

/** What a server needs before it serves, and between its responses. */
export const MEMORY_AND_START_UP: readonly Workload[] = [
  {
    name: `${IDLE_CONNECTIONS} idle connections`,
    load: idleConnections(IDLE_CONNECTIONS),
    contenders: [OURS, 'raw net', 'node:http', 'Bun', 'nginx'],
    quick: [],
    measures: [
      {
        unit: 'KiB resident/connection',
        better: 'less',
        comparedWith: ['node:http', 'raw net', 'Bun', 'nginx'],
      },
    ],
  },
  {
    name: `slow-readers: ${SLOW_READERS} slow readers of a 1.1 MB file`,
    load: slowReaders(SLOW_READERS, { path: FILES.slow, contentBytes: SLOW_BYTES }),
    contenders: [OURS, 'nginx', 'Bun'],
    quick: [],
    measures: [{ unit: 'MiB resident/reader', better: 'less', comparedWith: ['nginx', 'Bun'] }],
  },
  {
    name: 'Start-up',
    load: startUp(),
    contenders: [
      ...[OURS, 'sirv-cli', 'serve', 'http-server', '@fastify/static', 'node:http'],
      ...['Bun', 'nginx'],
    ],
    quick: [OURS, 'sirv-cli', 'node:http'],
    roundsFactor: 2,
    measures: [
      {
        unit: 'ms to the first response',
        better: 'less',
        comparedWith: ['sirv-cli', 'serve', 'http-server', '@fastify/static', 'node:http'],
      },
    ],
  },
]
