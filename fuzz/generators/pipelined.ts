import * as fc from 'fast-check'
import { httpRequest } from './http-request.ts'
import { bytesOf, textOf } from './latin1.ts'
import { printRequest, type RequestModel } from './request-model.ts'

/** Requests that follow one another on a connection, and their bytes. */
export type Pipeline = { readonly models: readonly RequestModel[]; readonly wire: Uint8Array }

/**
 * Generates one to four valid requests in a row, as `httpRequest()` makes them. Only the last may
 * end the connection.
 *
 * @example
 * import fc from 'fast-check'
 * import { pipelined, printRequest } from 'statewire/fuzz'
 * const [pipeline] = fc.sample(pipelined(), 1)
 * const lengths = pipeline?.models.map(model => printRequest(model).length) ?? []
 * lengths.reduce((sum, length) => sum + length, 0) === pipeline?.wire.length // => true
 */
export function pipelined(): fc.Arbitrary<Pipeline> {
  return fc
    .tuple(fc.array(httpRequest({ persistent: true }), { maxLength: 3 }), httpRequest())
    .map(([before, last]) => [...before, last])
    .map(models => ({
      models,
      wire: bytesOf(models.map(model => textOf(printRequest(model))).join('')),
    }))
}
