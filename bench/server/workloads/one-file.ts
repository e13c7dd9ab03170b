import { closedLoop } from '../closed-loop.ts'
import { OURS } from '../contenders.ts'
import { openLoop } from '../open-loop.ts'
import { type ProbeResponse, probe, type RequestFields } from '../probe.ts'
import { BIG_BYTES, FILES } from '../site.ts'
import type { Server } from '../start-server.ts'
import { CONNECTIONS, cpuPerRequest, requestRate, type Workload } from '../workload.ts'

const STREAM = `${OURS}, stream`

const isWhole = (bytes: number) => (response: ProbeResponse) =>
  response.status === 200 && response.contentBytes === bytes
const small = { path: FILES.small, connections: CONNECTIONS, expect: isWhole(1024) }

async function ifNoneMatch(server: Server): Promise<RequestFields> {
  const { etag } = (await probe(server.port, FILES.small, {})).fields
  return { 'If-None-Match': typeof etag === 'string' ? etag : '"it sends none"' }
}

const acceptBrotli = async (): Promise<RequestFields> => ({ 'Accept-Encoding': 'br' })

/** Every request is for the same file, which all contenders may keep in memory. */
export const ONE_FILE: readonly Workload[] = [
  {
    name: '1 KiB file, 64 connections',
    load: closedLoop(small),
    contenders: [
      ...[OURS, STREAM, 'nginx', 'Bun', 'node:http', 'sirv', 'serve', 'http-server'],
      ...['@fastify/static', 'C epoll floor'],
    ],
    quick: [OURS, 'nginx', 'Bun', 'node:http', 'sirv', 'C epoll floor'],
    measures: [
      requestRate('nginx', 'Bun', 'node:http', 'sirv', 'serve', 'http-server', '@fastify/static'),
      cpuPerRequest('C epoll floor', 'Bun', 'nginx'),
    ],
  },
  {
    name: '1 KiB file, 16 requests pipelined',
    load: closedLoop({ ...small, depth: 16 }),
    contenders: [OURS, STREAM, 'nginx', 'Bun', 'node:http'],
    quick: [OURS, 'Bun', 'node:http'],
    measures: [requestRate('node:http', 'Bun', 'nginx')],
  },
  {
    name: '304 for If-None-Match',
    load: closedLoop({ ...small, fields: ifNoneMatch, expect: ({ status }) => status === 304 }),
    contenders: [OURS, 'nginx', 'Bun', 'node:http'],
    quick: [OURS, 'node:http'],
    measures: [requestRate('node:http', 'nginx', 'Bun')],
  },
  {
    name: '1 KiB of cached Brotli',
    load: closedLoop({
      ...{ path: FILES.items, connections: CONNECTIONS, fields: acceptBrotli },
      expect: ({ status, fields }) => status === 200 && fields['content-encoding'] === 'br',
    }),
    contenders: [OURS, 'node:http'],
    quick: [],
    measures: [requestRate('node:http')],
  },
  {
    name: '16 KiB file, 64 connections',
    load: closedLoop({ path: FILES.medium, connections: CONNECTIONS, expect: isWhole(16 * 1024) }),
    contenders: [OURS, STREAM, 'nginx', 'Bun', 'node:http'],
    quick: [OURS, 'nginx', 'Bun'],
    measures: [requestRate('nginx', 'Bun', 'node:http')],
  },
  {
    name: '1 MiB file, 16 connections',
    load: closedLoop({ path: FILES.large, connections: 16, expect: isWhole(1024 * 1024) }),
    contenders: [OURS, 'nginx', 'Bun', 'node:http', 'sirv'],
    quick: [OURS, 'nginx', 'Bun'],
    measures: [requestRate('nginx', 'Bun', 'node:http', 'sirv')],
  },
  {
    name: '100 MiB file, 4 connections',
    site: 'big',
    load: closedLoop({ path: FILES.big, connections: 4, expect: isWhole(BIG_BYTES) }),
    contenders: [OURS, 'nginx', 'sirv'],
    quick: [OURS, 'nginx'],
    measures: [
      { unit: 'MB/s', better: 'more', comparedWith: ['nginx', 'sirv'] },
      { unit: 'ms CPU/GB', better: 'less', comparedWith: ['nginx', 'sirv'] },
    ],
  },
  {
    name: '1 KiB file, 2000 connections',
    load: closedLoop({ ...small, connections: 2000 }),
    contenders: [OURS, STREAM, 'nginx', 'Bun', 'node:http'],
    quick: [],
    measures: [requestRate('nginx', 'Bun', 'node:http')],
  },
  {
    name: '1 KiB file, half of the maximum rate of nginx',
    load: openLoop({ ...small, rateOf: 'nginx', share: 0.5 }),
    contenders: [OURS, STREAM, 'nginx', 'Bun'],
    quick: [OURS, 'nginx'],
    measures: [{ unit: 'p99 µs', better: 'less', comparedWith: ['nginx', 'Bun'] }],
  },
  {
    name: '1 KiB file, access log on',
    load: closedLoop(small),
    contenders: [`${OURS}, log`, 'nginx, log'],
    quick: [],
    ours: `${OURS}, log`,
    measures: [requestRate('nginx, log')],
  },
]
