import type { RequestHead, RequestParser } from '../../parser/index.ts'
import { type FieldLine, latin1Bytes } from '../../response/head-writer.ts'
import { StatusCode } from '../../response/index.ts'
import { headBytes } from '../../response/response-builder.ts'
import { planText, type ResponsePlan } from '../../response/response-plan.ts'
import type { Transport } from '../transport/socket-transport.ts'

/** What an endpoint gives to be handed the content of a request. */
export interface ContentSink {
  /** Some of it, borrowed for this call. False: no more until `exchange.resume()`. */
  onContent(bytes: Uint8Array, from: number, to: number): boolean
  /** All of it has come. */
  onEnd(): void
  /** It will not come whole. The exchange answers, or is gone; the sink only cleans up. */
  onFailed(): void
}

/** What an exchange needs of its connection. */
export interface ExchangeOwner {
  readonly transport: Transport
  /** The address of the client that asks. */
  clientAddress(head: RequestHead): string
  /** The Date field's value, now. */
  date(): string
  /** Whether the connection may go on after this exchange, as far as the server is concerned. */
  readonly canKeepAlive: boolean
  /** Content may be discarded up to here to keep the connection. */
  readonly discardBytesMax: number
  /** The exchange has moved: there may be something to read, to close, or to wait for. */
  advance(): void
  /** Some of an answer was written. */
  onWrite(): void
  /** Ends the connection so that the client cannot take what it has got of an answer for the whole. */
  abortResponse(): void
}

/** `lost`: the client has gone, or the connection has answered in the endpoint's place. */
type ResponseState = 'due' | 'begun' | 'given' | 'lost'
/** Content waits until the endpoint asks for it or has answered without it. */
type ContentState = 'waiting' | 'flowing' | 'held' | 'discarded' | 'over'

/** Statuses whose answers end with their head. */
const BODILESS: ReadonlySet<number> = new Set([
  StatusCode.NoContent,
  StatusCode.ResetContent,
  StatusCode.NotModified,
])

const CONTINUE = latin1Bytes('HTTP/1.1 100 Continue\r\n\r\n')
const LAST_CHUNK = latin1Bytes('0\r\n\r\n')
const CRLF = latin1Bytes('\r\n')
const NOTHING: Uint8Array = new Uint8Array(0)

/** A body up to this size is copied behind its head, so that one buffer is written; a larger one is corked with it. */
const JOINED_BYTES_MAX = 16 * 1024

/**
 * One request and its answer. Endpoints read from it and answer through it; they know nothing of the connection. An answer is
 * given once, whole by `answer()` or in parts by `begin()`, `write()` and `finish()`. When the client has gone, all of these do
 * nothing, so that an endpoint that answers late harms nobody.
 */
export class Exchange {
  /** The request. Valid until the answer is given and the content is over. */
  readonly head: RequestHead
  /** Of the answer: its status, 0 while it is due, and the bytes of its body so far. */
  status = 0
  bodyBytes = 0
  /** Whether the access log tells of it. */
  isLogged = true
  /** Set by an endpoint whose answer may begin as late as it likes: `handlerTimeoutMs` is for the others. */
  noHandlerTimeout = false

  readonly #owner: ExchangeOwner
  readonly #parser: RequestParser
  readonly #isHead: boolean
  readonly #abortListeners: (() => void)[] = []
  #keepAlive: boolean
  #awaitsContinue: boolean
  #response: ResponseState = 'due'
  #content: ContentState = 'waiting'
  #sink: ContentSink | undefined
  #discardedBytes = 0
  /** The head of an answer in parts, until its first part goes out with it. */
  #pendingHead = NOTHING
  #hasBody = true
  #chunked = false
  #failed = false
  #refused = false

  constructor(owner: ExchangeOwner, parser: RequestParser) {
    this.#owner = owner
    this.#parser = parser
    this.head = parser.head
    this.#keepAlive = parser.keepAlive
    this.#awaitsContinue = parser.expectContinue
    this.#isHead = parser.head.method === 'HEAD'
  }

  /** The client's address. */
  get remoteAddress(): string {
    return this.#owner.clientAddress(this.head)
  }

  /** Bytes of content as the head tells them, 0 for none, -1 where they come in chunks. */
  get contentLength(): number {
    return this.#parser.contentLength
  }

