// A PROXY header is read as a slow model of the protocol reads it, in one pass and however its bytes are cut, and what follows it is left alone.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { PROXY_ERRORS, ProxyHeader } from '#src/server/proxy/index.js'
import { type Cuts, cuts, slicesOf } from '../generators/chunking.ts'
import { proxyHeader } from '../generators/proxy-header.ts'
import { readProxyHeader } from '../models/proxy-header.ts'
import type { Property } from '../property.ts'
import { countReads } from './counted-reads.ts'
import { watched } from './watched-bytes.ts'

type Input = {
  readonly wire: Uint8Array
  /** What comes behind it. */
  readonly rest: Uint8Array
  readonly cuts: Cuts
}

type Subject = new () => Pick<ProxyHeader, 'run' | 'at' | 'client' | 'code'>

/** How it ends, after how many bytes, and what is said then. */
type Observation = readonly [outcome: string, position: number, told: unknown]

/** Bytes around each slice in its buffer. */
const MARGIN = 3
const SCRUB = 0xdb
/** The largest header. */
const BYTES_MAX = 4096

/** Feeds slices one after another out of one buffer, which is overwritten after each run. */
function observe(slices: readonly Uint8Array[], Header: Subject): Observation {
  const header = new Header()
  const buffer = new Uint8Array(Math.max(...slices.map(slice => slice.length)) + 2 * MARGIN)
  let before = 0
  for (const slice of slices) {
    const end = MARGIN + slice.length
    buffer.fill(SCRUB)
    buffer.set(slice, MARGIN)
    const lent = watched(buffer, (from, to) => {
      assert(from >= MARGIN && to <= end, `read ${from} to ${to} of ${MARGIN} to ${end}`)
    })
    const outcome = header.run(lent, MARGIN, end)
    buffer.fill(SCRUB)
    const position = before + header.at - MARGIN
    if (outcome === 'complete') return [outcome, position, header.client]
    if (outcome === 'refused') return [outcome, position, header.code]
    assert.equal(header.at, end, 'partial means that all is consumed')
    before += slice.length
  }
  return ['partial', before, undefined]
}

export function check({ wire, rest, cuts }: Input, Header: Subject = ProxyHeader): void {
  const bytes = Uint8Array.from([...wire, ...rest])
  const whole = observe([bytes], Header)
  const [outcome, position, told] = whole
  assert.deepEqual(observe(slicesOf(bytes, cuts), Header), whole)
  assert.deepEqual(observe(slicesOf(bytes, 'every-byte'), Header), whole)
  const reading = readProxyHeader(bytes)
  if (reading !== undefined) assert.deepEqual(whole, ['complete', reading.length, reading.client])
  else assert.notEqual(outcome, 'complete')
  if (outcome === 'refused')
    assert(Object.hasOwn(PROXY_ERRORS, String(told)), `an unknown code, ${told}`)
  assert(position <= BYTES_MAX, 'it is bounded')
  // What the byte that decided came after could still have become a header.
  const earlier = bytes.subarray(0, Math.max(position - (outcome === 'complete' ? 1 : 0), 0))
  assert.deepEqual(observe([earlier], Header), ['partial', earlier.length, undefined])
  const reads = countReads(bytes, counted => new Header().run(counted, 0, bytes.length))
  assert(reads <= 2 * position + 2, `${reads} reads of ${position} bytes`)
}

export const property: Property<Input> = {
  name: 'proxy-header',
  sentence:
    'A PROXY header is read as a slow model of the protocol reads it, in one pass and however its bytes are cut, and what follows it is left alone.',
  inputs: fc.record({
    wire: proxyHeader(),
    rest: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 120, size: 'max' })),
    cuts: cuts(),
  }),
  check: input => check(input),
}
