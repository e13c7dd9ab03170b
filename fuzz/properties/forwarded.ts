// Of Forwarded and X-Forwarded-For the last element whose address is not trusted is taken, in linear time, whatever stands before it.
import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { performance } from 'node:perf_hooks'
import * as fc from 'fast-check'
import { clientAddress } from '#src/server/proxy/index.js'
import { type ForwardedModel, forwarded } from '../generators/forwarded.ts'
import type { Property } from '../property.ts'

type Input = ForwardedModel & {
  /** How many of the elements, from the last, name trusted proxies. */
  readonly trusted: number
  /** Whether the value comes so often that only the time is looked at. */
  readonly isLong: boolean
}

const LONG_CHARS = 1 << 18
/** A long text takes some milliseconds where it is read in linear time, minutes in quadratic. */
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
  // All are trusted: what stands before is looked at, and is what it may be.
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
    'Of Forwarded and X-Forwarded-For the last element whose address is not trusted is taken, in linear time, whatever stands before it.',
  inputs: fc
    .tuple(forwarded(), fc.nat({ max: 5 }), fc.nat({ max: 40 }))
    .map(([model, trusted, long]) => ({
      ...model,
      trusted,
      isLong: long === 0,
    })),
  check: input => check(input),
}
