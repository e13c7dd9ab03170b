// Pipelined requests parse as each of them does alone, and at End, Failed and Closed the parser has
// read no later byte.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { Event, RequestParser } from '#src/parser/index.js'
import { bytesOf, textOf } from '../generators/latin1.ts'
import { pipelined } from '../generators/pipelined.ts'
import { printRequest, type RequestModel } from '../generators/request-model.ts'
import { expectedMessage } from '../models/expected-message.ts'
import { type Message, observeParser, type ParserClass } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { watched } from './helpers/watched-bytes.ts'
import { anyWire } from './helpers/wire-input.ts'

type Input = {
  readonly models: readonly RequestModel[]
  /** The bytes after the requests. */
  readonly tail: Uint8Array
}

function wireOf({ models, tail }: Input): Uint8Array {
  return bytesOf(models.map(model => textOf(printRequest(model))).join('') + textOf(tail))
}

export function check({ models, tail }: Input, Subject: ParserClass = RequestParser): void {
  const wire = wireOf({ models, tail })
  const alone: Message[] = []
  for (const model of models) alone.push(expectedMessage(model, alone.at(-1)?.end))
  const together = observeParser([wire], { parser: Subject })
  assert.deepEqual(together.messages.slice(0, models.length), alone)

  let readTo = 0
  const parser = new Subject()
  parser.feed(
    watched(wire, (_, to) => {
      readTo = Math.max(readTo, to)
    }),
  )
  for (const { end } of alone) {
    while (parser.next() !== Event.End);
    assert.equal(parser.position, end)
    assert(readTo <= parser.position, `at the End at ${end} the parser has read up to ${readTo}`)
  }
  let event: Event
  do event = parser.next()
  while (event < Event.NeedMore)
  const { position } = parser
  if (!alone.at(-1)!.keepAlive) {
    assert.equal(event, Event.Closed)
    assert.equal(position, wire.length - tail.length)
  }
  if (event === Event.NeedMore) return
  const readBefore = readTo
  for (const again of [parser.next(), parser.end(), parser.next()]) assert.equal(again, event)
  assert.deepEqual([parser.position, readTo], [position, readBefore])
}

export const property: Property<Input> = {
  name: 'concatenation',
  sentence:
    'Pipelined requests parse as each of them does alone, and at End, Failed and Closed the parser has read no later byte.',
  inputs: fc.record({
    models: pipelined().map(({ models }) => models),
    tail: fc.oneof(fc.constant(new Uint8Array(0)), anyWire()),
  }),
  check: input => check(input),
  wireOf,
}
