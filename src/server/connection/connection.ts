import { Event, Field, type ParseError, type RequestHead, type RequestParser } from '../../parser/index.ts'
import { StatusCode } from '../../response/index.ts'
import type { Wire, WireListener } from '../transport/socket-transport.ts'
import type { ConnectionEnd } from './close-reason.ts'
import { type ConnectionState, type Move, nextState } from './connection-state.ts'
import { type Awaited, Patience } from './connection-timeouts.ts'
import { Exchange, type ExchangeOwner } from './exchange.ts'
import { writeRefusal } from './refusal.ts'
import type { ServerContext } from './server-context.ts'

/**
 * One client. Bytes come in, the parser makes events of them, each request becomes an `Exchange`, one at a time and in order.
 * All that can happen to a connection enters by one of the methods in the first part and leaves through `advance()`, which
 * reads on as far as may be and then settles: lent bytes are given back, reading is held or resumed, a deadline is set.
 */
export class Connection extends Patience implements WireListener, ExchangeOwner {
  /** Whether its address may have one more connection. */
  readonly isWelcome: boolean
  readonly #context: ServerContext
  #state: ConnectionState = 'idle'
  /** None while the connection is idle. */
  #parser: RequestParser | undefined
  #exchange: Exchange | undefined
  #exchangeStartMs = 0
  /** Bytes that came while an exchange was waiting. */
  #parked: Uint8Array | undefined
  #clientFinished = false
  #paused = false
  #corked = false
  #advancing = false
  #lingeredBytes = 0
  #requests = 0
  /** Why the connection ends, once that is known. */
  #end: ConnectionEnd | undefined

  constructor(wire: Wire, context: ServerContext) {
    super(wire, context)
    this.#context = context
    context.connections.add(this)
    this.isWelcome = context.addresses.take(wire.remote)
    this.#settle()
  }

