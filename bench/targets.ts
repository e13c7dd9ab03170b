/**
 * The ratios that this project aims for. `npm run bench` prints how each run compares with them;
 * published figures do not mention them.
 */
import type { Better, Ratio, Result } from './report/result.ts'
import { medianOf } from './report/statistics.ts'

/** A bound: at least this where more is better, at most this where less is better. */
export type Target = {
  readonly target?: number
  /** A more ambitious bound. */
  readonly stretch?: number
}

/** A target for every ratio that the row's names match; a name that is left out matches any. */
type TargetRow = Target & {
  readonly workload: string
  readonly unit?: string
  readonly numerator?: string
  readonly denominator?: string
  /** Applies only to runs on these versions of Node; built-in parsers differ between them. */
  readonly node?: '20' | 'newer'
}

/** Faster than node:http, for every response that fits into one write. */
const OVER_NODE_HTTP = { denominator: 'node:http', target: 2.2, stretch: 2.6 }

const AS_NGINX = { unit: 'requests/s', denominator: 'nginx', target: 1, stretch: 1.3 }
const AS_BUN = { unit: 'requests/s', denominator: 'Bun', target: 1, stretch: 1.3 }

export const TARGETS: readonly TargetRow[] = [
  ...rows('1 KiB file, 64 connections', [
    { unit: 'requests/s', denominator: 'nginx', target: 1.3, stretch: 1.5 },
    { unit: 'requests/s', denominator: 'Bun', target: 1, stretch: 1.05 },
    { unit: 'requests/s', ...OVER_NODE_HTTP },
    { unit: 'requests/s', denominator: 'sirv', target: 12, stretch: 15 },
    { unit: 'µs CPU/request', denominator: 'C epoll floor', target: 1.2, stretch: 1.12 },
  ]),
  ...rows('1 KiB file, 16 requests pipelined', [
    { denominator: 'node:http', target: 11, stretch: 15 },
    { denominator: 'Bun', target: 0.95, stretch: 1.1 },
  ]),
  ...rows('304 for If-None-Match', [OVER_NODE_HTTP]),
  ...rows('1 KiB of cached Brotli', [OVER_NODE_HTTP]),
  ...rows('16 KiB file, 64 connections', [
    { denominator: 'nginx', target: 0.85, stretch: 1 },
    { denominator: 'Bun', target: 0.9, stretch: 1 },
  ]),
  ...rows('1 MiB file, 16 connections', [
    { denominator: 'nginx', target: 1.1, stretch: 1.2 },
    { denominator: 'Bun', target: 0.85, stretch: 1 },
  ]),
  ...rows('100 MiB file, 4 connections', [
    { unit: 'MB/s', denominator: 'nginx', target: 1.2, stretch: 1.5 },
    { unit: 'MB/s', denominator: 'sirv', target: 2.5, stretch: 3 },
    { unit: 'ms CPU/GB', denominator: 'nginx', target: 1.6, stretch: 1.3 },
  ]),
  ...rows('1 KiB file, 2000 connections', [{ denominator: 'nginx', target: 1.3, stretch: 1.5 }]),
  ...rows('1 KiB file, half of the maximum rate of nginx', [
    { denominator: 'nginx', target: 1.2, stretch: 1 },
  ]),
  ...rows('wide: 20 000 files of 2 to 14 KiB at random', [
    { unit: 'requests/s', denominator: 'nginx', target: 0.75, stretch: 1 },
  ]),
  ...rows('wide: 20 000 files, memory for all of them', [
    { unit: 'requests/s', denominator: 'nginx', target: 1, stretch: 1.5 },
  ]),
  ...rows('wide: 5000 files of 2 to 14 KiB at random', [
    { unit: 'requests/s', denominator: 'nginx', target: 1.2, stretch: 1.6 },
  ]),
  ...rows('missing: 404, each path another', [
    { unit: 'requests/s', denominator: 'nginx', target: 0.8, stretch: 1.2 },
  ]),
  ...rows('spa: deep links of a single-page application, each another', [
    { unit: 'requests/s', denominator: 'nginx, try_files', target: 0.9, stretch: 1.2 },
  ]),
  ...rows('redirect: to the slash of a folder', [AS_NGINX]),
  ...rows('date: 304 for If-Modified-Since alone', [AS_NGINX]),
  ...rows('head: HEAD of small files', [AS_NGINX]),
  ...rows('range0: bytes=0- of small files', [AS_NGINX]),
  ...rows('ranges: 64 KiB of a 100 MiB file at random, 16 connections', [
    { unit: 'requests/s', denominator: 'nginx, tcp_nopush off', target: 0.6, stretch: 0.8 },
    { unit: 'requests/s', denominator: 'Bun', target: 0.8, stretch: 1 },
  ]),
  ...rows('closing: 1 KiB file, Connection: close', [AS_NGINX, AS_BUN]),
  ...rows('closing: 1 KiB file, HTTP/1.0', [AS_NGINX, AS_BUN]),
  ...rows('closing: 1 KiB file, HTTP/1.0 with keep-alive', [AS_NGINX, AS_BUN]),
  ...rows('tail: 1 KiB file, 64 connections at full load', [
    { unit: 'p99 ms', denominator: 'nginx', target: 1.2, stretch: 0.6 },
    { unit: 'p99.9 ms', denominator: 'nginx', target: 1.5, stretch: 0.6 },
  ]),
  ...rows('tail: 1 KiB file, 2000 connections at full load', [
    { unit: 'requests/s', denominator: 'nginx', target: 1.3, stretch: 1.5 },
    { unit: 'p99 ms', denominator: 'nginx', target: 1.2, stretch: 0.8 },
  ]),
  ...rows('1 KiB file, access log on', [{ target: 1.15, stretch: 1.3 }]),
  ...rows('8000 idle connections', [
    { denominator: 'node:http', target: 0.52 },
    { denominator: 'raw net', stretch: 1 },
  ]),
  ...rows('Start-up', [{ denominator: 'sirv-cli', target: 1, stretch: 0.9 }]),
  ...rows('head parse, 703-byte browser request', [
    { node: '20', numerator: "Node's llhttp binding", target: 1.5, stretch: 2 },
    { node: 'newer', numerator: "undici's llhttp, SIMD", target: 1.3, stretch: 2 },
    { node: 'newer', numerator: 'http-parser-js', target: 6, stretch: 8 },
    { denominator: 'picohttpparser, C, scalar', target: 3, stretch: 2 },
  ]),
  ...rows('drip, 703-byte browser request', [
    { numerator: '1 byte per feed', target: 12, stretch: 6 },
  ]),
  // Linear: twice the input takes twice the time, however large heads are allowed to be.
  ...rows('doubling of a value', [{ target: 2.2, stretch: 2 }]),
  ...rows('doubling of fields', [{ target: 2.2, stretch: 2 }]),
]

