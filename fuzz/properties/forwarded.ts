// The client is the last element of Forwarded or X-Forwarded-For whose address is not trusted,
// found in linear time, whatever precedes it.
import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { performance } from 'node:perf_hooks'
import * as fc from 'fast-check'
import { clientAddress } from '#src/server/proxy/forwarded.js'
import { type ForwardedModel, forwarded } from '../generators/forwarded.ts'
import type { Property } from '../property.ts'

type Input = ForwardedModel & {
  /** The number of elements, counted from the last, whose addresses are trusted. */
  readonly trusted: number
  /** Whether to repeat the value to 256 Ki characters and check only the time. */
  readonly isLong: boolean
}

const LONG_CHARS = 1 << 18
/** A long text takes some milliseconds in linear time, and minutes in quadratic time. */
const LONG_MS_MAX = 1000

export function check(
  { field, before, elements, trusted, isLong }: Input,
  subject: typeof clientAddress = clientAddress,
): void {
  const value = [before, ...elements.map(({ text }) => text)].join(',')
  if (isLong) return checkTime(value, field, subject)
  const nodes = elements.map(({ node }) => node)
  const proxies = new Set(
    nodes.slice(nodes.length - Math.min(trusted, nodes.length)).filter(isAddress),
  )
  const isTrusted = (address: string): boolean => proxies.has(address)
  const client = subject(value, field, isTrusted)
  const expected = nodes.findLast(node => !isTrusted(node))
  if (expected !== undefined) return assert.equal(client, expected)
  // All elements are trusted: the client's own text before them decides, or else the first element.
  const first = subject(before, field, isTrusted)
  assert.equal(client, first ?? nodes[0])
  if (first !== undefined) assert(isAddress(first) || /^(?:unknown|_[\w.-]+)$/.test(first), first)
}

function isAddress(node: string): boolean {
  return isIP(node) !== 0
}

function checkTime(value: string, field: Input['field'], subject: typeof clientAddress): void {
  const text = value.repeat(Math.ceil(LONG_CHARS / Math.max(value.length, 1)))
  const startMs = performance.now()
  subject(text, field, () => true)
  const ms = performance.now() - startMs
  assert(ms < LONG_MS_MAX, `${text.length} characters take ${ms} ms`)
}

export const property: Property<Input> = {
  name: 'forwarded',
  sentence:
    'The client is the last element of Forwarded or X-Forwarded-For whose address is not trusted, found in linear time, whatever precedes it.',
  inputs: fc
    .tuple(forwarded(), fc.nat({ max: 5 }), fc.nat({ max: 40 }))
    .map(([model, trusted, long]) => ({
      ...model,
      trusted,
      isLong: long === 0,
    })),
  check: input => check(input),
}
