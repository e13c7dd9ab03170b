import { METHODS } from 'node:http'
import type { Message } from '../observe-parser.ts'

/** The content length of chunked content. */
const CHUNKED = -1

/** Whether chunked content may be over, and the message is not. */
function isInTrailers({ contentLength, end }: Message): boolean {
  return contentLength === CHUNKED && end === undefined
}

/** What we accept and llhttp refuses, and why we do. */
export type Difference = {
  /** The name of llhttp's error. */
  readonly refusal: string
  /** Whether a request that it refuses so is one of this kind. */
  readonly holds: (message: Message) => boolean
  readonly reason: string
}

export const DIFFERENCES: readonly Difference[] = [
  {
    refusal: 'HPE_INVALID_METHOD',
    holds: ({ method }) => !METHODS.includes(method),
    reason:
      'RFC 9110 §9.1: any token is a method; one that the server does not know is answered with 501.',
  },
  {
    refusal: 'HPE_INVALID_VERSION',
    holds: ({ version }) => Number(version) > 1.1,
    reason:
      'RFC 9110 §2.5: a higher minor version is processed as the highest that the recipient knows of the same major one.',
  },
  {
    refusal: 'HPE_INVALID_CONTENT_LENGTH',
    holds: isInTrailers,
    reason:
      'RFC 9110 §6.5.1: a trailer that frames is refused by its name there, and here when the trailers are whole: nothing is accepted yet.',
  },
  {
    refusal: 'HPE_INVALID_TRANSFER_ENCODING',
    holds: isInTrailers,
    reason: 'RFC 9110 §6.5.1: likewise.',
  },
]
