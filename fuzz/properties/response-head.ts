// A response head built from any names and values parses back to them and contains no second head,
// or it is refused.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { ResponseBuilder, reasonPhrase } from '#src/response/index.js'
import { fieldValue, garbled, token } from '../generators/grammar.ts'
import { textOf } from '../generators/latin1.ts'
import { referenceResponseHead } from '../models/response-head.ts'
import type { Property } from '../property.ts'

type Input = {
  readonly status: number
  readonly fields: readonly (readonly [name: string, value: string | number])[]
}

type Builder = new (status: number) => ResponseBuilder

function isValid({ status, fields }: Input): boolean {
  if (!Number.isInteger(status) || status < 100 || status > 599) return false
  return fields.every(([name, value]) => isValidField(name, value))
}

function isValidField(name: string, value: string | number): boolean {
  // A field line is valid among others if and only if it is valid alone.
  return (
    referenceResponseHead(`HTTP/1.1 200 \r\n${name}: ${value}\r\n\r\n`)?.fields[0]?.[0] === name
  )
}

export function check(input: Input, Subject: Builder = ResponseBuilder): void {
  const { status, fields } = input
  const builder = new Subject(status)
  for (const [name, value] of fields) builder.field(name, value)
  const result = builder.build()
  assert.equal(result.ok, isValid(input))
  if (!result.ok) {
    const { name, value } = result.problem
    if (name === ':status') assert.equal(value, String(status))
    else assert(fields.some(([n, v]) => n === name && String(v) === value && !isValidField(n, v)))
    return
  }
  assert.deepEqual(referenceResponseHead(textOf(result.bytes)), {
    status,
    reason: reasonPhrase(status),
    fields: fields.map(([name, value]) => [name, String(value).replace(/^[ \t]+|[ \t]+$/g, '')]),
  })
}

const HEAD = '\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
const name = fc.oneof(
  { weight: 6, arbitrary: token() },
  garbled(token(), ' \t\r\n:()\0\x80ĀK'),
  fc.string({ unit: 'binary' }),
)
const value = fc.oneof(
  { weight: 4, arbitrary: fieldValue() },
  { weight: 2, arbitrary: garbled(fieldValue(), ' \t\r\n\0\x7f\x80ÿĀčĊ\u2028') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fieldValue().map(text => text + HEAD) },
  {
    weight: 1,
    arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => number + 0),
  },
)

export const property: Property<Input> = {
  name: 'response-head',
  sentence:
    'A response head built from any names and values parses back to them and contains no second head, or it is refused.',
  inputs: fc.record({
    status: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 95, max: 605 }) },
      fc.constantFrom(200, 304, 0, -200, 200.5, 1e21),
    ),
    fields: fc.array(fc.tuple(name, value), { maxLength: 4 }),
  }),
  check: input => check(input),
}
