// The parser of PROXY headers agrees with a slow reference parser, in one pass and however the
// bytes are cut, and does not read past the header.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { ProxyHeader } from '#src/server/proxy/proxy-header.js'
import { PROXY_ERRORS } from '#src/server/proxy/proxy-result.js'
import { type Cuts, cuts, slicesOf } from '../generators/chunking.ts'
import { proxyHeader } from '../generators/proxy-header.ts'
import { referenceProxyHeader } from '../models/proxy-header.ts'
import type { Property } from '../property.ts'
import { countReads } from './helpers/counted-reads.ts'
import { watched } from './helpers/watched-bytes.ts'

type Input = {
  readonly wire: Uint8Array
  /** The bytes after the header. */
  readonly rest: Uint8Array
  readonly cuts: Cuts
}

type Subject = new () => Pick<ProxyHeader, 'run' | 'at' | 'client' | 'code'>

/** How parsing ends, after how many bytes, and the client or the error code. */
type HeaderObservation = readonly [status: string, position: number, result: unknown]

/** Bytes around each slice in its buffer. */
const MARGIN = 3
const SCRUB = 0xdb
/** The size of the largest header. */
const BYTES_MAX = 4096

/** Feeds slices to a parser from one buffer, which is overwritten after each run. */
function observeHeader(slices: readonly Uint8Array[], Header: Subject): HeaderObservation {
  const header = new Header()
  const buffer = new Uint8Array(Math.max(...slices.map(slice => slice.length)) + 2 * MARGIN)
  let fedBytes = 0
  for (const slice of slices) {
    const end = MARGIN + slice.length
    buffer.fill(SCRUB)
    buffer.set(slice, MARGIN)
    const lent = watched(buffer, (from, to) => {
      assert(from >= MARGIN && to <= end, `read ${from} to ${to} of ${MARGIN} to ${end}`)
    })
    const status = header.run(lent, MARGIN, end)
    buffer.fill(SCRUB)
    const position = fedBytes + header.at - MARGIN
    if (status === 'complete') return [status, position, header.client]
    if (status === 'refused') return [status, position, header.code]
    assert.equal(header.at, end, 'partial: it has consumed the whole slice')
    fedBytes += slice.length
  }
  return ['partial', fedBytes, undefined]
}

export function check({ wire, rest, cuts }: Input, Header: Subject = ProxyHeader): void {
  const bytes = Uint8Array.from([...wire, ...rest])
  const whole = observeHeader([bytes], Header)
  const [status, position, result] = whole
  assert.deepEqual(observeHeader(slicesOf(bytes, cuts), Header), whole)
  assert.deepEqual(observeHeader(slicesOf(bytes, 'every-byte'), Header), whole)
  const reference = referenceProxyHeader(bytes)
  if (reference !== undefined)
    assert.deepEqual(whole, ['complete', reference.length, reference.client])
  else assert.notEqual(status, 'complete')
  if (status === 'refused')
    assert(Object.hasOwn(PROXY_ERRORS, String(result)), `unknown error code ${result}`)
  assert(position <= BYTES_MAX, 'it reads no more than the largest header')
  // One byte earlier the result was still open.
  const earlier = bytes.subarray(0, Math.max(position - (status === 'complete' ? 1 : 0), 0))
  assert.deepEqual(observeHeader([earlier], Header), ['partial', earlier.length, undefined])
  const reads = countReads(bytes, counted => new Header().run(counted, 0, bytes.length))
  assert(reads <= 2 * position + 2, `${reads} reads of ${position} bytes`)
}

export const property: Property<Input> = {
  name: 'proxy-header',
  sentence:
    'The parser of PROXY headers agrees with a slow reference parser, in one pass and however the bytes are cut, and does not read past the header.',
  inputs: fc.record({
    wire: proxyHeader(),
    rest: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 120, size: 'max' })),
    cuts: cuts(),
  }),
  check: input => check(input),
}
