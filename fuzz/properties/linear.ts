// A parser reads each byte that it is fed a few times at most, its own copies included, whatever the bytes are and however they are cut.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { Event, type Limits, RequestParser } from '#src/parser/index.js'
import { bytesOf } from '../generators/latin1.ts'
import type { Parser } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { countReads } from './counted-reads.ts'
import { LONG_REQUESTS } from './long-requests.ts'
import { anyWire, wireOf } from './wire-input.ts'

type Input = {
  readonly wire: Uint8Array
  /** In the place of the wire: a request that is long in some respect. */
  readonly long?: { readonly kind: string; readonly times: number }
  /** How many bytes come at once, 1 being the drip. */
  readonly sliceBytes: number
}

const TIMES_MAX = 10_000
const BYTES_MAX = 1 << 24

/** So high that they cut nothing short. */
const LIMITS: Limits = {
  methodBytesMax: BYTES_MAX,
  requestLineBytesMax: BYTES_MAX,
  fieldLineBytesMax: BYTES_MAX,
  fieldsBytesMax: BYTES_MAX,
  fieldCountMax: TIMES_MAX + 2,
  contentBytesMax: BYTES_MAX,
  chunkExtensionBytesMax: BYTES_MAX,
  trailersBytesMax: BYTES_MAX,
}

const READS_PER_BYTE_MAX = 8
/** What a few bytes may cost. */
const READS_MORE_MAX = 100

export function readsPerByte(
  { wire, long, sliceBytes }: Input,
  Subject: Parser = RequestParser,
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
  return Math.max(reads - READS_MORE_MAX, 0) / Math.max(bytes.length, 1)
}

export function check(input: Input, Subject?: Parser): void {
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
    'A parser reads each byte that it is fed a few times at most, its own copies included, whatever the bytes are and however they are cut.',
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
