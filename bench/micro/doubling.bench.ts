import { contenderOf } from './head-parse.bench.ts'
import { statewire } from './parsers/statewire.ts'
import { type Shape, withFields, withLongValue } from './requests.ts'
import type { Workload } from './workload.ts'

const VALUE_BYTES = [1, 2, 4, 8, 16, 32, 64].map(kib => kib * 1024)
const FIELD_COUNTS = [16, 32, 64, 128]

/** Above every size that is measured. */
const limits = { fieldLineBytesMax: 2 ** 20, fieldsBytesMax: 2 ** 20, fieldCountMax: 128 }

/** Shows that parsing is linear: twice the input takes about twice the time, whatever its size. */
export function doubling(): Workload[] {
  return [
    workload('of a value', VALUE_BYTES.map(withLongValue)),
    workload('of fields', FIELD_COUNTS.map(withFields)),
  ]
}

function workload(what: string, shapes: readonly Shape[]): Workload {
  return {
    name: `doubling ${what}`,
    unit: 'ns/head',
    contenders: shapes.map(shape => ({
      ...contenderOf(statewire(limits), shape),
      name: shape.name,
    })),
    ratios: shapes
      .slice(1)
      .map((shape, i) => ({ numerator: shape.name, denominator: shapes[i]!.name })),
  }
}