  received(bytes: Uint8Array, from: number, to: number): void {
    if (this.#state === 'lingering') {
      this.#lingeredBytes += to - from
      if (this.#lingeredBytes > this.#context.config.lingerBytesMax) this.wire.destroy()
      return
    }
    if (this.#state === 'closed') return
    this.contentMoved(to - from)
    this.#parser ??= this.#context.parsers.take()
    if (this.#parser.wantsBytes) this.#parser.feed(bytes, from, to)
    else this.#park(bytes, from, to)
    this.advance()
  }

  finished(): void {
    this.#clientFinished = true
    this.advance()
  }

  drained(): void {
    if (this.#state === 'lingering') this.await('close', this.#context.config.lingerTimeoutMs)
    this.advance()
  }

  gone(): void {
    if (this.#state === 'closed') return
    this.#move('gone')
    this.#endExchange()
    this.#parser = undefined
    const { wheel, connections, turnedAway, addresses } = this.#context
    wheel.clear(this)
    connections.delete(this)
    turnedAway.delete(this)
    if (this.isWelcome) addresses.give(this.wire.remote)
    this.#context.ends.count(this.#end ?? 'reset', this.wire.remote)
  }

  override waitedInVain(awaited: Awaited): void {
    switch (awaited) {
      case 'request':
        this.#close('leave', this.#context.draining ? 'drained' : 'idle-timeout')
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
        if (this.wire.queuedBytes > 0) this.cutOff('reader-too-slow')
        else if (this.#state === 'lingering') this.await('close', this.#context.config.lingerTimeoutMs)
        else this.#settle()
        return
      case 'endpoint':
        this.#refuseLate(this.#exchange!)
        return
      case 'close':
        this.wire.destroy()
        return
    }
  }

  /** No request after the next one; an idle connection awaits that no longer than `drainIdleMs`. */
  drain(): void {
    this.#settle()
  }

  /** Answers 503 to whatever is asked, and closes: there are too many connections. Where too many are told so already, cuts it. */
  turnAway(limit: 'connections-max' | 'connections-per-address-max'): void {
    const { turnedAway, turnedAwayMax } = this.#context
    if (this.#state !== 'idle') return
    if (turnedAway.size >= turnedAwayMax) {
      this.cutOff('dropped')
      // At once: what has come is not read.
      return this.gone()
    }
    turnedAway.add(this)
    this.#refuse(StatusCode.ServiceUnavailable, 'There are as many connections as may be.', limit)
  }

  cutOff(end: ConnectionEnd): void {
    this.#end ??= end
    this.wire.destroy()
  }

  remoteOf(head: RequestHead): string {
    const { trustedProxies } = this.#context
    return trustedProxies === undefined ? this.wire.remote : trustedProxies.clientOf(this.wire.remote, head)
  }

  date(): string {
    return this.#context.date.value()
  }

  get mayGoOn(): boolean {
    return !this.#context.draining && this.#requests < this.#context.config.requestsMax
  }

  get discardBytesMax(): number {
    const { discardBytesMax, contentBytesMax } = this.#context.config
    // What the parser refuses cannot be discarded either.
    return Math.min(discardBytesMax, contentBytesMax)
  }

  wrote(): void {
    if (this.wire.queuedBytes > 0) this.awaitReader()
  }

  breakOff(): void {
    this.#end ??= 'answer-failed'
    this.wire.reset()
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
    this.#settle()
  }

  /** One event. False: nothing more can be done before something else happens. */
  #step(parser: RequestParser): boolean {
    const exchange = this.#exchange
    if (exchange !== undefined) {
      if (exchange.isLast) return this.#close('last', this.#whyLast(exchange, parser))
      if (exchange.isOver) {
        // No further request before the answers to those before it are on their way.
        if (this.wire.queuedBytes >= this.#context.config.queuedBytesMax) return false
        this.#endExchange()
        this.#move('over')
        return true
      }
      if (!exchange.readsContent) return false
    }
    switch (parser.next()) {
      case Event.Head:
        this.#requests++
        if (!this.#answerReady(parser)) this.#open(parser)
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
        return this.#feedParked(parser) || (this.#clientFinished && this.#finish(parser))
      case Event.Failed:
        return this.#refuseMessage(parser.error!, 'parse-error')
      case Event.Closed:
        return this.#close('leave', 'client-closed')
    }
  }

  /** Answers with what is ready. False: the request goes the long way. */
  #answerReady(parser: RequestParser): boolean {
    const { ready, config, clock } = this.#context
    const { head } = parser
    if (ready === undefined || !this.mayGoOn || !parser.keepAlive || parser.contentLength !== 0) return false
    if (this.wire.queuedBytes >= config.queuedBytesMax) return false
    const entry = ready.find(head, clock.monotonicMs())
    const answer = entry && ready.answerFor(entry, head)
    if (answer === undefined) return false
    const isWhole = answer === entry!.whole
    const body = isWhole ? entry!.body : undefined
    this.#context.batch.send(this.wire, answer, body, this.date(), parser.unreadBytes > 0)
    if (this.#context.report !== undefined)
      this.#report(answer.status, isWhole ? entry!.bodyBytes : 0, head, 0)
    // Its End: it has no content.
    parser.next()
    this.#move('answered')
    return true
  }

  #open(parser: RequestParser): void {
    this.#context.batch.writeTo(this.wire)
    this.#move('head')
    // More than this head has come, so maybe more requests: their answers go out together.
    if (!this.#corked && parser.unreadBytes > 0) {
      this.#corked = true
      this.wire.cork()
    }
    const exchange = new Exchange(this, parser)
    this.#exchange = exchange
    this.#exchangeStartMs = this.#context.clock.monotonicMs()
    const expects = (parser.head.present & (1 << Field.Expect)) !== 0 && parser.head.minorVersion > 0
    // RFC 9110 §10.1.1: no other expectation is known.
    if (expects && !parser.expectContinue) exchange.fail(StatusCode.ExpectationFailed)
    else this.#context.dispatch(exchange)
  }

  #park(bytes: Uint8Array, from: number, to: number): void {
    const parked = this.#parked ?? new Uint8Array(0)
    this.#parked = new Uint8Array(parked.length + to - from)
    this.#parked.set(parked)
    this.#parked.set(bytes.subarray(from, to), parked.length)
  }

  #feedParked(parser: RequestParser): boolean {
    if (this.#parked === undefined) return false
    parser.feed(this.#parked)
    this.#parked = undefined
    return true
  }

  /** All that the client has sent is read. */
  #finish(parser: RequestParser): boolean {
    return parser.end() === Event.Closed
      ? this.#close('leave', 'client-closed')
      : this.#refuseMessage(parser.error!, 'cut-short')
  }

  #refuseMessage({ status, code, message }: ParseError, end: ConnectionEnd): boolean {
    return this.#refuse(status as StatusCode, `${code}: ${message}`, end)
  }

  /** Answers with an error, unless the exchange at hand has begun to answer otherwise, and closes. */
  #refuse(status: StatusCode, sentence: string, end: ConnectionEnd): boolean {
    this.#end ??= end
    if (this.#exchange !== undefined) {
      this.#exchange.refuse(status, sentence)
      return true
    }
    this.#context.batch.writeTo(this.wire)
    const bodyBytes = writeRefusal(this.wire, status, sentence, this.date())
    this.#report(status, bodyBytes, undefined, 0)
    return this.#close('refuse', end)
  }

  /** FIN behind what is queued; what the client still sends is discarded, lest it reset the connection under the answer. */
  #close(move: Move, end: ConnectionEnd): false {
    this.#end ??= end
    this.#context.batch.writeTo(this.wire)
    this.#endExchange()
    this.#parser = undefined
    this.#parked = undefined
    this.#move(move)
    this.wire.end()
    if (this.wire.queuedBytes > 0) this.awaitReader()
    else this.await('close', this.#context.config.lingerTimeoutMs)
    return false
  }

  #move(move: Move): void {
    this.#state = nextState(this.#state, move)
  }

  #endExchange(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    this.beginAnew()
    exchange.close()
    const durationMs = this.#context.clock.monotonicMs() - this.#exchangeStartMs
    if (exchange.status !== 0 && exchange.isLogged)
      this.#report(exchange.status, exchange.bodyBytes, exchange.head, durationMs)
  }

  #report(status: number, bytes: number, head: RequestHead | undefined, durationMs: number): void {
    const { report, clock } = this.#context
    if (report === undefined) return
    const remote = head === undefined ? this.wire.remote : this.remoteOf(head)
    report({ remote, wallMs: clock.wallMs(), durationMs, status, bytes, head })
  }

  /** Why no request may follow the answer that was given. */
  #whyLast(exchange: Exchange, parser: RequestParser): ConnectionEnd {
    if (exchange.hasFailed) return 'answer-failed'
    if (!parser.keepAlive) return 'client-closed'
    if (this.mayGoOn) return 'content-unwanted'
    return this.#context.draining ? 'drained' : 'requests-max'
  }

