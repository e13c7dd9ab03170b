// A parser reads each byte at most a few times, including its own copies, whatever the bytes are
// and however they are cut.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { Event, type Limits, RequestParser } from '#src/parser/index.js'
import { bytesOf } from '../generators/latin1.ts'
import type { ParserClass } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { countReads } from './helpers/counted-reads.ts'
import { LONG_REQUESTS } from './helpers/long-requests.ts'
import { anyWire, wireOf } from './helpers/wire-input.ts'

type Input = {
  readonly wire: Uint8Array
  /** Instead of the wire: a request that is long in one respect. */
  readonly long?: { readonly kind: string; readonly times: number }
  /** The number of bytes in each slice. */
  readonly sliceBytes: number
}

const TIMES_MAX = 10_000
const BYTES_MAX = 1 << 24

/** Limits that no input reaches. */
const LIMITS: Limits = {
  methodBytesMax: BYTES_MAX,
  requestLineBytesMax: BYTES_MAX,
  fieldLineBytesMax: BYTES_MAX,
  fieldsBytesMax: BYTES_MAX,
  fieldCountMax: TIMES_MAX + 2,
  contentBytesMax: BYTES_MAX,
  chunkLineBytesMax: BYTES_MAX,
  trailersBytesMax: BYTES_MAX,
}

const READS_PER_BYTE_MAX = 8
/** Allowed in addition: a short input costs some reads whatever its length. */
const FIXED_READS_MAX = 100

export function readsPerByte(
  { wire, long, sliceBytes }: Input,
  Subject: ParserClass = RequestParser,
): number {
  const bytes = long === undefined ? wire : bytesOf(LONG_REQUESTS[long.kind]!(long.times))
  const reads = countReads(bytes, counted => {
    const parser = new Subject(LIMITS)
    let event: Event = Event.NeedMore
    for (let at = 0; at < bytes.length && event === Event.NeedMore; at += sliceBytes) {
      parser.feed(counted, at, Math.min(at + sliceBytes, bytes.length))
      do event = parser.next()
      while (event < Event.NeedMore)
      parser.release()
    }
  })
  return Math.max(reads - FIXED_READS_MAX, 0) / Math.max(bytes.length, 1)
}

export function check(input: Input, Subject?: ParserClass): void {
  const reads = readsPerByte(input, Subject)
  assert(reads <= READS_PER_BYTE_MAX, `${reads} reads per byte`)
}

const longInputs = fc.record({
  wire: fc.constant(new Uint8Array(0)),
  long: fc.record({
    kind: fc.constantFrom(...Object.keys(LONG_REQUESTS)),
    times: fc.oneof(
      { weight: 9, arbitrary: fc.nat({ max: TIMES_MAX / 20 }) },
      fc.integer({ min: TIMES_MAX / 2, max: TIMES_MAX }),
    ),
  }),
  sliceBytes: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100 }), fc.constant(BYTES_MAX)),
})

export const property: Property<Input> = {
  name: 'linear',
  sentence:
    'A parser reads each byte at most a few times, including its own copies, whatever the bytes are and however they are cut.',
  inputs: fc.oneof(
    longInputs,
    fc.record({
      wire: anyWire(),
      sliceBytes: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100 })),
    }),
  ),
  check: input => check(input),
  wireOf,
  withWire: ({ sliceBytes }, wire) => ({ wire, sliceBytes }),
}
