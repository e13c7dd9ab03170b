import { Event, Field, type ParseError, type RequestHead, type RequestParser } from '../parser/index.ts'
import { StatusCode } from '../response/index.ts'
import { headBytes } from '../response/response-builder.ts'
import { planText } from '../response/response-plan.ts'
import { type ConnectionState, type Move, nextState } from './connection-state.ts'
import { Exchange, type ExchangeOwner } from './exchange.ts'
import type { ServerContext } from './server-context.ts'
import { Deadline } from './timer-wheel.ts'
import type { Wire, WireListener } from './wire.ts'

/**
 * One client. Bytes come in, the parser makes events of them, each request becomes an `Exchange`, one at a time and in order.
 * All that can happen to a connection enters by one of the methods in the first part and leaves through `advance()`, which
 * reads on as far as may be and then settles: lent bytes are given back, reading is held or resumed, a deadline is set.
 */
export class Connection extends Deadline implements WireListener, ExchangeOwner {
  readonly wire: Wire
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
  /** What the client had taken when the write deadline was set. */
  #takenBytes = 0

  constructor(wire: Wire, context: ServerContext) {
    super()
    this.wire = wire
    this.#context = context
    context.connections.add(this)
    this.#settle()
  }

  received(bytes: Uint8Array, from: number, to: number): void {
    if (this.#state === 'lingering') {
      this.#lingeredBytes += to - from
      if (this.#lingeredBytes > this.#context.config.lingerBytesMax) this.wire.destroy()
      return
    }
    if (this.#state === 'closed') return
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
    if (this.#state === 'lingering') this.#context.wheel.set(this, this.#context.config.lingerTimeoutMs)
    this.advance()
  }

  gone(): void {
    if (this.#state === 'closed') return
    this.#move('gone')
    this.#endExchange()
    this.#parser = undefined
    this.#context.wheel.clear(this)
    this.#context.connections.delete(this)
  }

  override expired(): void {
    switch (this.#state) {
      case 'idle':
        if (this.wire.queuedBytes > 0) this.#awaitWrite()
        else this.#close('leave')
        return
      case 'reading':
        this.#refuse(StatusCode.RequestTimeout, 'The head of the request did not come in time.')
        return
      case 'exchange':
        if (this.#awaitsContent()) {
          this.#refuse(StatusCode.RequestTimeout, 'The content of the request did not come in time.')
          this.advance()
        } else if (this.wire.queuedBytes > 0) this.#awaitWrite()
        return
      case 'lingering':
        if (this.wire.queuedBytes > 0) this.#awaitWrite()
        else this.wire.destroy()
        return
      case 'closed':
        return
    }
  }

  /** No request after the one at hand; an idle connection closes now. */
  drain(): void {
    this.#settle()
  }

  /** Answers 503 to whatever is asked, and closes: there are too many connections. */
  turnAway(): void {
    this.#refuse(StatusCode.ServiceUnavailable, 'The server has as many connections as it can hold.')
  }

  remoteOf(head: RequestHead): string {
    const { trustedProxies } = this.#context
    return trustedProxies === undefined ? this.wire.remote : trustedProxies.clientOf(this.wire.remote, head)
  }

  date(): string {
    return this.#context.date.value()
  }

  get mayGoOn(): boolean {
    return !this.#context.draining
  }

  get discardBytesMax(): number {
    return this.#context.config.discardBytesMax
  }

  wrote(): void {
    this.#takenBytes = this.wire.takenBytes
    this.#context.wheel.set(this, this.#context.config.writeTimeoutMs)
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
      if (exchange.isLast) return this.#close('last')
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
        if (!this.#answerReady(parser)) this.#open(parser)
        return true
      case Event.Content:
        return exchange!.takeContent(parser.bytes, parser.from, parser.to) || this.#close('last')
      case Event.Trailers:
        return true
      case Event.End:
        exchange!.endContent()
        return true
      case Event.NeedMore:
        return this.#feedParked(parser) || (this.#clientFinished && this.#finish(parser))
      case Event.Failed:
        return this.#refuseMessage(parser.error!)
      case Event.Closed:
        return this.#close('leave')
    }
  }

  /** Answers with what is ready. False: the request goes the long way. */
  #answerReady(parser: RequestParser): boolean {
    const { ready, config, clock, draining } = this.#context
    const { head } = parser
    if (ready === undefined || draining || !parser.keepAlive || parser.contentLength !== 0) return false
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
    return parser.end() === Event.Closed ? this.#close('leave') : this.#refuseMessage(parser.error!)
  }

  #refuseMessage({ status, code, message }: ParseError): boolean {
    return this.#refuse(status as StatusCode, `${code}: ${message}`)
  }

  /** Answers with an error, unless the exchange at hand has begun to answer otherwise, and closes. */
  #refuse(status: StatusCode, sentence: string): boolean {
    if (this.#exchange !== undefined) {
      this.#exchange.refuse(status, sentence)
      return true
    }
    this.#context.batch.writeTo(this.wire)
    const { fields, body } = planText(status, sentence)
    const head = headBytes(status, [
      ...fields,
      ['Date', this.date()],
      ['Content-Length', String(body.length)],
      ['Connection', 'close'],
    ])
    this.wire.cork()
    this.wire.write(head)
    this.wire.write(body)
    this.wire.uncork()
    this.#report(status, body.length, undefined, 0)
    return this.#close('refuse')
  }

  /** FIN behind what is queued; what the client still sends is discarded, lest it reset the connection under the answer. */
  #close(move: Move): false {
    this.#context.batch.writeTo(this.wire)
    this.#endExchange()
    this.#parser = undefined
    this.#parked = undefined
    this.#move(move)
    this.wire.end()
    if (this.wire.queuedBytes > 0) this.wrote()
    else this.#context.wheel.set(this, this.#context.config.lingerTimeoutMs)
    return false
  }

  #move(move: Move): void {
    this.#state = nextState(this.#state, move)
  }

  #endExchange(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
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

  /** The client has been given all the time it may take: it is cut off unless it has taken something. */
  #awaitWrite(): void {
    if (this.wire.takenBytes > this.#takenBytes) this.wrote()
    else this.wire.destroy()
  }

  /** Gives back what was lent, holds or resumes reading, and sets the deadline. */
  #settle(): void {
    const { config, wheel, draining, batch } = this.#context
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
        wheel.set(this, config.headTimeoutMs)
      } else if (this.#clientFinished || draining) this.#close('leave')
      else if (this.wire.queuedBytes > 0) this.wrote()
      else wheel.set(this, config.idleTimeoutMs)
    } else if (this.#state === 'exchange') {
      if (this.#awaitsContent()) wheel.set(this, config.contentTimeoutMs)
      else if (this.wire.queuedBytes > 0) this.wrote()
      else wheel.clear(this)
    }
    this.#holdReading(this.#parked !== undefined || (this.#parser?.unreadBytes ?? 0) > 0)
  }

  #awaitsContent(): boolean {
    return this.#exchange?.readsContent === true && this.#parser?.wantsBytes === true
  }

  #holdReading(hold: boolean): void {
    if (hold === this.#paused) return
    this.#paused = hold
    if (hold) this.wire.pause()
    else this.wire.resume()
  }
}
