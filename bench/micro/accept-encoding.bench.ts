import { type Coding, chooseCoding } from '../../src/response/content-coding.ts'
import { loopOver, type Workload } from './workload.ts'

const TIMES = 16
const OFFERED: readonly Coding[] = ['br', 'zstd', 'gzip']

/** Values of Accept-Encoding that clients send, with the coding that each of them selects. */
export const FIELDS: Readonly<
  Record<string, readonly (readonly [value: string | undefined, coding: string])[]>
> = {
  browsers: [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['zstd, gzip', 'zstd'],
  ],
  'with weights': [
    ['gzip;q=1.0, identity;q=0.5, *;q=0', 'gzip'],
    ['br;q=0.8, gzip;q=0.9, *;q=0.1', 'gzip'],
    ['identity', 'identity'],
    [undefined, 'identity'],
  ],
  'a hundred members': [
    [Array.from({ length: 100 }, (_, i) => `x-coding-${i};q=0.${i}`).join(', '), 'identity'],
  ],
}

/** Chooses a content coding by Accept-Encoding. */
export function acceptEncoding(): Workload[] {
  return [
    {
      name: 'coding chosen by Accept-Encoding',
      unit: 'ns/field',
      contenders: Object.entries(FIELDS).map(([name, values]) => ({
        name,
        operations: values.length * TIMES,
        expected: values.reduce((sum, [, coding]) => sum + coding.length, 0) * TIMES,
        prepare: () =>
          loopOver(values, TIMES, ([value]) => chooseCoding(value, OFFERED)?.length ?? 0),
      })),
      ratios: [],
    },
  ]
}
