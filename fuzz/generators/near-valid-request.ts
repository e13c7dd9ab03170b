import * as fc from 'fast-check'
import { httpRequest } from './http-request.ts'
import { bytesOf, textOf } from './latin1.ts'
import { pipelined } from './pipelined.ts'
import { printRequest } from './request-model.ts'
import { STRETCHED, stretch } from './stretch.ts'
import { wireMutation } from './wire-mutation.ts'

/**
 * The bytes of a valid request, or of a few, with up to three changes of the kinds that have told parsers apart: lines repeated,
 * swapped, renamed, in another case; CR, LF, white space, NUL or a byte above ASCII put in; digits changed; the framing fields
 * that smuggling is made of; a cut; a splice; a size just below, at or above a limit.
 *
 * @example
 * import fc from 'fast-check'
 * import { nearValidRequest } from 'statewire/fuzz'
 * fc.sample(nearValidRequest(), 10).every(wire => wire instanceof Uint8Array) // => true
 */
export function nearValidRequest(): fc.Arbitrary<Uint8Array> {
  const sized = fc
    .tuple(httpRequest(), fc.constantFrom(...STRETCHED), fc.integer({ min: -1, max: 1 }))
    .map(([model, limit, excess]) => printRequest(stretch(model, limit, excess)))
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
