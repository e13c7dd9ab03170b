import type { RequestHead } from '../../parser/index.ts'
import type { CloseReason } from '../connection/close-reason.ts'

/**
 * A response that was sent, as the connection reports it. `head` is a view of the connection's
 * buffer, which is valid only until the callback returns.
 */
export type SentResponse = {
  readonly remoteAddress: string
  readonly wallMs: number
  readonly durationMs: number
  readonly status: number
  readonly bytes: number
  /** Bytes of the request: its head, and its content without the chunked framing. */
  readonly bytesIn: number
  /** Bytes of the response as they were written: its head, and its body with the framing. */
  readonly bytesOut: number
  /** The code of docs/errors.md, undefined if the request was not refused. */
  readonly refusal: string | undefined
  /** Why the connection closes with or within this response, undefined if it does not. */
  readonly closeReason: CloseReason | undefined
  /** Undefined if the request was refused before its head was complete. */
  readonly head: RequestHead | undefined
}

/** A response that was sent, and the request it belongs to. */
export type RequestLogEntry = {
  /** The address of the client. */
  readonly remoteAddress: string
  /** When the response ended, in milliseconds since 1970. */
  readonly wallMs: number
  /** Milliseconds from the head of the request to the end of the response. */
  readonly durationMs: number
  /** As the client sent it; `-` if the request was refused before its head was complete. */
  readonly method: string
  /** The request target, with its query, as the client sent it; or `-`. */
  readonly url: string
  /** `1.0`, `1.1` or `-`. */
  readonly version: string
  /** The status code. */
  readonly status: number
  /** The length of the response body as it was sent. */
  readonly bytes: number
  /** The Referer field; `-` if the client sent none. */
  readonly referer: string
  /** The User-Agent field; `-` if the client sent none. */
  readonly userAgent: string
  /** The Host field; `-` if the client sent none. */
  readonly host: string
  /** `HTTP/1.0`, `HTTP/1.1` or `-`. */
  readonly protocol: string
  /** The length of the request: its head, and its content without the chunked framing. */
  readonly bytesIn: number
  /** The length of the response: its head, and its body with the chunked framing. */
  readonly bytesOut: number
  /** Why the request was refused, a code of docs/errors.md; `-` if it was not. */
  readonly refusal: string
  /** Why the connection closes with or within this response; `-` if it does not. */
  readonly closeReason: CloseReason | '-'
}

/** Copies what a listener may keep out of the borrowed head. */
export function requestLogEntry(response: SentResponse): RequestLogEntry {
  const { remoteAddress, wallMs, durationMs, status, bytes, head } = response
  return {
    remoteAddress,
    wallMs,
    durationMs,
    method: head?.method ?? '-',
    url: head?.target ?? '-',
    version: head?.version ?? '-',
    status,
    bytes,
    referer: head?.field('referer') ?? '-',
    userAgent: head?.field('user-agent') ?? '-',
    host: head?.field('host') ?? '-',
    protocol: head === undefined ? '-' : `HTTP/${head.version}`,
    bytesIn: response.bytesIn,
    bytesOut: response.bytesOut,
    refusal: response.refusal ?? '-',
    closeReason: response.closeReason ?? '-',
  }
}
