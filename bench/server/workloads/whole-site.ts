import { closedLoop } from '../closed-loop.ts'
import { OURS } from '../contenders.ts'
import { headRequests } from '../head-requests.ts'
import type { ProbeResponse } from '../probe.ts'
import { BIG_BYTES, FILES, WRITTEN_DATE } from '../site.ts'
import {
  APPLICATION,
  LISTED_FOLDER,
  LISTING,
  type ListedFile,
  type ListedRequest,
  listRanges,
  PAGES,
  WIDE,
} from '../site-lists.ts'
import { CONNECTIONS, cpuPerRequest, requestRate, type Workload } from '../workload.ts'

const RANGE_BYTES = 64 * 1024
const NAVIGATION = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
}

const hasStatus =
  (...wanted: readonly number[]) =>
  ({ status }: ProbeResponse): boolean =>
    wanted.includes(status)

const isListing = ({ status, contentBytes }: ProbeResponse): boolean =>
  status === 200 && contentBytes > LISTING.length

/** A load of random requests, each of which has to get this status and its whole content. */
function randomOf(list: readonly ListedRequest[], status: number, connections = CONNECTIONS) {
  return closedLoop({ path: '/', connections, list, expect: hasStatus(status) })
}

/** Requests of the pages, whose responses have no content. */
const withoutContent = (
  change: (file: ListedFile) => Omit<ListedRequest, 'contentBytes'>,
): ListedRequest[] => PAGES.map(file => ({ ...change(file), contentBytes: 0 }))

/** Every request is another one, as those of many visitors are. */
export const WHOLE_SITE: readonly Workload[] = [
  {
    name: 'wide: 20 000 files of 2 to 14 KiB at random',
    site: 'wide',
    load: randomOf(WIDE, 200),
    contenders: [OURS, 'nginx', 'Bun', 'sirv', 'Caddy'],
    quick: [OURS, 'nginx'],
    measures: [requestRate('nginx', 'Bun', 'sirv', 'Caddy'), cpuPerRequest('nginx')],
  },
  {
    name: 'wide: 20 000 files, memory for all of them',
    site: 'wide',
    load: randomOf(WIDE, 200),
    contenders: [`${OURS}, 1 GiB`, 'nginx', 'Bun'],
    quick: [],
    ours: `${OURS}, 1 GiB`,
    measures: [requestRate('nginx', 'Bun'), cpuPerRequest('nginx')],
  },
  {
    name: 'wide: 5000 files of 2 to 14 KiB at random',
    site: 'wide',
    load: randomOf(WIDE.slice(0, 5000), 200),
    contenders: [OURS, 'nginx', 'Bun', 'sirv'],
    quick: [],
    measures: [requestRate('nginx', 'Bun', 'sirv'), cpuPerRequest('nginx')],
  },
  {
    name: 'missing: 404, each path another',
    site: 'pages',
    load: closedLoop({
      ...{ path: '/missing-@.html', connections: CONNECTIONS },
      ...{ expect: hasStatus(404), expectsErrors: true },
    }),
    contenders: [OURS, 'nginx', 'Bun', 'sirv', 'Caddy'],
    quick: [OURS, 'nginx'],
    measures: [requestRate('nginx', 'Bun', 'sirv', 'Caddy'), cpuPerRequest('nginx')],
  },
  {
    name: 'spa: deep links of a single-page application, each another',
    site: 'pages',
    load: closedLoop({
      ...{ path: '/orders/@/details', connections: CONNECTIONS },
      fields: async () => NAVIGATION,
      expect: ({ status, contentBytes }) =>
        status === 200 && contentBytes === APPLICATION.contentBytes,
    }),
    contenders: [`${OURS}, single`, 'nginx, try_files', 'sirv, single', 'Caddy, try_files'],
    quick: [],
    ours: `${OURS}, single`,
    measures: [
      requestRate('nginx, try_files', 'sirv, single', 'Caddy, try_files'),
      cpuPerRequest('nginx, try_files'),
    ],
  },
  {
    name: 'redirect: to the slash of a folder',
    site: 'pages',
    load: closedLoop({
      ...{ path: '/', connections: CONNECTIONS, expect: hasStatus(301, 307, 308) },
      list: withoutContent(({ path }) => ({ path: path.replace('/index.html', '') })),
      checksContent: false,
    }),
    contenders: [OURS, 'nginx', 'Caddy'],
    quick: [],
    measures: [requestRate('nginx', 'Caddy'), cpuPerRequest('nginx')],
  },
  {
    name: 'date: 304 for If-Modified-Since alone',
    site: 'pages',
    load: randomOf(
      withoutContent(({ path }) => ({
        path: path.replace('index.html', ''),
        fields: { 'If-Modified-Since': WRITTEN_DATE },
      })),
      304,
    ),
    contenders: [OURS, 'nginx', 'Bun', 'Caddy'],
    quick: [],
    measures: [requestRate('nginx', 'Bun', 'Caddy'), cpuPerRequest('nginx')],
  },
  {
    name: 'head: HEAD of small files',
    site: 'pages',
    load: headRequests({
      list: PAGES.map(({ path, contentBytes }) => ({
        path: path.replace('index.html', ''),
        contentBytes,
      })),
      connections: CONNECTIONS,
    }),
    contenders: [OURS, 'nginx', 'Bun', 'Caddy'],
    quick: [],
    measures: [requestRate('nginx', 'Bun', 'Caddy'), cpuPerRequest('nginx')],
  },
  {
    name: 'range0: bytes=0- of small files',
    site: 'pages',
    load: randomOf(
      PAGES.map(({ path, contentBytes }) => ({
        ...{ path: path.replace('index.html', ''), contentBytes },
        fields: { Range: 'bytes=0-' },
      })),
      206,
    ),
    contenders: [OURS, 'nginx', 'Caddy'],
    quick: [],
    measures: [requestRate('nginx', 'Caddy'), cpuPerRequest('nginx')],
  },
  {
    name: 'ranges: 64 KiB of a 100 MiB file at random, 16 connections',
    site: 'big',
    load: randomOf(
      listRanges({ path: FILES.big, contentBytes: BIG_BYTES }, RANGE_BYTES, 4096),
      206,
      16,
    ),
    contenders: [OURS, 'nginx, tcp_nopush off', 'Bun', 'Caddy'],
    quick: [],
    measures: [
      requestRate('nginx, tcp_nopush off', 'Bun', 'Caddy'),
      cpuPerRequest('nginx, tcp_nopush off', 'Bun'),
    ],
  },
  {
    name: 'listing: a folder of 20 000 entries',
    site: 'listing',
    load: closedLoop({ path: LISTED_FOLDER, connections: 1, expect: isListing }),
    contenders: [`${OURS}, list`, 'nginx, autoindex'],
    quick: [],
    ours: `${OURS}, list`,
    measures: [
      { unit: 'ms CPU/request', better: 'less', comparedWith: ['nginx, autoindex'] },
      requestRate('nginx, autoindex'),
    ],
  },
]
