import type { FieldSection, RequestParser } from '../../parser/index.ts'
import { latin1Bytes } from '../../response/response-head.ts'
import type { Transport } from '../transport/transport.ts'

/** Receives the content of a request, for an endpoint that asked for it. */
export interface ContentSink {
  /** Part of the content, borrowed for this call. Return false to pause until `resumeContent()`. */
  onContent(bytes: Uint8Array, from: number, to: number): boolean
  /** Trailer fields that follow the content, borrowed for this call. */
  onTrailers?(trailers: FieldSection): void
  /** The content is complete. */
  onEnd(): void
  /**
   * The content will not be complete. The exchange responds, or is over; the sink only cleans up.
   */
  onFailed(): void
}

/** Content waits until the endpoint reads it, or has responded without it. */
type ContentState = 'waiting' | 'flowing' | 'paused' | 'discarded' | 'complete'

const CONTINUE = latin1Bytes('HTTP/1.1 100 Continue\r\n\r\n')

/** The content of one request: from the parser to the endpoint's sink, or discarded. */
export class RequestContent {
  readonly #parser: RequestParser
  readonly #transport: Transport
  readonly #discardBytesMax: number
  #state: ContentState = 'waiting'
  #sink: ContentSink | undefined
  #awaitsContinue: boolean
  #discardedBytes = 0
  /** Bytes that have arrived, without the chunked framing. */
  receivedBytes = 0

  constructor(parser: RequestParser, transport: Transport, discardBytesMax: number) {
    this.#parser = parser
    this.#transport = transport
    this.#discardBytesMax = discardBytesMax
    this.#awaitsContinue = parser.expectContinue
  }

  /** Bytes of content according to the head: 0 for none, -1 for chunked. */
  get length(): number {
    return this.#parser.contentLength
  }

  get isUnread(): boolean {
    return this.#state === 'waiting'
  }

  /** Whether the client holds its content back until it receives 100 Continue. */
  get awaitsContinue(): boolean {
    return this.#awaitsContinue
  }

  get isComplete(): boolean {
    return this.#state === 'complete'
  }

  /** Whether the parser may read on into the content. */
  get isFlowing(): boolean {
    return this.#state === 'flowing' || this.#state === 'discarded'
  }

  /** Whether the rest can be discarded to keep the connection: it is short, and comes unasked. */
  get isDiscardable(): boolean {
    if (this.#state === 'complete' || this.length === 0) return true
    return !this.#awaitsContinue && this.length <= this.#discardBytesMax
  }

  /** Lets content flow into the sink, `bytesMax` at most; the connection refuses more with 413. */
  read(sink: ContentSink, bytesMax: number): void {
    this.#parser.limitContent(bytesMax)
    this.#sink = sink
    this.#state = 'flowing'
    // RFC 9110 §10.1.1: the client holds its content back until it receives 100 Continue.
    if (this.#awaitsContinue && this.length !== 0 && this.length <= bytesMax)
      this.#transport.write(CONTINUE)
    this.#awaitsContinue = false
  }

  /** @returns whether content was paused */
  resume(): boolean {
    if (this.#state !== 'paused') return false
    this.#state = 'flowing'
    return true
  }

  /** Passes content on, or discards it. Returns false if too much was discarded. */
  take(bytes: Uint8Array, from: number, to: number): boolean {
    this.receivedBytes += to - from
    if (this.#sink === undefined) {
      this.#discardedBytes += to - from
      return this.#discardedBytes <= this.#discardBytesMax
    }
    // The sink may respond within this call; the content is then discarded, not paused.
    if (!this.#sink.onContent(bytes, from, to) && this.#state === 'flowing') this.#state = 'paused'
    return true
  }

  takeTrailers(trailers: FieldSection): void {
    this.#sink?.onTrailers?.(trailers)
  }

  complete(): void {
    this.#state = 'complete'
    const sink = this.#sink
    this.#sink = undefined
    sink?.onEnd()
  }

  /** Discards the rest: the endpoint has responded. */
  discard(): void {
    if (this.#state !== 'complete') this.#state = 'discarded'
    this.#detachSink()
  }

  /** Nothing more is read: the request is refused, or the connection is over. */
  abandon(): void {
    this.#state = 'complete'
    this.#detachSink()
  }

  #detachSink(): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.onFailed()
  }
}
