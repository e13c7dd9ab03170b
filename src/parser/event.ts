/**
 * The result of `next()`. The data of an event is in properties of the parser until the next call.
 *
 * @example
 * const parser = new RequestParser()
 * parser.feed(new TextEncoder().encode('GET / HTTP/1.0\r\n\r\n'))
 * parser.next() === Event.Head // => true
 */
export const Event = {
  /** The head of a request is complete: `head`, `keepAlive`, `expectContinue`, `contentLength`. */
  Head: 1,
  /** Part of the content: `bytes`, from index `from` up to `to`. */
  Content: 2,
  /** The request has trailer fields: `trailers`. */
  Trailers: 3,
  /** The request is complete; the next one begins at `position`. */
  End: 4,
  /** All fed bytes are consumed: call `release()`, then `feed()` when more bytes arrive. */
  NeedMore: 5,
  /** The message is malformed or over a limit: `error`. Nothing after it is parsed. */
  Failed: 6,
  /** The connection has no further request: the last one is complete, or `end()` was called. */
  Closed: 7,
} as const
export type Event = (typeof Event)[keyof typeof Event]
