import type { RequestHead } from '../parser/index.ts'

/** One answer, for the access log. */
export type AnswerRecord = {
  /** The client's address. */
  readonly remote: string
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

/** What the head of a request tells; none where the request was refused before its head was whole. */
export function describeRequest(
  head: RequestHead | undefined,
): Pick<AnswerRecord, 'method' | 'target' | 'version' | 'referer' | 'userAgent'> {
  return {
    method: head?.method ?? '-',
    target: head?.target ?? '-',
    version: head?.version ?? '-',
    referer: head?.field('referer') ?? '-',
    userAgent: head?.field('user-agent') ?? '-',
  }
}
