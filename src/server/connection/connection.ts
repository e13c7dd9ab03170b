import {
  Event,
  KnownField,
  type ParseError,
  type RequestHead,
  type RequestParser,
} from '../../parser/index.ts'
import { StatusCode } from '../../response/index.ts'
import type { Transport, TransportHandler } from '../transport/socket-transport.ts'
import type { CloseReason } from './close-reason.ts'
import { type ConnectionState, type Move, nextState } from './connection-state.ts'
import { ConnectionTimeouts, type TimeoutKind } from './connection-timeouts.ts'
import { Exchange, type ExchangeOwner } from './exchange.ts'
import { writeRefusal } from './refusal.ts'
import type { ServerContext } from './server-context.ts'

/**
 * One client. Bytes come in, the parser makes events of them, each request becomes an `Exchange`, one at a time and in order.
 * All that can happen to a connection enters by one of the methods in the first part and leaves through `advance()`, which
 * reads on as far as may be and then settles: lent bytes are given back, reading is held or resumed, a deadline is set.
 */
export class Connection extends ConnectionTimeouts implements TransportHandler, ExchangeOwner {
  /** Whether its address may have one more connection. */
  readonly isAdmitted: boolean
  readonly #context: ServerContext
  #state: ConnectionState = 'idle'
  /** None while the connection is idle. */
  #parser: RequestParser | undefined
  #exchange: Exchange | undefined
  #exchangeStartMs = 0
  /** Bytes that came while an exchange was waiting. */
  #pendingInput: Uint8Array | undefined
  #inputEnded = false
  #paused = false
  #corked = false
  #advancing = false
  #lingeredBytes = 0
  #requests = 0
  /** Why the connection ends, once that is known. */
  #closeReason: CloseReason | undefined

  constructor(transport: Transport, context: ServerContext) {
    super(transport, context)
    this.#context = context
    context.connections.add(this)
    this.isAdmitted = context.limiter.acquire(transport.remoteAddress)
    this.#updateFlowControl()
  }

