// A request is accepted where a slow reading of the grammar and the rules of RFC 9112 accepts it, and nowhere else, and says the same.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { textOf } from '../generators/latin1.ts'
import { readRequest } from '../models/request.ts'
import { observe, type Parser } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { anyWire, wireOf, withWire } from './wire-input.ts'

type Input = { readonly wire: Uint8Array }

export function check({ wire }: Input, Subject?: Parser): void {
  const [message] = observe([wire], Subject && { parser: Subject }).messages
  const reading = readRequest(textOf(wire))
  if (reading === undefined || message === undefined) assert.equal(message?.end, reading?.end)
  else {
    const { method, target, version, fields, content, trailers, end } = message
    assert.deepEqual({ method, target, version, fields, content, trailers, end }, reading)
  }
}

export const property: Property<Input> = {
  name: 'grammar',
  sentence:
    'A request is accepted where a slow reading of the grammar and the rules of RFC 9112 accepts it, and nowhere else, and says the same.',
  inputs: fc.record({ wire: anyWire() }),
  check: input => check(input),
  wireOf,
  withWire,
}
