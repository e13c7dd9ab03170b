import * as fc from 'fast-check'
import { fieldValue, ows, token } from './grammar.ts'
import type { FieldModel } from './request-model.ts'

/** Names that a server frames, routes or answers by: they stand in a request only where they mean it. */
const MEANT = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'range',
  'upgrade',
])

/** Names that the parser recognises, and names that are nearly those that frame. */
const NAMES = [
  'X',
  'Accept',
  'Accept-Encoding',
  'If-Match',
  'If-None-Match',
  'If-Modified-Since',
  'If-Unmodified-Since',
  'If-Range',
  'User-Agent',
  'Referer',
  'Origin',
  'Cookie',
  'Content-Length-',
  'Content-Lengtg',
  'Content_Length',
  'Transfer-Encodinf',
  'Hosu',
]

/** A field line of this name, in any case, and this value, with any white space around it. */
export function fieldNamed(name: string, value: fc.Arbitrary<string>): fc.Arbitrary<FieldModel> {
  const anyCase = fc.oneof(
    { weight: 3, arbitrary: fc.constant(name) },
    fc.mixedCase(fc.constant(name)),
  )
  return fc.record({ name: anyCase, before: ows(), value, after: fc.oneof(fc.constant(''), ows()) })
}

/** Field lines that decide nothing about a request. */
export function otherFields(maxLength: number): fc.Arbitrary<FieldModel[]> {
  const named = fc.constantFrom(...NAMES).chain(name => fieldNamed(name, fieldValue()))
  const invented = fc.record({
    name: token().filter(name => !MEANT.has(name.toLowerCase())),
    before: ows(),
    value: fieldValue(),
    after: ows(),
  })
  return fc.array(fc.oneof(named, invented), { maxLength })
}