  /** Asks for the content, of so many bytes at most; more is answered with 413 by the connection. Once, and before the answer. */
  readContent(sink: ContentSink, bytesMax: number): void {
    if (this.#content !== 'waiting' || this.#response !== 'due') return sink.onFailed()
    this.#parser.limitContent(bytesMax)
    this.#sink = sink
    this.#content = 'flowing'
    // RFC 9110 §10.1.1: the client holds its content back until it is told that it is wanted.
    const { contentLength } = this.#parser
    if (this.#awaitsContinue && contentLength !== 0 && contentLength <= bytesMax)
      this.#owner.transport.write(CONTINUE)
    this.#awaitsContinue = false
    this.#owner.advance()
  }

  /** The sink takes content again. */
  resume(): void {
    if (this.#content !== 'held') return
    this.#content = 'flowing'
    this.#owner.advance()
  }

  /** The whole answer. */
  respond(status: StatusCode, fields: readonly FieldLine[], body: Uint8Array = NOTHING): void {
    this.begin(status, fields, body.length)
    if (body.length > 0) this.write(body)
    this.finish()
  }

  /** The whole answer, as it was planned. */
  send(plan: ResponsePlan): void {
    const { status, fields, body } = plan
    if (body !== 'none' && !(body instanceof Uint8Array))
      throw new TypeError('an asset is sent by sendBody()')
    this.respond(status, fields, body === 'none' ? NOTHING : body)
  }

  /** The first part of an answer: its head. `length` is its body's in bytes, undefined where it is not known before the end. */
  begin(status: StatusCode, fields: readonly FieldLine[], length: number | undefined): void {
    if (this.#response === 'lost') return
    if (this.#response !== 'due') throw new Error('an exchange is answered once')
    // RFC 9112 §6.3 step 1: what follows these heads is the next answer.
    const mayHaveBody = !BODILESS.has(status)
    this.#hasBody = mayHaveBody && !this.#isHead
    // RFC 9112 §7: chunked is not for HTTP/1.0, where the end of the connection ends the body.
    this.#chunked = mayHaveBody && length === undefined && this.head.minorVersion > 0
    if (mayHaveBody && length === undefined && !this.#chunked) this.#keepAlive = false
    this.#keepAlive &&= this.#owner.canKeepAlive && this.#canDiscardContent()
    this.#pendingHead = headBytes(status, [...fields, ...this.#framing(status, length)])
    this.#response = 'begun'
    this.status = status
  }

  /** Some of the body. The bytes must not change until `done`, which is also called when they are not wanted any more. */
  write(bytes: Uint8Array, done: () => void = () => {}): void {
    if (this.#response !== 'begun') return done()
    if (!this.#hasBody || bytes.length === 0) return done()
    this.bodyBytes += bytes.length
    const { transport } = this.#owner
    if (!this.#chunked && this.#pendingHead.length > 0 && bytes.length <= JOINED_BYTES_MAX) {
      transport.write(this.#withHead(bytes))
      return done()
    }
    transport.cork()
    const before = this.#withHead(
      this.#chunked ? latin1Bytes(`${bytes.length.toString(16)}\r\n`) : NOTHING,
    )
    if (before.length > 0) transport.write(before)
    transport.write(bytes, done)
    if (this.#chunked) transport.write(CRLF)
    transport.uncork()
    this.#owner.onWrite()
  }

  /** Whether what is written still has a reader: the client is there, and the answer has a body. */
  get wantsBody(): boolean {
    return this.#response === 'begun' && this.#hasBody
  }

  /** The answer is whole. */
  finish(): void {
    if (this.#response !== 'begun') return
    const last = this.#withHead(this.#chunked && this.#hasBody ? LAST_CHUNK : NOTHING)
    if (last.length > 0) this.#owner.transport.write(last)
    this.#response = 'given'
    this.#detachSink()
    if (this.#content !== 'over') this.#content = 'discarded'
    this.#owner.advance()
  }

  /** Whether there is nobody to answer any more. */
  get isAborted(): boolean {
    return this.#response === 'lost'
  }

  /**
   * The answer cannot be given, or made whole. A client that has got nothing of it is told with this status, and the connection
   * closes; one that has got some learns it by a reset. An answer that is given stands.
   */
  fail(status: StatusCode, sentence?: string): void {
    if (this.#response === 'begun') {
      if (this.#pendingHead.length === 0) return this.#owner.abortResponse()
      this.#pendingHead = NOTHING
      this.#response = 'due'
    }
    if (this.#response !== 'due') return
    this.#keepAlive = false
    this.#failed = true
    this.send(planText(status, sentence))
  }

  /** Has a function called when the client goes away before it has its answer, or has another's; at once if it has gone. */
  onAbort(listener: () => void): void {
    if (this.#response === 'lost') listener()
    else this.#abortListeners.push(listener)
  }

  // What follows is for the connection.

  /** Whether nothing of an answer is there. */
  get isPending(): boolean {
    return this.#response === 'due'
  }

  /** Whether the answer is an error in the place of one that could not be given. */
  get hasFailed(): boolean {
    return this.#failed
  }

  /** Whether the answer is given and no other request may follow. */
  get closesConnection(): boolean {
    return this.#response === 'given' && !this.#keepAlive
  }

  /** Whether the answer is given and the request read to its end. */
  get isOver(): boolean {
    return this.#response === 'given' && this.#content === 'over'
  }

  /** Whether the parser may be asked for more of the request. */
  get readsContent(): boolean {
    return this.#content === 'flowing' || this.#content === 'discarded'
  }

  /** Hands content on, or discards it. False: too much was discarded. */
  takeContent(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.#sink === undefined) {
      this.#discardedBytes += to - from
      return this.#discardedBytes <= this.#owner.discardBytesMax
    }
    // The sink may answer within this call, and then the content is discarded, not held.
    if (!this.#sink.onContent(bytes, from, to) && this.#content === 'flowing')
      this.#content = 'held'
    return true
  }

  endContent(): void {
    this.#content = 'over'
    const sink = this.#sink
    this.#sink = undefined
    sink?.onEnd()
  }

  /** The request is refused, or has stopped coming: its endpoint may be done with it or not, the connection answers and closes. */
  refuse(status: StatusCode, sentence?: string): void {
    this.#keepAlive = false
    this.#content = 'over'
    this.#refused ||= this.#response !== 'given'
    this.#detachSink()
    this.fail(status, sentence)
    this.#owner.advance()
  }

  /** The connection is over, whether the endpoint has answered or not. */
  close(): void {
    const isAbort = this.#response !== 'given' || this.#refused
    this.#response = 'lost'
    this.#detachSink()
    if (isAbort) for (const listener of this.#abortListeners) listener()
  }

  #detachSink(): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.onFailed()
  }

  /** Content that nobody wanted keeps the connection only if it is little, and will come without being asked for. */
  #canDiscardContent(): boolean {
    if (this.#content === 'over' || this.#parser.contentLength === 0) return true
    return !this.#awaitsContinue && this.#parser.contentLength <= this.#owner.discardBytesMax
  }

  #framing(status: StatusCode, length: number | undefined): FieldLine[] {
    const fields: FieldLine[] = [['Date', this.#owner.date()]]
    if (this.#chunked) fields.push(['Transfer-Encoding', 'chunked'])
    // RFC 9110 §15.3.6: a 205 has no content, and says so.
    else if (status === StatusCode.ResetContent) fields.push(['Content-Length', '0'])
    // RFC 9110 §8.6: no Content-Length in a 204; in a 304 it would be the other answer's.
    else if (length !== undefined && !BODILESS.has(status))
      fields.push(['Content-Length', String(length)])
    // RFC 9112 §9.3: HTTP/1.0 clients that asked for it are told that the connection goes on.
    if (!this.#keepAlive) fields.push(['Connection', 'close'])
    else if (this.head.minorVersion === 0) fields.push(['Connection', 'keep-alive'])
    return fields
  }

  /** Bytes behind the head, if that is still to be written. */
  #withHead(bytes: Uint8Array): Uint8Array {
    const head = this.#pendingHead
    if (head.length === 0) return bytes
    this.#pendingHead = NOTHING
    const joined = new Uint8Array(head.length + bytes.length)
    joined.set(head)
    joined.set(bytes, head.length)
    return joined
  }
}
