/**
 * What `next()` found. What belongs to it lies in the parser's fields until the next call.
 *
 * @example
 * const parser = new RequestParser()
 * parser.feed(new TextEncoder().encode('GET / HTTP/1.0\r\n\r\n'))
 * parser.next() === Event.Head // => true
 */
export const Event = {
  /** A request's head is whole: `head`, `keepAlive`, `expectContinue`, `contentLength`. */
  Head: 1,
  /** Some of its content: `bytes` from `from` to `to`. */
  Content: 2,
  /** There were trailer fields, now in `trailers`. */
  Trailers: 3,
  /** The request is over; the next one begins at `position`. */
  End: 4,
  /** All that was fed is consumed: `release()`, and `feed()` when more has come. */
  NeedMore: 5,
  /** The message is refused, and all that follows it: `error`. */
  Failed: 6,
  /** Nothing more is read from this connection: its last request is over, or its client has finished. */
  Closed: 7,
} as const
export type Event = (typeof Event)[keyof typeof Event]
