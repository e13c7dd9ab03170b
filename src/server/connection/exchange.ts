import type { FieldSection, RequestHead, RequestParser } from '../../parser/index.ts'
import type { FieldLine, StatusCode } from '../../response/index.ts'
import { planText, type ResponsePlan } from '../../response/response-plan.ts'
import { NONE_FIXED, type SiteHeaders, withSiteHeaders } from '../../response/site-rules.ts'
import type { Transport } from '../transport/transport.ts'
import type { DateField } from './clock.ts'
import { type ContentSink, RequestContent } from './request-content.ts'
import { ResponseWriter } from './response-writer.ts'

/** What an exchange is given by its connection. */
export type ExchangeDeps = {
  readonly transport: Transport
  readonly date: DateField
  /** The client's address. */
  readonly remoteAddress: string
  /** Content may be discarded up to this many bytes to keep the connection. */
  readonly discardBytesMax: number
  readonly connection: ExchangeConnection
  /** Makes the Server-Timing field, if responses have one. */
  readonly timing?: (() => FieldLine) | undefined
}

/** What an exchange needs of its connection while it lasts. */
export interface ExchangeConnection {
  /** Whether the server lets the connection persist after this exchange. */
  readonly canKeepAlive: boolean
  /** The exchange has changed: there may be something to read, to close, or to wait for. */
  advance(): void
}

/** `aborted`: the client is gone, or the connection has responded instead of the endpoint. */
type ResponseState = 'pending' | 'begun' | 'complete' | 'aborted'

const NOTHING: Uint8Array = new Uint8Array(0)

/**
 * One request and its response. Endpoints read the request from it and respond through it; they
 * know nothing of the connection. An endpoint responds once: with `respond()`, or in parts with
 * `begin()`, `write()` and `end()`. After the client is gone, all of these do nothing, so that a
 * late endpoint does no harm.
 */
export class Exchange {
  /** The request. Valid until the response is complete and the content is read. */
  readonly head: RequestHead
  readonly remoteAddress: string
  /** Whether the response is written to the access log. */
  isLogged = true
  /** Names in lower case of headers of the response that no rule of the site replaces. */
  fixedHeaders: ReadonlySet<string> = NONE_FIXED
  /** Set by an endpoint that may respond as late as it likes, exempt from `handlerTimeoutMs`. */
  noHandlerTimeout = false
  /** What responds: a value of `Endpoint`, 0 if nothing does. */
  endpoint = 0
  /** The code of docs/errors.md, if the request was refused. */
  refusal: string | undefined

  readonly #connection: ExchangeConnection
  readonly #transport: Transport
  readonly #date: DateField
  readonly #content: RequestContent
  readonly #writer: ResponseWriter
  readonly #abortListeners: (() => void)[] = []
  readonly #halfClosedListeners: (() => void)[] = []
  readonly #timing: (() => FieldLine) | undefined
  #siteHeaders: SiteHeaders | (() => SiteHeaders) | undefined
  #keepAlive: boolean
  #state: ResponseState = 'pending'
  #failed = false
  /** Whether the client got another response than its endpoint's. */
  #isReplaced = false
  #isCutShort = false

  constructor(
    { transport, date, remoteAddress, discardBytesMax, connection, timing }: ExchangeDeps,
    parser: RequestParser,
  ) {
    this.head = parser.head
    this.remoteAddress = remoteAddress
    this.#connection = connection
    this.#timing = timing
    this.#transport = transport
    this.#date = date
    this.#content = new RequestContent(parser, transport, discardBytesMax)
    this.#writer = new ResponseWriter(transport, parser.head)
    this.#keepAlive = parser.keepAlive
  }

  /** The response's status, 0 before it begins. */
  get status(): number {
    return this.#writer.status
  }

  /** Bytes of the response's body so far. */
  get bodyBytes(): number {
    return this.#writer.bodyBytes
  }

  /** Bytes of the whole response so far, with its framing. */
  get sentBytes(): number {
    return this.#writer.sentBytes
  }

  /** Bytes of content that have arrived. */
  get receivedBytes(): number {
    return this.#content.receivedBytes
  }

  /** Bytes of content according to the head: 0 for none, -1 for chunked. */
  get contentLength(): number {
    return this.#content.length
  }

