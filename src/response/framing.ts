import type { FieldLine } from './head-writer.ts'
import { StatusCode } from './status.ts'

/** RFC 9112 §6.3 step 1: responses that end with their head. */
const CONTENTLESS: readonly StatusCode[] = [204, 205, 304]

/** How the end of a response's content is marked, and whether the connection persists. */
export type Framing = {
  /** Date, Content-Length or Transfer-Encoding, Connection: the last lines of every head. */
  readonly fields: readonly FieldLine[]
  readonly hasContent: boolean
  readonly isChunked: boolean
  readonly keepAlive: boolean
}

/**
 * Frames a response: every response of the server has its last field lines from here.
 *
 * @param length bytes of content, or undefined if not known before the end
 * @param minorVersion the request's HTTP/1 minor version
 */
export function frame(
  status: StatusCode,
  length: number | undefined,
  { date, minorVersion, keepAlive }: FramingContext,
): Framing {
  const hasContent = !CONTENTLESS.includes(status)
  const isUnknown = hasContent && length === undefined
  // RFC 9112 §7: HTTP/1.0 has no chunked coding; the end of the connection ends the content.
  const isChunked = isUnknown && minorVersion > 0
  const persists = keepAlive && (!isUnknown || isChunked)
  const fields: FieldLine[] = [['Date', date]]
  if (isChunked) fields.push(['Transfer-Encoding', 'chunked'])
  // RFC 9110 §15.3.6: a 205 has no content, and says so.
  else if (status === StatusCode.ResetContent) fields.push(['Content-Length', '0'])
  // RFC 9110 §8.6: none in a 204; in a 304 it would be that of the 200.
  else if (hasContent && length !== undefined) fields.push(['Content-Length', String(length)])
  // RFC 9112 §9.3: an HTTP/1.0 client that asked for keep-alive learns that it has it.
  if (!persists) fields.push(['Connection', 'close'])
  else if (minorVersion === 0) fields.push(['Connection', 'keep-alive'])
  return { fields, hasContent, isChunked, keepAlive: persists }
}

export type FramingContext = {
  /** The Date field's value. */
  readonly date: string
  readonly minorVersion: number
  /** Whether the connection may persist, as far as the request and the server allow. */
  readonly keepAlive: boolean
}