  #refuseLate(exchange: Exchange): void {
    // It may have begun without a word to the connection, and have nothing to be taken.
    if (!exchange.isDue) return
    this.#context.reportLate(`${exchange.head.method} ${exchange.head.target}`)
    this.#refuse(StatusCode.GatewayTimeout, 'The answer was not ready in time.', 'handler-timeout')
  }

  /** Gives back what was lent, holds or resumes reading, and sets the deadline. */
  #settle(): void {
    const { config, draining, batch } = this.#context
    batch.writeTo(this.wire)
    if (this.#corked) {
      this.#corked = false
      this.wire.uncork()
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
        this.await('head', config.headTimeoutMs)
      } else if (this.#clientFinished) this.#close('leave', 'client-closed')
      else if (this.wire.queuedBytes > 0) this.awaitReader()
      else {
        this.readerRests()
        // A FIN now could cross a request that was sent on the strength of our last answer.
        this.await('request', draining ? config.drainIdleMs : config.idleTimeoutMs)
      }
    } else if (this.#state === 'exchange') this.#settleExchange(this.#exchange!)
    this.#holdReading(this.#parked !== undefined || (this.#parser?.unreadBytes ?? 0) > 0)
  }

  /** Waits for the client to send, or else to take, or else for the endpoint to begin its answer. */
  #settleExchange(exchange: Exchange): void {
    if (exchange.readsContent && this.#parser?.wantsBytes === true) return this.awaitContent()
    this.contentRests()
    if (this.wire.queuedBytes > 0) {
      this.awaitReader()
      return
    }
    this.readerRests()
    const { handlerTimeoutMs } = this.#context.config
    if (exchange.isDue && !exchange.mayTakeLong && handlerTimeoutMs > 0) this.awaitEndpoint(handlerTimeoutMs)
    else this.awaitNothing()
  }

  #holdReading(hold: boolean): void {
    if (hold === this.#paused) return
    this.#paused = hold
    if (hold) this.wire.pause()
    else this.wire.resume()
  }
}
