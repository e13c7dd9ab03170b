// A valid request, printed, parses to itself, also under the smallest limits that fit it, and is
// refused under any smaller limit.
import assert from 'node:assert/strict'
import type { Limits, ParseErrorCode } from '#src/parser/index.js'
import { httpRequest } from '../generators/http-request.ts'
import {
  contentOf,
  printFieldLine,
  printFields,
  printRequest,
  type RequestModel,
} from '../generators/request-model.ts'
import { expectedMessage } from '../models/expected-message.ts'
import { observeParser, type ParserClass, type ParserObservation } from '../observe-parser.ts'
import type { Property } from '../property.ts'

/** The error code of a request that exceeds each limit. */
const CODES: Readonly<Record<keyof Limits, ParseErrorCode>> = {
  methodBytesMax: 'method-too-long',
  requestLineBytesMax: 'target-too-long',
  fieldLineBytesMax: 'field-line-too-long',
  fieldsBytesMax: 'fields-too-large',
  fieldCountMax: 'too-many-fields',
  contentBytesMax: 'content-too-large',
  chunkLineBytesMax: 'chunk-line-too-long',
  trailersBytesMax: 'trailers-too-large',
}

/** Returns the smallest limits under which a request is accepted. */
function fittingLimits(model: RequestModel): Limits {
  const { method, target, fields, content } = model
  const chunks = content.kind === 'chunked' ? content.chunks : []
  const trailers = content.kind === 'chunked' ? content.trailers : []
  return {
    methodBytesMax: method.length,
    requestLineBytesMax: `${method} ${target} HTTP/1.1`.length,
    fieldLineBytesMax: Math.max(
      0,
      ...[...fields, ...trailers].map(field => printFieldLine(field).length),
    ),
    fieldsBytesMax: printFields(fields).length,
    fieldCountMax: Math.max(fields.length, trailers.length),
    contentBytesMax: contentOf(model).length,
    chunkLineBytesMax: Math.max(
      0,
      ...chunks.map(({ size, extensions }) => size.length + extensions.length),
    ),
    trailersBytesMax: printFields(trailers).length,
  }
}

export function check(model: RequestModel, Subject?: ParserClass): void {
  const wire = printRequest(model)
  const parse = (limits: Partial<Limits>): ParserObservation =>
    observeParser([wire], Subject === undefined ? { limits } : { limits, parser: Subject })
  const message = expectedMessage(model)
  const expected = {
    messages: [message],
    failure: undefined,
    isOpen: message.keepAlive,
    position: wire.length,
  }
  const fitting = fittingLimits(model)
  assert.deepEqual(parse({}), expected)
  assert.deepEqual(parse(fitting), expected)
  for (const limit of Object.keys(CODES) as (keyof Limits)[]) {
    if (fitting[limit] === 0) continue
    const { failure } = parse({ ...fitting, [limit]: fitting[limit] - 1 })
    assert.equal(failure?.code, CODES[limit])
  }
}

export const property: Property<RequestModel> = {
  name: 'round-trip',
  sentence:
    'A valid request, printed, parses to itself, also under the smallest limits that fit it, and is refused under any smaller limit.',
  inputs: httpRequest(),
  check: model => check(model),
  wireOf: printRequest,
}
