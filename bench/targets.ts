/**
 * The ratios that this project aims for. `npm run bench` prints how each run compares with them;
 * published figures do not mention them.
 */
import type { Ratio, Result } from './report/result.ts'
import { directionOf } from './report/run.ts'
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

export const TARGETS: readonly TargetRow[] = [
  ...rows('1 KiB file, 64 connections', [
    { unit: 'requests/s', denominator: 'nginx', target: 1.2, stretch: 1.4 },
    { unit: 'requests/s', denominator: 'Bun', target: 0.95, stretch: 1.05 },
    { unit: 'requests/s', ...OVER_NODE_HTTP },
    { unit: 'requests/s', denominator: 'sirv', target: 12, stretch: 15 },
    { unit: 'µs CPU/request', denominator: 'C epoll floor', target: 1.3, stretch: 1.15 },
  ]),
  ...rows('1 KiB file, 16 requests pipelined', [
    { denominator: 'node:http', target: 11, stretch: 15 },
    { denominator: 'Bun', target: 0.8, stretch: 1 },
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
  ...rows('1 KiB file, 2000 connections', [{ denominator: 'nginx', target: 1.2, stretch: 1.4 }]),
  ...rows('1 KiB file, half of the maximum rate of nginx', [
    { denominator: 'nginx', target: 1.2, stretch: 1 },
  ]),
  ...rows('1 KiB file, access log on', [{ target: 1.15, stretch: 1.3 }]),
  ...rows('8000 idle connections', [
    { denominator: 'node:http', target: 0.52 },
    { denominator: 'raw net', stretch: 1 },
  ]),
  ...rows('Start-up', [{ denominator: 'sirv-cli', target: 1.2, stretch: 1 }]),
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

export type TargetStatus = 'stretch' | 'target' | 'short' | 'none'

/** The highest bound that the median satisfies; `none` if only a stretch was set, or nothing. */
export function targetStatus(
  result: Result,
  ratio: Ratio,
  { target, stretch }: Target,
): TargetStatus {
  const median = medianOf(ratio.values)
  const satisfies = (bound: number): boolean =>
    directionOf(result, ratio) === 'more' ? median >= bound : median <= bound
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
export function targetText(result: Result, ratio: Ratio, { target, stretch }: Target): string {
  const sign = directionOf(result, ratio) === 'more' ? '≥' : '≤'
  return [
    ...(target === undefined ? [] : [`target ${sign}\u00a0${target}`]),
    ...(stretch === undefined ? [] : [`stretch ${sign}\u00a0${stretch}`]),
  ].join(', ')
}
