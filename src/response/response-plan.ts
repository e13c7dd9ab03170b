import type { ByteRange } from './byte-range.ts'
import type { Coding } from './content-coding.ts'
import type { FieldLine } from './head-writer.ts'
import { reasonPhrase, type StatusCode } from './status.ts'

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
