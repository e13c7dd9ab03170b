import { METHODS } from 'node:http'
import type { Message } from '../../observe-parser.ts'

/** The parser's content length for chunked content. */
const CHUNKED = -1

/** Returns whether the message is chunked and not complete: it may end in its trailers. */
function isInTrailers({ contentLength, end }: Message): boolean {
  return contentLength === CHUNKED && end === undefined
}

/** A kind of request that statewire accepts and llhttp refuses, and the reason to accept it. */
export type Difference = {
  /** The name of llhttp's error. */
  readonly refusal: string
  /** Returns whether a refused request is of this kind. */
  readonly holds: (message: Message) => boolean
  readonly reason: string
}

export const DIFFERENCES: readonly Difference[] = [
  {
    refusal: 'HPE_INVALID_METHOD',
    holds: ({ method }) => !METHODS.includes(method),
    reason: 'RFC 9110 §9.1: any token is a method; the response to an unknown one is 501.',
  },
  {
    refusal: 'HPE_INVALID_VERSION',
    holds: ({ version }) => Number(version) > 1.1,
    reason:
      'RFC 9110 §2.5: a recipient processes a higher minor version as the highest one that it knows.',
  },
  {
    refusal: 'HPE_INVALID_CONTENT_LENGTH',
    holds: isInTrailers,
    reason:
      'RFC 9110 §6.5.1: llhttp refuses a framing trailer at its name, statewire at the end of the trailers. Nothing is accepted yet.',
  },
  {
    refusal: 'HPE_INVALID_TRANSFER_ENCODING',
    holds: isInTrailers,
    reason: 'RFC 9110 §6.5.1: the same as for Content-Length.',
  },
]
