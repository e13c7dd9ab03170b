import { apacheBench } from '../apache-bench.ts'
import { closedLoop } from '../closed-loop.ts'
import { OURS } from '../contenders.ts'
import { FILES } from '../site.ts'
import {
  CONNECTIONS,
  cpuPerRequest,
  requestRate,
  tailLatencies,
  type Workload,
} from '../workload.ts'

const small = {
  path: FILES.small,
  connections: CONNECTIONS,
  expect: ({ status, contentBytes }: { status: number; contentBytes: number }) =>
    status === 200 && contentBytes === 1024,
}

/** wrk assumes that a slow response also delayed requests that it would have sent meanwhile. */
const CORRECTED = "Latencies are those of wrk's --latency, which corrects for coordinated omission."

const byAb = { path: FILES.small, contentBytes: 1024, connections: CONNECTIONS }
const RIVALS = ['nginx', 'Bun'] as const

/** Connections that are closed after each response, and connections under full load. */
export const CONNECTION_WORKLOADS: readonly Workload[] = [
  {
    name: 'closing: 1 KiB file, Connection: close',
    load: closedLoop({ ...small, fields: async () => ({ Connection: 'close' }) }),
    contenders: [OURS, ...RIVALS, 'Caddy'],
    quick: [OURS, 'nginx'],
    measures: [requestRate(...RIVALS, 'Caddy'), cpuPerRequest(...RIVALS)],
  },
  {
    name: 'closing: 1 KiB file, HTTP/1.0',
    load: apacheBench({ ...byAb, keepsAlive: false }),
    contenders: [OURS, ...RIVALS],
    quick: [],
    measures: [requestRate(...RIVALS), cpuPerRequest(...RIVALS)],
  },
  {
    name: 'closing: 1 KiB file, HTTP/1.0 with keep-alive',
    load: apacheBench({ ...byAb, keepsAlive: true }),
    contenders: [OURS, ...RIVALS],
    quick: [],
    measures: [requestRate(...RIVALS), cpuPerRequest(...RIVALS)],
  },
  {
    name: 'tail: 1 KiB file, 64 connections at full load',
    load: closedLoop({ ...small, note: CORRECTED }),
    contenders: [OURS, ...RIVALS],
    quick: [],
    measures: tailLatencies(...RIVALS),
  },
  {
    name: 'tail: 1 KiB file, 2000 connections at full load',
    load: closedLoop({ ...small, connections: 2000, note: CORRECTED }),
    contenders: [OURS, ...RIVALS],
    quick: [],
    measures: [requestRate(...RIVALS), ...tailLatencies(...RIVALS)],
  },
]