  onData(bytes: Uint8Array, from: number, to: number): void {
    if (this.#state === 'lingering') {
      this.#lingeredBytes += to - from
      if (this.#lingeredBytes > this.#context.config.lingerBytesMax) this.transport.destroy()
      return
    }
    if (this.#state === 'closed') return
    this.countBodyBytes(to - from)
    this.#parser ??= this.#context.parsers.take()
    if (this.#parser.wantsBytes) this.#parser.feed(bytes, from, to)
    else this.#bufferInput(bytes, from, to)
    this.advance()
  }

  onEnd(): void {
    this.#inputEnded = true
    this.advance()
  }

  onDrain(): void {
    if (this.#state === 'lingering') this.arm('close', this.#context.config.lingerTimeoutMs)
    this.advance()
  }

  onClose(): void {
    if (this.#state === 'closed') return
    this.#move('gone')
    this.#endExchange()
    this.#parser = undefined
    const { wheel, connections, rejected, limiter } = this.#context
    wheel.clear(this)
    connections.delete(this)
    rejected.delete(this)
    if (this.isAdmitted) limiter.release(this.transport.remoteAddress)
    this.#context.closeReasons.count(this.#closeReason ?? 'reset', this.transport.remoteAddress)
  }

  override onTimeout(awaited: TimeoutKind): void {
    switch (awaited) {
      case 'request':
        this.#close('leave', this.#context.isDraining ? 'drained' : 'idle-timeout')
        return
      case 'head':
        this.#refuse(
          StatusCode.RequestTimeout,
          'The head of the request did not come in time.',
          'head-timeout',
        )
        return
      case 'content':
        this.#refuse(
          StatusCode.RequestTimeout,
          'The content of the request comes too slowly.',
          'content-too-slow',
        )
        return
      case 'reader':
        if (this.transport.queuedBytes > 0) this.abort('reader-too-slow')
        else if (this.#state === 'lingering')
          this.arm('close', this.#context.config.lingerTimeoutMs)
        else this.#updateFlowControl()
        return
      case 'endpoint':
        this.#refuseHandlerTimeout(this.#exchange!)
        return
      case 'close':
        this.transport.destroy()
        return
    }
  }

  /** No request after the next one; an idle connection awaits that no longer than `drainIdleMs`. */
  drain(): void {
    this.#updateFlowControl()
  }

  /** Answers 503 to whatever is asked, and closes: there are too many connections. Where too many are told so already, cuts it. */
  rejectOverLimit(limit: 'connections-max' | 'connections-per-address-max'): void {
    const { rejected, rejectedMax } = this.#context
    if (this.#state !== 'idle') return
    if (rejected.size >= rejectedMax) {
      this.abort('dropped')
      // At once: what has come is not read.
      return this.onClose()
    }
    rejected.add(this)
    this.#refuse(StatusCode.ServiceUnavailable, 'There are as many connections as may be.', limit)
  }

  abort(end: CloseReason): void {
    this.#closeReason ??= end
    this.transport.destroy()
  }

  clientAddress(head: RequestHead): string {
    const { trustedProxies } = this.#context
    return trustedProxies === undefined
      ? this.transport.remoteAddress
      : trustedProxies.clientAddress(this.transport.remoteAddress, head)
  }

  date(): string {
    return this.#context.date.value()
  }

  get canKeepAlive(): boolean {
    return !this.#context.isDraining && this.#requests < this.#context.config.requestsMax
  }

  get discardBytesMax(): number {
    const { discardBytesMax, contentBytesMax } = this.#context.config
    // What the parser refuses cannot be discarded either.
    return Math.min(discardBytesMax, contentBytesMax)
  }

  onWrite(): void {
    if (this.transport.queuedBytes > 0) this.armWriteTimeout()
  }

  abortResponse(): void {
    this.#closeReason ??= 'answer-failed'
    this.transport.reset()
  }

  advance(): void {
    // An endpoint that answers at once calls this from within the loop below, which goes on by itself.
    if (this.#advancing || this.#state === 'closed') return
    this.#advancing = true
    try {
      while (this.#state !== 'lingering' && this.#parser !== undefined && this.#step(this.#parser));
    } finally {
      this.#advancing = false
    }
    this.#updateFlowControl()
  }

  /** One event. False: nothing more can be done before something else happens. */
  #step(parser: RequestParser): boolean {
    const exchange = this.#exchange
    if (exchange !== undefined) {
      if (exchange.closesConnection)
        return this.#close('last', this.#closeReasonAfter(exchange, parser))
      if (exchange.isOver) {
        // No further request before the answers to those before it are on their way.
        if (this.transport.queuedBytes >= this.#context.config.queuedBytesMax) return false
        this.#endExchange()
        this.#move('over')
        return true
      }
      if (!exchange.readsContent) return false
    }
    switch (parser.next()) {
      case Event.Head:
        this.#requests++
        if (!this.#sendCached(parser)) this.#open(parser)
        return true
      case Event.Content:
        return (
          exchange!.takeContent(parser.bytes, parser.from, parser.to) ||
          this.#close('last', 'content-unwanted')
        )
      case Event.Trailers:
        return true
      case Event.End:
        exchange!.endContent()
        return true
      case Event.NeedMore:
        return this.#feedPendingInput(parser) || (this.#inputEnded && this.#endInput(parser))
      case Event.Failed:
        return this.#refuseMessage(parser.error!, 'parse-error')
      case Event.Closed:
        return this.#close('leave', 'client-closed')
    }
  }

  /** Answers with what is ready. False: the request goes the long way. */
  #sendCached(parser: RequestParser): boolean {
    const { responseCache, config, clock } = this.#context
    const { head } = parser
    if (
      responseCache === undefined ||
      !this.canKeepAlive ||
      !parser.keepAlive ||
      parser.contentLength !== 0
    )
      return false
    if (this.transport.queuedBytes >= config.queuedBytesMax) return false
    const entry = responseCache.find(head, clock.monotonicMs())
    const answer = entry && responseCache.responseFor(entry, head)
    if (answer === undefined) return false
    const isWhole = answer === entry!.whole
    const body = isWhole ? entry!.body : undefined
    this.#context.writer.send(this.transport, answer, body, this.date(), parser.unreadBytes > 0)
    if (this.#context.logResponse !== undefined)
      this.#logResponse(answer.status, isWhole ? entry!.bodyBytes : 0, head, 0)
    // Its End: it has no content.
    parser.next()
    this.#move('answered')
    return true
  }

  #open(parser: RequestParser): void {
    this.#context.writer.writeTo(this.transport)
    this.#move('head')
    // More than this head has come, so maybe more requests: their answers go out together.
    if (!this.#corked && parser.unreadBytes > 0) {
      this.#corked = true
      this.transport.cork()
    }
    const exchange = new Exchange(this, parser)
    this.#exchange = exchange
    this.#exchangeStartMs = this.#context.clock.monotonicMs()
    const expects =
      (parser.head.present & (1 << KnownField.Expect)) !== 0 && parser.head.minorVersion > 0
    // RFC 9110 §10.1.1: no other expectation is known.
    if (expects && !parser.expectContinue) exchange.fail(StatusCode.ExpectationFailed)
    else this.#context.dispatch(exchange)
  }

  #bufferInput(bytes: Uint8Array, from: number, to: number): void {
    const parked = this.#pendingInput ?? new Uint8Array(0)
    this.#pendingInput = new Uint8Array(parked.length + to - from)
    this.#pendingInput.set(parked)
    this.#pendingInput.set(bytes.subarray(from, to), parked.length)
  }

  #feedPendingInput(parser: RequestParser): boolean {
    if (this.#pendingInput === undefined) return false
    parser.feed(this.#pendingInput)
    this.#pendingInput = undefined
    return true
  }

  /** All that the client has sent is read. */
  #endInput(parser: RequestParser): boolean {
    return parser.end() === Event.Closed
      ? this.#close('leave', 'client-closed')
      : this.#refuseMessage(parser.error!, 'cut-short')
  }

  #refuseMessage({ status, code, message }: ParseError, end: CloseReason): boolean {
    return this.#refuse(status as StatusCode, `${code}: ${message}`, end)
  }

  /** Answers with an error, unless the exchange at hand has begun to answer otherwise, and closes. */
  #refuse(status: StatusCode, sentence: string, end: CloseReason): boolean {
    this.#closeReason ??= end
    if (this.#exchange !== undefined) {
      this.#exchange.refuse(status, sentence)
      return true
    }
    this.#context.writer.writeTo(this.transport)
    const bodyBytes = writeRefusal(this.transport, status, sentence, this.date())
    this.#logResponse(status, bodyBytes, undefined, 0)
    return this.#close('refuse', end)
  }

  /** FIN behind what is queued; what the client still sends is discarded, lest it reset the connection under the answer. */
  #close(move: Move, end: CloseReason): false {
    this.#closeReason ??= end
    this.#context.writer.writeTo(this.transport)
    this.#endExchange()
    this.#parser = undefined
    this.#pendingInput = undefined
    this.#move(move)
    this.transport.end()
    if (this.transport.queuedBytes > 0) this.armWriteTimeout()
    else this.arm('close', this.#context.config.lingerTimeoutMs)
    return false
  }

  #move(move: Move): void {
    this.#state = nextState(this.#state, move)
  }

  #endExchange(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    this.resetForNextRequest()
    exchange.close()
    const durationMs = this.#context.clock.monotonicMs() - this.#exchangeStartMs
    if (exchange.status !== 0 && exchange.isLogged)
      this.#logResponse(exchange.status, exchange.bodyBytes, exchange.head, durationMs)
  }

  #logResponse(
    status: number,
    bytes: number,
    head: RequestHead | undefined,
    durationMs: number,
  ): void {
    const { logResponse, clock } = this.#context
    if (logResponse === undefined) return
    const remoteAddress =
      head === undefined ? this.transport.remoteAddress : this.clientAddress(head)
    logResponse({ remoteAddress, wallMs: clock.wallMs(), durationMs, status, bytes, head })
  }

  /** Why no request may follow the answer that was given. */
  #closeReasonAfter(exchange: Exchange, parser: RequestParser): CloseReason {
    if (exchange.hasFailed) return 'answer-failed'
    if (!parser.keepAlive) return 'client-closed'
    if (this.canKeepAlive) return 'content-unwanted'
    return this.#context.isDraining ? 'drained' : 'requests-max'
  }

  #refuseHandlerTimeout(exchange: Exchange): void {
    // It may have begun without a word to the connection, and have nothing to be taken.
    if (!exchange.isPending) return
    this.#context.logHandlerTimeout(`${exchange.head.method} ${exchange.head.target}`)
    this.#refuse(StatusCode.GatewayTimeout, 'The answer was not ready in time.', 'handler-timeout')
  }

