import type { Ratio, Result } from '../../bench/report/result.ts'
import type { Run } from '../../bench/report/run.ts'
import { ratiosOf } from '../../bench/report/statistics.ts'

const MACHINE = {
  ...{ processor: 'A processor', cores: 2, memoryGiB: 8, system: 'Linux 6', node: 'v20.20.2' },
  ...{ loadBefore: 0.1, loadAfter: 1.2 },
}

/** A run as `npm run bench` writes it. */
export function runOf(...results: readonly Result[]): Run {
  return { date: '2026-02-28T14:05:00Z', quick: false, machine: MACHINE, results, omissions: [] }
}

/** statewire and one other server, by default at half its rate. */
export function resultOf(
  {
    ours = [200, 210, 190, 205, 195],
    other = [100, 105, 95, 102, 98],
  }: { readonly ours?: readonly number[]; readonly other?: readonly number[] } = {},
  more: Partial<Result> = {},
  ratio: Partial<Ratio> = {},
): Result {
  return {
    ...{ suite: 'server', workload: '1 KiB file', unit: 'requests/s', better: 'more' },
    contenders: [
      { name: 'statewire', version: '0.1.0', samples: ours, extra: { 'p99 ms': 1.5 } },
      { name: 'nginx', samples: other, extra: { 'MiB resident': 17 } },
    ],
    ratios: [
      { numerator: 'statewire', denominator: 'nginx', values: ratiosOf(ours, other), ...ratio },
    ],
    ...more,
  }
}
