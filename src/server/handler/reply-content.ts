import type { FieldLine, StatusCode } from '../../response/index.ts'
import { BodySource, type StreamBody } from './body-source.ts'

/**
 * What `reply.send()` accepts: text, bytes, a `Blob`, a `Response` of the Web, a stream of the Web
 * or of Node, and any other async iterable.
 */
export type ReplyBody = string | Uint8Array | Blob | Response | StreamBody

/** A body that the server has taken over, and what it brings along. @internal */
export type ReplyContent = {
  readonly body: Uint8Array | BodySource
  /** Bytes; undefined if they are not known before the end. */
  readonly length: number | undefined
  /** Of a `Response`, otherwise undefined. */
  readonly status: StatusCode | undefined
  readonly fields: readonly FieldLine[]
}

/** Headers that frame the response: only the server writes them. @internal */
export const FRAMING_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

const TEXT = 'text/plain; charset=utf-8'
const BYTES = 'application/octet-stream'
const NOTHING: Uint8Array = new Uint8Array(0)

const encoder = new TextEncoder()

/**
 * Takes a body over: from now on a stream belongs to the server.
 *
 * @param length bytes of a stream, if the handler knows them
 * @throws TypeError for a value that is no body, or was read already; RangeError for a length that
 *   is no number of bytes
 * @internal
 */
export function takeContent(body: ReplyBody, length: number | undefined): ReplyContent {
  if (typeof body === 'string') return contentOf(encoder.encode(body), TEXT)
  if (body instanceof Uint8Array) return contentOf(body, BYTES)
  if (body instanceof Blob)
    return { ...contentOf(new BodySource(body.stream()), body.type || BYTES), length: body.size }
  if (isResponse(body)) return contentOfResponse(body)
  const source = new BodySource(body)
  if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0)) {
    source.close()
    throw new RangeError(`${length} is not a number of bytes; use a whole number from 0`)
  }
  return { ...contentOf(source, BYTES), length }
}

function contentOf(body: ReplyContent['body'], type: string): ReplyContent {
  return { body, length: undefined, status: undefined, fields: [['Content-Type', type]] }
}

function contentOfResponse(response: Response): ReplyContent {
  const { status, headers, body } = response
  if (response.bodyUsed) throw new TypeError('the body of the Response has been read already')
  const source = body === null ? NOTHING : new BodySource(body)
  if (!(status >= 200 && status <= 599)) {
    if (source instanceof BodySource) source.close()
    throw new RangeError(`a Response of status ${status} cannot be sent`)
  }
  return {
    body: source,
    length: lengthIn(headers),
    status: status as StatusCode,
    // Several Set-Cookie lines stay apart.
    fields: [...headers].filter(([name]) => !FRAMING_HEADERS.has(name)),
  }
}

/** The Content-Length of a `Response`, if that is a number. */
function lengthIn(headers: Headers): number | undefined {
  const value = headers.get('content-length')
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

/** Not only of the global class: libraries bring their own. @internal */
export function isResponse(body: object | null): body is Response {
  if (body instanceof Response) return true
  const { status, headers } = (body ?? {}) as Partial<Response>
  return typeof status === 'number' && typeof headers?.get === 'function'
}
