// A parser holds no more bytes than its limits and its unread input allow, and no slice after its
// release.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { DEFAULT_LIMITS, Event, type Limits, RequestParser } from '#src/parser/index.js'
import { bytesOf, textOf } from '../generators/latin1.ts'
import { pipelined } from '../generators/pipelined.ts'
import type { ParserClass } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { reachableFrom } from './helpers/reachable.ts'
import { anyLimits, anyWire, wireOf, withWire } from './helpers/wire-input.ts'

type Input = {
  /** The bytes to feed, `times` times. */
  readonly wire: Uint8Array
  readonly times: number
  /** The number of bytes in each slice. */
  readonly sliceBytes: number
  /** Bit i says whether to release the slice after event i (modulo 32). */
  readonly releases: number
  readonly limits: Partial<Limits>
}

const RELEASE_BITS = 32
const TIMES_MAX = 100

/** Limits so small that anything held in addition soon exceeds them. */
const SMALL: Partial<Limits> = {
  requestLineBytesMax: 128,
  fieldLineBytesMax: 128,
  fieldsBytesMax: 512,
  fieldCountMax: 16,
  trailersBytesMax: 256,
}

/** Spans: five numbers of four bytes for each field line, both in the head and in the trailers. */
const BYTES_PER_FIELD = 2 * 5 * 4
/** Tables, the smallest buffer, and line ends that the limits do not count. */
const FIXED_BYTES = 2048
/** A buffer doubles when it grows. */
const GROWTH = 2

function heldMax(some: Partial<Limits>, pendingBytes: number): number {
  const limits = { ...DEFAULT_LIMITS, ...some }
  const head = Math.max(limits.methodBytesMax, limits.requestLineBytesMax) + limits.fieldsBytesMax
  return (
    FIXED_BYTES +
    limits.fieldCountMax * BYTES_PER_FIELD +
    GROWTH * (head + limits.trailersBytesMax + pendingBytes)
  )
}

/** Returns the size of all buffers that are reachable from a parser. */
function heldBytes(parser: RequestParser): number {
  let bytes = 0
  for (const object of reachableFrom(parser)) {
    if (object instanceof ArrayBuffer) bytes += object.byteLength
    else if (Array.isArray(object) || object instanceof Map || object instanceof Set)
      assert.fail('holds a collection, which may grow')
  }
  return bytes
}

export function check(
  { wire, times, sliceBytes, releases, limits }: Input,
  Subject: ParserClass = RequestParser,
): void {
  const parser = new Subject(limits)
  const bytes = bytesOf(textOf(wire).repeat(times))
  let pendingBytes = 0
  let events = 0
  let event: Event = Event.NeedMore
  for (let at = 0; at < bytes.length && event === Event.NeedMore; at += sliceBytes) {
    parser.feed(bytes, at, Math.min(at + sliceBytes, bytes.length))
    do {
      event = parser.next()
      const isReleased = (releases >>> (events++ % RELEASE_BITS)) & 1
      if (!isReleased && event < Event.NeedMore) continue
      pendingBytes = Math.max(pendingBytes, parser.unreadBytes)
      parser.release()
    } while (event < Event.NeedMore)
  }
  assert(!reachableFrom(parser).has(bytes.buffer), 'holds a slice that was released')
  const held = heldBytes(parser)
  const max = heldMax(limits, pendingBytes)
  assert(held <= max, `holds ${held} bytes, more than ${max}`)
}

export const property: Property<Input> = {
  name: 'memory',
  sentence:
    'A parser holds no more bytes than its limits and its unread input allow, and no slice after its release.',
  inputs: fc.record({
    wire: fc.oneof(
      anyWire(),
      pipelined().map(({ wire }) => wire),
    ),
    times: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: TIMES_MAX })),
    sliceBytes: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 64, max: 1024 })),
    releases: fc.oneof(fc.constantFrom(0, -1), fc.integer()),
    limits: fc.oneof(anyLimits(), fc.constant(SMALL)),
  }),
  check: input => check(input),
  wireOf,
  withWire,
}
