// Whatever names and values a response is given, its head reads back as them and holds no second head, or one that is unfit is refused.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { ResponseBuilder, reasonPhrase } from '#src/response/index.js'
import { fieldValue, garbled, token } from '../generators/grammar.ts'
import { textOf } from '../generators/latin1.ts'
import { readResponseHead } from '../models/response-head.ts'
import type { Property } from '../property.ts'

type Input = {
  readonly status: number
  readonly fields: readonly (readonly [name: string, value: string | number])[]
}

type Builder = new (status: number) => ResponseBuilder

function isFit({ status, fields }: Input): boolean {
  if (!Number.isInteger(status) || status < 100 || status > 599) return false
  return fields.every(([name, value]) => isFitField(name, value))
}

function isFitField(name: string, value: string | number): boolean {
  // A line that is not one by itself is none among others.
  return readResponseHead(`HTTP/1.1 200 \r\n${name}: ${value}\r\n\r\n`)?.fields[0]?.[0] === name
}

export function check(input: Input, Subject: Builder = ResponseBuilder): void {
  const { status, fields } = input
  const builder = new Subject(status)
  for (const [name, value] of fields) builder.field(name, value)
  const outcome = builder.build()
  assert.equal(outcome.ok, isFit(input))
  if (!outcome.ok) {
    const { name, value } = outcome.problem
    if (name === ':status') assert.equal(value, String(status))
    else assert(fields.some(([n, v]) => n === name && String(v) === value && !isFitField(n, v)))
    return
  }
  assert.deepEqual(readResponseHead(textOf(outcome.bytes)), {
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
    'Whatever names and values a response is given, its head reads back as them and holds no second head, or one that is unfit is refused.',
  inputs: fc.record({
    status: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 95, max: 605 }) },
      fc.constantFrom(200, 304, 0, -200, 200.5, 1e21),
    ),
    fields: fc.array(fc.tuple(name, value), { maxLength: 4 }),
  }),
  check: input => check(input),
}
