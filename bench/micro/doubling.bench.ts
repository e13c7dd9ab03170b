import { contenderOf } from './head-parse.bench.ts'
import { statewire } from './head-readers/statewire.ts'
import { type Shape, withFields, withLongValue } from './requests.ts'
import type { Work } from './work.ts'

const VALUE_BYTES = [1, 2, 4, 8, 16, 32, 64].map(kib => kib * 1024)
const FIELD_COUNTS = [16, 32, 64, 128]

/** Above all that is asked here. */
const limits = { fieldLineBytesMax: 2 ** 20, fieldsBytesMax: 2 ** 20, fieldCountMax: 128 }

/** Twice the work takes no more than about twice the time, however large heads are allowed to be. */
export function doubling(): Work[] {
  return [
    work('of a value', VALUE_BYTES.map(withLongValue)),
    work('of fields', FIELD_COUNTS.map(withFields)),
  ]
}

function work(what: string, shapes: readonly Shape[]): Work {
  return {
    name: `doubling ${what}`,
    unit: 'ns/head',
    contenders: shapes.map(shape => ({
      ...contenderOf(statewire(limits), shape),
      name: shape.name,
    })),
    ratios: shapes
      .slice(1)
      .map((shape, i) => ({ of: shape.name, to: shapes[i]!.name, must: 2.2, reach: 2 })),
  }
}
