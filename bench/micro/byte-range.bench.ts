import { parseRange } from '../../src/response/byte-range.ts'
import { loopOver, type Workload } from './workload.ts'

const TIMES = 16
const SIZE = 1_000_000

/** Values of Range that clients send, and expensive ones, with the number of ranges in each. */
export const RANGES: Readonly<
  Record<string, readonly (readonly [value: string, ranges: number])[]>
> = {
  'one range': [
    ['bytes=0-', 1],
    ['bytes=-500', 1],
    ['bytes=500-999', 1],
    ['bytes=262144-524287', 1],
  ],
  'sixteen ranges': [0, 1, 2, 3].map(
    k =>
      [
        `bytes=${Array.from({ length: 16 }, (_, i) => `${i * 1000 + k}-${i * 1000 + 99}`).join(', ')}`,
        16,
      ] as const,
  ),
  'no range': [
    ['items=0-1', 0],
    ['bytes=9-1', 0],
    ['bytes=a-b', 0],
    [`bytes=${'0-0,'.repeat(300)}`, 0],
  ],
}

/** Parses Range. */
export function byteRange(): Workload[] {
  return [
    {
      name: 'Range, parsed',
      unit: 'ns/field',
      contenders: Object.entries(RANGES).map(([name, values]) => ({
        name,
        operations: values.length * TIMES,
        expected: values.reduce((sum, [, ranges]) => sum + ranges, 0) * TIMES,
        prepare: () =>
          loopOver(values, TIMES, ([value]) => {
            const outcome = parseRange(value, SIZE)
            return outcome.kind === 'ranges' ? outcome.ranges.length : 0
          }),
      })),
      ratios: [],
    },
  ]
}
