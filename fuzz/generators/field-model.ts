import * as fc from 'fast-check'
import { fieldValue, ows, token } from './grammar.ts'
import type { FieldModel } from './request-model.ts'

/**
 * Names that decide how a server frames or serves a request. Random field lines do not use them.
 */
const SIGNIFICANT_NAMES = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'range',
  'upgrade',
])

/** Names that the parser recognises, and names one edit away from those of framing fields. */
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

/** Generates field lines with this name, in any case, and this value, in any white space. */
export function fieldNamed(name: string, value: fc.Arbitrary<string>): fc.Arbitrary<FieldModel> {
  const anyCase = fc.oneof(
    { weight: 3, arbitrary: fc.constant(name) },
    fc.mixedCase(fc.constant(name)),
  )
  return fc.record({ name: anyCase, before: ows(), value, after: fc.oneof(fc.constant(''), ows()) })
}

/** Generates up to `maxLength` field lines that do not change how a server treats a request. */
export function insignificantFields(maxLength: number): fc.Arbitrary<FieldModel[]> {
  const known = fc.constantFrom(...NAMES).chain(name => fieldNamed(name, fieldValue()))
  const invented = fc.record({
    name: token().filter(name => !SIGNIFICANT_NAMES.has(name.toLowerCase())),
    before: ows(),
    value: fieldValue(),
    after: ows(),
  })
  return fc.array(fc.oneof(known, invented), { maxLength })
}