  /** Gives back what was lent, holds or resumes reading, and sets the deadline. */
  #updateFlowControl(): void {
    const { config, isDraining, writer } = this.#context
    writer.writeTo(this.transport)
    if (this.#corked) {
      this.#corked = false
      this.transport.uncork()
    }
    const parser = this.#parser
    if (parser !== undefined) {
      // Only an idle connection's parser is pooled: an endpoint may still hold the head of any other.
      if (this.#state === 'idle' && parser.atBoundary) {
        this.#context.parsers.give(parser)
        this.#parser = undefined
      } else parser.release()
    }
    if (this.#state === 'idle') {
      if (this.#parser !== undefined) {
        this.#move('begin')
        this.arm('head', config.headTimeoutMs)
      } else if (this.#inputEnded) this.#close('leave', 'client-closed')
      else if (this.transport.queuedBytes > 0) this.armWriteTimeout()
      else {
        this.pauseWriteTimeout()
        // A FIN now could cross a request that was sent on the strength of our last answer.
        this.arm('request', isDraining ? config.drainIdleMs : config.idleTimeoutMs)
      }
    } else if (this.#state === 'exchange') this.#updateExchangeTimeout(this.#exchange!)
    this.#pauseReading(this.#pendingInput !== undefined || (this.#parser?.unreadBytes ?? 0) > 0)
  }

  /** Waits for the client to send, or else to take, or else for the endpoint to begin its answer. */
  #updateExchangeTimeout(exchange: Exchange): void {
    if (exchange.readsContent && this.#parser?.wantsBytes === true) return this.armBodyTimeout()
    this.pauseBodyTimeout()
    if (this.transport.queuedBytes > 0) {
      this.armWriteTimeout()
      return
    }
    this.pauseWriteTimeout()
    const { handlerTimeoutMs } = this.#context.config
    if (exchange.isPending && !exchange.noHandlerTimeout && handlerTimeoutMs > 0)
      this.armHandlerTimeout(handlerTimeoutMs)
    else this.disarm()
  }

  #pauseReading(hold: boolean): void {
    if (hold === this.#paused) return
    this.#paused = hold
    if (hold) this.transport.pause()
    else this.transport.resume()
  }
}