  /**
   * Asks for the content, `bytesMax` at most; the connection refuses more with 413. Once, and
   * before the response is complete.
   */
  readContent(sink: ContentSink, bytesMax: number): void {
    // RFC 9110 §10.1.1: no 100 after the head, without which the client may never send content.
    const isTooLate = this.headSent && this.#content.awaitsContinue
    const isResponding = this.#state === 'pending' || this.#state === 'begun'
    if (!this.#content.isUnread || !isResponding || isTooLate) return sink.onFailed()
    this.#content.read(sink, bytesMax)
    this.#connection.advance()
  }

  /** The sink accepts content again. */
  resumeContent(): void {
    if (this.#content.resume()) this.#connection.advance()
  }

  /** Sends a whole response. */
  respond(status: StatusCode, fields: readonly FieldLine[], body: Uint8Array = NOTHING): void {
    this.begin(status, fields, body.length)
    if (body.length > 0) this.write(body)
    this.end()
  }

  /** Sends a whole response as planned. */
  send({ status, fields, body }: ResponsePlan): void {
    if (body !== 'none' && !(body instanceof Uint8Array))
      throw new TypeError('a file is sent by sendBody()')
    this.respond(status, fields, body === 'none' ? NOTHING : body)
  }

  /** Gives the headers that the site adds to whatever response this will be, or finds them then. */
  setSiteHeaders(headers: SiteHeaders | (() => SiteHeaders)): void {
    this.#siteHeaders = headers
  }

  get siteHeaders(): SiteHeaders | undefined {
    if (typeof this.#siteHeaders === 'function') this.#siteHeaders = this.#siteHeaders()
    return this.#siteHeaders
  }

  /** Begins a response in parts. `length` is its body's in bytes, undefined if not known yet. */
  begin(status: StatusCode, fields: readonly FieldLine[], length: number | undefined): void {
    if (this.#state === 'aborted') return
    if (this.#state !== 'pending') throw new Error('an exchange has one response')
    const keepAlive =
      this.#keepAlive && this.#connection.canKeepAlive && this.#content.isDiscardable
    const date = this.#date.value()
    const { siteHeaders } = this
    const lines =
      siteHeaders === undefined
        ? fields
        : withSiteHeaders({ status, fields }, siteHeaders, this.fixedHeaders)
    const timing = this.#timing?.()
    const all = timing === undefined ? lines : [...lines, timing]
    this.#keepAlive = this.#writer.begin(status, all, length, { date, keepAlive })
    this.#state = 'begun'
  }

  /**
   * Writes part of the body. The bytes must not change until `done`, which is called in any case.
   */
  write(bytes: Uint8Array, done: () => void = () => {}): void {
    if (this.#state !== 'begun') return done()
    this.#writer.write(bytes, done)
    // The client must accept what is queued within the write timeout.
    if (this.#transport.queuedBytes > 0) this.#connection.advance()
  }

  /** Sends the head of a response that has begun, before any of its body. */
  flushHead(): void {
    if (this.#state !== 'begun') return
    this.#writer.flushHead()
    if (this.#transport.queuedBytes > 0) this.#connection.advance()
  }

  /** Whether the body still has a reader: the client is there, and the response has a body. */
  get wantsBody(): boolean {
    return this.#state === 'begun' && this.#writer.hasBody
  }

  /** Ends a response in parts. */
  end(): void {
    if (this.#state !== 'begun') return
    this.#writer.end()
    this.#state = 'complete'
    this.#content.discard()
    this.#connection.advance()
  }

  /** Whether nobody is left to receive the response. */
  get isAborted(): boolean {
    return this.#state === 'aborted'
  }

  /**
   * The response cannot be given, or not be completed. If nothing of it was sent, the client gets
   * this status instead, and the connection closes; otherwise the connection is reset. A complete
   * response stands.
   */
  fail(status: StatusCode, sentence?: string): void {
    if (this.#state === 'begun') {
      if (this.#writer.headSent) {
        this.#isCutShort = true
        return this.#connection.advance()
      }
      this.#writer.discardHead()
      this.#state = 'pending'
    }
    if (this.#state !== 'pending') return
    this.#keepAlive = false
    this.#failed = true
    this.#isReplaced = true
    this.fixedHeaders = NONE_FIXED
    this.send(planText(status, sentence))
  }

  /**
   * Calls the listener when the client leaves before it has its response, or gets another one; at
   * once if that has happened.
   */
  onAbort(listener: () => void): void {
    if (this.#state === 'aborted') listener()
    else this.#abortListeners.push(listener)
  }

  /** Calls the listener when the client leaves, or may have left: for the signals of handlers. */
  onLeave(listener: () => void): void {
    this.onAbort(listener)
    this.onHalfClosed(listener)
  }

  /**
   * Calls the listener if the client has sent FIN and then got no head for `halfClosedTimeoutMs`:
   * it may have left. The response can still be sent.
   */
  onHalfClosed(listener: () => void): void {
    this.#halfClosedListeners.push(listener)
  }

  // The rest is for the connection.

  /** Calls the listeners of `onHalfClosed()`, once. */
  notifyHalfClosed(): void {
    for (const listener of this.#halfClosedListeners.splice(0)) listener()
  }

  /** Whether the head of the response has been written. */
  get headSent(): boolean {
    return this.#state !== 'pending' && this.#writer.headSent
  }

  /** Whether the response has not begun. */
  get isPending(): boolean {
    return this.#state === 'pending'
  }

  /** Whether the response is an error instead of one that could not be given. */
  get hasFailed(): boolean {
    return this.#failed
  }

  /** Whether the response failed after part of it was sent: the client must see a reset. */
  get isCutShort(): boolean {
    return this.#isCutShort
  }

  /** Whether the response is complete and no other request may follow. */
  get closesConnection(): boolean {
    return this.#state === 'complete' && !this.#keepAlive
  }

  /** Whether the response is complete and the request read to its end. */
  get isOver(): boolean {
    return this.#state === 'complete' && this.#content.isComplete
  }

  /** Whether the parser may read on into the content. */
  get readsContent(): boolean {
    return this.#content.isFlowing
  }

  /** Passes content on, or discards it. Returns false if too much was discarded. */
  takeContent(bytes: Uint8Array, from: number, to: number): boolean {
    return this.#content.take(bytes, from, to)
  }

  takeTrailers(trailers: FieldSection): void {
    this.#content.takeTrailers(trailers)
  }

  endContent(): void {
    this.#content.complete()
  }

  /** Ends the request with an error, whatever its endpoint is doing; the connection closes. */
  refuse(status: StatusCode, sentence?: string): void {
    this.#keepAlive = false
    this.#content.abandon()
    this.fail(status, sentence)
    this.#connection.advance()
  }

  /** The connection is over, whether the endpoint has responded or not. */
  close(): void {
    const isAbort = this.#state !== 'complete' || this.#isReplaced
    this.#state = 'aborted'
    this.#content.abandon()
    if (isAbort) for (const listener of this.#abortListeners) listener()
  }
}
