// The parser accepts exactly the requests that a slow reference parser of RFC 9112 accepts, and
// reports the same.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { textOf } from '../generators/latin1.ts'
import { referenceRequest } from '../models/request.ts'
import { observeParser, type ParserClass } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { anyWire, wireOf, withWire } from './helpers/wire-input.ts'

type Input = { readonly wire: Uint8Array }

export function check({ wire }: Input, Subject?: ParserClass): void {
  const [message] = observeParser([wire], Subject && { parser: Subject }).messages
  const reference = referenceRequest(textOf(wire))
  if (reference === undefined || message === undefined) assert.equal(message?.end, reference?.end)
  else {
    const { method, target, version, fields, content, trailers, end } = message
    assert.deepEqual({ method, target, version, fields, content, trailers, end }, reference)
  }
}

export const property: Property<Input> = {
  name: 'grammar',
  sentence:
    'The parser accepts exactly the requests that a slow reference parser of RFC 9112 accepts, and reports the same.',
  inputs: fc.record({ wire: anyWire() }),
  check: input => check(input),
  wireOf,
  withWire,
}
