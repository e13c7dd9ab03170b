import type { RequestHead } from '../../parser/index.ts'

/** One answer, as the connection tells of it: the head is only lent. */
export type SentResponse = {
  readonly remoteAddress: string
  readonly wallMs: number
  readonly durationMs: number
  readonly status: number
  readonly bytes: number
  /** undefined where the request was refused before its head was whole. */
  readonly head: RequestHead | undefined
}

/** One answer, for those who listen. */
export type RequestLogEntry = {
  /** The client's address. */
  readonly remoteAddress: string
  /** Milliseconds since 1970 at which the answer was given. */
  readonly wallMs: number
  /** Milliseconds from the head of the request to the end of the answer. */
  readonly durationMs: number
  /** As they were sent; '-' where the request was refused before they were known. */
  readonly method: string
  readonly target: string
  readonly version: string
  readonly status: number
  /** Of the body. */
  readonly bytes: number
  readonly referer: string
  readonly userAgent: string
}

/** What may be kept. */
export function requestLogEntry({
  remoteAddress,
  wallMs,
  durationMs,
  status,
  bytes,
  head,
}: SentResponse): RequestLogEntry {
  return {
    remoteAddress,
    wallMs,
    durationMs,
    method: head?.method ?? '-',
    target: head?.target ?? '-',
    version: head?.version ?? '-',
    status,
    bytes,
    referer: head?.field('referer') ?? '-',
    userAgent: head?.field('user-agent') ?? '-',
  }
}
