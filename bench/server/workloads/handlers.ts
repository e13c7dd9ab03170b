import { closedLoop } from '../closed-loop.ts'
import { CONNECTIONS, cpuPerRequest, requestRate, type Workload } from '../workload.ts'

const OURS_WITH_HONO = 'statewire, Hono'
const NODE_SERVER = '@hono/node-server'

/** Functions that respond instead of files. */
export const HANDLER_WORKLOADS: readonly Workload[] = [
  {
    name: 'handler: JSON of an application made with Hono',
    load: closedLoop({
      path: '/api/users/7',
      connections: CONNECTIONS,
      expect: ({ status, contentBytes }) => status === 200 && contentBytes === 26,
    }),
    ours: OURS_WITH_HONO,
    contenders: [OURS_WITH_HONO, NODE_SERVER],
    quick: [OURS_WITH_HONO, NODE_SERVER],
    measures: [requestRate(NODE_SERVER), cpuPerRequest(NODE_SERVER)],
  },
]
