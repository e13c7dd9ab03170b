import * as fc from 'fast-check'
import { GROWABLE_LIMITS, growToLimit } from './grow-to-limit.ts'
import { httpRequest } from './http-request.ts'
import { bytesOf, textOf } from './latin1.ts'
import { pipelined } from './pipelined.ts'
import { printRequest } from './request-model.ts'
import { wireMutation } from './wire-mutation.ts'

/**
 * Generates the bytes of valid requests, mostly one and sometimes up to four, with 0 to 3 changes
 * of the kinds on which parsers differ: lines repeated, removed, swapped, renamed or in another
 * case; CR, LF, white space, NUL or other bytes inserted; digits changed; framing fields that
 * smuggling uses; truncation; splices. One in 16 is one byte (or field) below, at or above a
 * default limit of `statewire/parser`.
 *
 * @example
 * import fc from 'fast-check'
 * import { nearValidRequest } from 'statewire/fuzz'
 * fc.sample(nearValidRequest(), 10).every(wire => wire instanceof Uint8Array) // => true
 */
export function nearValidRequest(): fc.Arbitrary<Uint8Array> {
  const sized = fc
    .tuple(httpRequest(), fc.constantFrom(...GROWABLE_LIMITS), fc.integer({ min: -1, max: 1 }))
    .map(([model, limit, excess]) => printRequest(growToLimit(model, limit, excess)))
  const valid = fc.oneof(
    { withCrossShrink: true },
    { weight: 12, arbitrary: httpRequest().map(printRequest) },
    { weight: 3, arbitrary: pipelined().map(({ wire }) => wire) },
    { weight: 1, arbitrary: sized },
  )
  return fc
    .tuple(valid, fc.array(wireMutation(), { maxLength: 3 }))
    .map(([wire, mutations]) =>
      bytesOf(mutations.reduce((text, mutate) => mutate(text), textOf(wire))),
    )
}
