import type { Better } from '../report/result.ts'
import { closedLoop } from './closed-loop.ts'
import { OURS } from './contenders.ts'
import { idleConnections } from './idle-connections.ts'
import type { Load } from './load.ts'
import { openLoop } from './open-loop.ts'
import { type Answer, askOnce, type Fields, type Server } from './servers.ts'
import { BIG_BYTES, FILES } from './site.ts'
import { startUp } from './start-up.ts'

/** One work: what is done, by whom, and what is asked of us beside them. */
export type Row = {
  readonly name: string
  readonly load: Load
  readonly contenders: readonly string[]
  /** Of a quick run; none where it is left out, and runs in whole where it is asked for by name. */
  readonly quick: readonly string[]
  /** Which of ours is compared, where it is not the plain one. */
  readonly ours?: string
  /** Rounds here are so many times the usual: short ones. */
  readonly roundsTimes?: number
  readonly claims: readonly Claim[]
}

export type Claim = {
  /** The measure that a load gives by this name. */
  readonly unit: string
  readonly better: Better
  readonly beside: readonly Beside[]
}

/** Ours divided by `to`. */
export type Beside = { readonly to: string; readonly must?: number; readonly reach?: number }

const CONNECTIONS = 64
const KEPT_CONNECTIONS = 8000
const STREAM = `${OURS}, stream`

const RATE = 'requests/s'

const isWhole = (bytes: number) => (answer: Answer) =>
  answer.status === 200 && answer.contentBytes === bytes
const small = { path: FILES.small, connections: CONNECTIONS, expect: isWhole(1024) }

async function ifNoneMatch(server: Server): Promise<Fields> {
  const { etag } = (await askOnce(server.port, FILES.small, {})).fields
  return { 'If-None-Match': typeof etag === 'string' ? etag : '"it sends none"' }
}

const acceptBrotli = async (): Promise<Fields> => ({ 'Accept-Encoding': 'br' })