/** A target for the figure of one contender, where no other server is the measure. */
type FigureTargetRow = Target & {
  readonly workload: string
  readonly unit: string
  readonly contender: string
}

export const FIGURE_TARGETS: readonly FigureTargetRow[] = [
  {
    ...{ workload: '8000 idle connections', unit: 'KiB resident/connection' },
    ...{ contender: 'statewire', target: 2.4, stretch: 1.6 },
  },
  {
    ...{ workload: 'slow-readers: 1500 slow readers of a 1.1 MB file' },
    ...{ unit: 'MiB resident/reader', contender: 'statewire', target: 0.15, stretch: 0.08 },
  },
  {
    ...{ workload: 'listing: a folder of 20 000 entries', unit: 'ms CPU/request' },
    ...{ contender: 'statewire, list', target: 5, stretch: 1 },
  },
]

function rows(workload: string, list: readonly Omit<TargetRow, 'workload'>[]): TargetRow[] {
  return list.map(row => ({ workload, ...row }))
}

/**
 * Returns the target for a ratio measured with a version of Node, such as `v20.20.2`.
 * @returns undefined if there is none.
 */
export function targetOf(result: Result, ratio: Ratio, node: string): Target | undefined {
  const version = node.startsWith('v20.') ? '20' : 'newer'
  const matches = (wanted: string | undefined, name: string): boolean =>
    wanted === undefined || wanted === name
  return TARGETS.find(
    row =>
      row.workload === result.workload &&
      matches(row.unit, result.unit) &&
      matches(row.numerator, ratio.numerator) &&
      matches(row.denominator, ratio.denominator) &&
      matches(row.node, version),
  )
}

/**
 * Returns the target for the figure of a contender.
 * @returns undefined if there is none.
 */
export function figureTargetOf({ workload, unit }: Result, contender: string): Target | undefined {
  return FIGURE_TARGETS.find(
    row => row.workload === workload && row.unit === unit && row.contender === contender,
  )
}

export type TargetStatus = 'stretch' | 'target' | 'short' | 'none'

/** The highest bound that the median satisfies; `none` if only a stretch was set, or nothing. */
export function targetStatus(
  values: readonly number[],
  better: Better,
  { target, stretch }: Target,
): TargetStatus {
  const median = medianOf(values)
  const satisfies = (bound: number): boolean =>
    better === 'more' ? median >= bound : median <= bound
  if (stretch !== undefined && satisfies(stretch)) return 'stretch'
  if (target === undefined) return 'none'
  return satisfies(target) ? 'target' : 'short'
}

export const TARGET_STATUS_TEXT: Readonly<Record<TargetStatus, string>> = {
  stretch: 'stretch target met',
  target: 'target met',
  short: 'short of target',
  none: '',
}

/** `target ≥ 1.2, stretch ≥ 1.4` */
export function targetText(better: Better, { target, stretch }: Target): string {
  const sign = better === 'more' ? '≥' : '≤'
  return [
    ...(target === undefined ? [] : [`target ${sign}\u00a0${target}`]),
    ...(stretch === undefined ? [] : [`stretch ${sign}\u00a0${stretch}`]),
  ].join(', ')
}
