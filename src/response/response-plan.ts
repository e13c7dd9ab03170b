import type { ByteRange } from './byte-range.ts'
import type { Coding } from './content-coding.ts'
import type { FieldLine } from './response-head.ts'
import { reasonPhrase, StatusCode } from './status.ts'

/** Everything about a response that is decided before anything is read or sent. */
export type ResponsePlan = {
  readonly status: StatusCode
  /** Without Date, Connection and the framing fields, which the sender adds. */
  readonly fields: readonly FieldLine[]
  /** What follows the head. */
  readonly body: 'none' | Uint8Array | AssetBody
}

/** Bytes of a file, to be read when they are sent. */
export type AssetBody = {
  /** The coding of the representation that the bytes are from. */
  readonly coding: Coding | 'identity'
  /** Ranges of the representation and the multipart delimiters between them, in order. */
  readonly pieces: readonly (ByteRange | Uint8Array)[]
  /** Bytes of all pieces together. */
  readonly length: number
}

/** A plan with text that the server has made. */
export type TextPlan = ResponsePlan & { readonly body: Uint8Array }

const encoder = new TextEncoder()

export function planContent(
  status: StatusCode,
  contentType: string,
  content: string,
  more: readonly FieldLine[],
): TextPlan {
  const fields: FieldLine[] = [
    ['Content-Type', contentType],
    ['X-Content-Type-Options', 'nosniff'],
    ...more,
  ]
  return { status, fields, body: encoder.encode(content) }
}

/** Plans a plain-text response: the status, and one sentence if given. */
export function planText(
  status: StatusCode,
  sentence = '',
  more: readonly FieldLine[] = [],
): TextPlan {
  const text = `${status} ${reasonPhrase(status)}\n${sentence && `${sentence}\n`}`
  return planContent(status, 'text/plain; charset=utf-8', text, more)
}

/** Plans a response without content. */
export function planEmpty(status: StatusCode, fields: readonly FieldLine[]): ResponsePlan {
  return { status, fields, body: 'none' }
}

/** The methods of RFC 9110 §9 and PATCH (RFC 5789). */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']

/** The methods that every resource of the server allows. */
export const READ_METHODS: readonly string[] = ['GET', 'HEAD']

/**
 * Plans the response to a method that a resource does not allow: 204 to OPTIONS (RFC 9110 §9.3.7)
 * and 405 to another known method (§15.5.6), both with Allow; 501 to an unknown method (§15.6.2).
 */
export function planUnsupportedMethod(method: string, allowed: readonly string[]): ResponsePlan {
  if (!METHODS.includes(method)) return planText(StatusCode.NotImplemented)
  const allow: FieldLine = ['Allow', [...allowed, 'OPTIONS'].join(', ')]
  return method === 'OPTIONS'
    ? planEmpty(StatusCode.NoContent, [allow])
    : planText(StatusCode.MethodNotAllowed, '', [allow])
}