/** The works, in the order of the reports. */
export const ROWS: readonly Row[] = [
  {
    name: '1 KiB file, 64 connections',
    load: closedLoop(small),
    contenders: [
      ...[OURS, STREAM, 'nginx', 'Bun', 'node:http', 'sirv', 'serve', 'http-server'],
      ...['@fastify/static', 'C epoll floor'],
    ],
    quick: [OURS, 'nginx', 'Bun', 'node:http', 'sirv', 'C epoll floor'],
    claims: [
      {
        unit: RATE,
        better: 'more',
        beside: [
          { to: 'nginx', must: 1.2, reach: 1.4 },
          { to: 'Bun', must: 0.95, reach: 1.05 },
          { to: 'node:http', must: 2.2, reach: 2.6 },
          { to: 'sirv', must: 12, reach: 15 },
          { to: 'serve' },
          { to: 'http-server' },
          { to: '@fastify/static' },
        ],
      },
      {
        unit: 'µs CPU/request',
        better: 'less',
        beside: [{ to: 'C epoll floor', must: 1.3, reach: 1.15 }, { to: 'Bun' }, { to: 'nginx' }],
      },
    ],
  },
  {
    name: '1 KiB file, 16 requests pipelined',
    load: closedLoop({ ...small, depth: 16 }),
    contenders: [OURS, STREAM, 'nginx', 'Bun', 'node:http'],
    quick: [OURS, 'Bun', 'node:http'],
    claims: [
      {
        unit: RATE,
        better: 'more',
        beside: [
          { to: 'node:http', must: 11, reach: 15 },
          { to: 'Bun', must: 0.8, reach: 1 },
          { to: 'nginx' },
        ],
      },
    ],
  },
  {
    name: '304 for If-None-Match',
    load: closedLoop({ ...small, fields: ifNoneMatch, expect: ({ status }) => status === 304 }),
    contenders: [OURS, 'nginx', 'Bun', 'node:http'],
    quick: [OURS, 'node:http'],
    claims: [
      {
        unit: RATE,
        better: 'more',
        beside: [{ to: 'node:http', must: 2.2, reach: 2.6 }, { to: 'nginx' }, { to: 'Bun' }],
      },
    ],
  },
  {
    name: '1 KiB of Brotli, made once and kept',
    load: closedLoop({
      ...{ path: FILES.items, connections: CONNECTIONS, fields: acceptBrotli },
      expect: ({ status, fields }) => status === 200 && fields['content-encoding'] === 'br',
    }),
    contenders: [OURS, 'node:http'],
    quick: [],
    claims: [{ unit: RATE, better: 'more', beside: [{ to: 'node:http', must: 2.2, reach: 2.6 }] }],
  },
  {
    name: '16 KiB file, 64 connections',
    load: closedLoop({ path: FILES.medium, connections: CONNECTIONS, expect: isWhole(16 * 1024) }),
    contenders: [OURS, STREAM, 'nginx', 'Bun', 'node:http'],
    quick: [OURS, 'nginx', 'Bun'],
    claims: [
      {
        unit: RATE,
        better: 'more',
        beside: [
          { to: 'nginx', must: 0.85, reach: 1 },
          { to: 'Bun', must: 0.9, reach: 1 },
          { to: 'node:http' },
        ],
      },
    ],
  },
  {
    name: '1 MiB file, 16 connections',
    load: closedLoop({ path: FILES.large, connections: 16, expect: isWhole(1024 * 1024) }),
    contenders: [OURS, 'nginx', 'Bun', 'node:http', 'sirv'],
    quick: [OURS, 'nginx', 'Bun'],
    claims: [
      {
        unit: RATE,
        better: 'more',
        beside: [
          { to: 'nginx', must: 1.1, reach: 1.2 },
          { to: 'Bun', must: 0.85, reach: 1 },
          { to: 'node:http' },
          { to: 'sirv' },
        ],
      },
    ],
  },
  {
    name: '100 MiB file, 4 connections',
    load: closedLoop({ path: FILES.big, connections: 4, expect: isWhole(BIG_BYTES) }),
    contenders: [OURS, 'nginx', 'sirv'],
    quick: [OURS, 'nginx'],
    claims: [
      {
        unit: 'MB/s',
        better: 'more',
        beside: [
          { to: 'nginx', must: 1.2, reach: 1.5 },
          { to: 'sirv', must: 2.5, reach: 3 },
        ],
      },
      {
        unit: 'ms CPU/GB',
        better: 'less',
        beside: [{ to: 'nginx', must: 1.6, reach: 1.3 }, { to: 'sirv' }],
      },
    ],
  },
  {
    name: '1 KiB file, 2000 connections',
    load: closedLoop({ ...small, connections: 2000 }),
    contenders: [OURS, STREAM, 'nginx', 'Bun', 'node:http'],
    quick: [],
    claims: [
      {
        unit: RATE,
        better: 'more',
        beside: [{ to: 'nginx', must: 1.2, reach: 1.4 }, { to: 'Bun' }, { to: 'node:http' }],
      },
    ],
  },
  {
    name: '1 KiB file, at half of what nginx can do',
    load: openLoop({ ...small, rateOf: 'nginx', share: 0.5 }),
    contenders: [OURS, STREAM, 'nginx', 'Bun'],
    quick: [OURS, 'nginx'],
    claims: [
      {
        unit: 'p99 µs',
        better: 'less',
        beside: [{ to: 'nginx', must: 1.2, reach: 1 }, { to: 'Bun' }],
      },
    ],
  },
  {
    name: '1 KiB file, access log on',
    load: closedLoop(small),
    contenders: [`${OURS}, log`, 'nginx, log'],
    quick: [],
    ours: `${OURS}, log`,
    claims: [
      { unit: RATE, better: 'more', beside: [{ to: 'nginx, log', must: 1.15, reach: 1.3 }] },
    ],
  },
  {
    name: `${KEPT_CONNECTIONS} idle connections`,
    load: idleConnections(KEPT_CONNECTIONS),
    contenders: [OURS, 'raw net', 'node:http', 'Bun', 'nginx'],
    quick: [],
    claims: [
      {
        unit: 'KiB resident/connection',
        better: 'less',
        beside: [
          { to: 'node:http', must: 0.52 },
          { to: 'raw net', reach: 1 },
          { to: 'Bun' },
          { to: 'nginx' },
        ],
      },
    ],
  },
  {
    name: 'Start to the first answer',
    load: startUp(),
    contenders: [
      OURS,
      'sirv-cli',
      'serve',
      'http-server',
      '@fastify/static',
      'node:http',
      'Bun',
      'nginx',
    ],
    quick: [OURS, 'sirv-cli', 'node:http'],
    roundsTimes: 2,
    claims: [
      {
        unit: 'ms to the first answer',
        better: 'less',
        beside: [
          { to: 'sirv-cli', must: 1.2, reach: 1 },
          { to: 'serve' },
          { to: 'http-server' },
          { to: '@fastify/static' },
          { to: 'node:http' },
        ],
      },
    ],
  },
]
