// A valid request that is printed is parsed back to itself, also under limits that just fit it, and is refused under any one that is less.
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
import { type Observation, observe, type Parser } from '../observe-parser.ts'
import type { Property } from '../property.ts'

/** What a request is refused with that goes over a limit. */
const CODES: Readonly<Record<keyof Limits, ParseErrorCode>> = {
  methodBytesMax: 'method-too-long',
  requestLineBytesMax: 'target-too-long',
  fieldLineBytesMax: 'field-line-too-long',
  fieldsBytesMax: 'fields-too-large',
  fieldCountMax: 'too-many-fields',
  contentBytesMax: 'content-too-large',
  chunkExtensionBytesMax: 'chunk-extension-too-long',
  trailersBytesMax: 'trailers-too-large',
}

/** The least limits that let a request pass. */
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
    chunkExtensionBytesMax: Math.max(0, ...chunks.map(({ extensions }) => extensions.length)),
    trailersBytesMax: printFields(trailers).length,
  }
}

export function check(model: RequestModel, Subject?: Parser): void {
  const wire = printRequest(model)
  const parse = (limits: Partial<Limits>): Observation =>
    observe([wire], Subject === undefined ? { limits } : { limits, parser: Subject })
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
    'A valid request that is printed is parsed back to itself, also under limits that just fit it, and is refused under any one that is less.',
  inputs: httpRequest(),
  check: model => check(model),
  wireOf: printRequest,
}
