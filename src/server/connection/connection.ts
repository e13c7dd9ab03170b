import {
  Event,
  KnownField,
  type ParseError,
  type RequestHead,
  type RequestParser,
} from '../../parser/index.ts'
import { type FieldLine, StatusCode } from '../../response/index.ts'
import { NO_RULES, siteHeaders } from '../../response/site-rules.ts'
import type { ConnectionLimit } from '../admission.ts'
import type { ServerContext } from '../server-context.ts'
import type { Transport, TransportHandler } from '../transport/transport.ts'
import type { CloseReason } from './close-reason.ts'
import { type ConnectionState, type Move, nextState } from './connection-state.ts'
import { ConnectionTimeouts, type TimeoutKind } from './connection-timeouts.ts'
import { Exchange, type ExchangeConnection } from './exchange.ts'
import { HalfClosedWatch } from './half-closed-watch.ts'
import type { OpenConnection } from './open-connection.ts'
import {
  CONTENT_TOO_SLOW,
  HANDLER_TIMEOUT,
  HEAD_TIMEOUT,
  type Refusal,
  writeRefusal,
} from './refusal.ts'
import type { RequestReader } from './request-reader.ts'

type SentResponse = Parameters<ServerContext['responseLog']['write']>[0]

/** The fields of a request that was refused before its head was complete. */
const NO_FIELDS = { field: () => undefined }

/**
 * While an exchange waits, input is read up to this size, so that the end of the connection is seen
 * at once.
 */
const UNREAD_BYTES_MAX = 64 * 1024

/**
 * One client. Bytes arrive, the parser turns them into events, each request becomes an `Exchange`,
 * one at a time and in order. Whatever happens to a connection enters through one of the public
 * methods and ends in `advance()`, which reads on as far as possible; then `#updateFlowControl()`
 * releases borrowed bytes, pauses or resumes reading, and arms a timeout.
 */
export class Connection implements OpenConnection, TransportHandler, ExchangeConnection {
  readonly transport: Transport
  /** Whether its address was within its limit of connections. */
  readonly isAdmitted: boolean
  readonly #context: ServerContext
  readonly timeouts: ConnectionTimeouts
  #state: ConnectionState = 'idle'
  /** Undefined while the connection is idle. */
  #reader: RequestReader | undefined
  #exchange: Exchange | undefined
  #exchangeStartMs = 0
  /** Set while there is an exchange with a client that has sent FIN. */
  #halfClosedWatch: HalfClosedWatch | undefined
  #inputEnded = false
  #paused = false
  #corked = false
  #advancing = false
  #requests = 0
  /** Why the connection closes, once that is known. */
  #closeReason: CloseReason | undefined

  constructor(transport: Transport, context: ServerContext) {
    this.transport = transport
    this.#context = context
    this.timeouts = new ConnectionTimeouts(transport, context, this)
    context.admission.add(this)
    this.isAdmitted = context.admission.acquireAddress(transport.remoteAddress)
    this.#updateFlowControl()
  }

  onData(bytes: Uint8Array, from: number, to: number): void {
    if (this.#state === 'lingering') return this.timeouts.extendLinger()
    if (this.#state === 'closed') return
    this.timeouts.countBodyBytes(to - from)
    this.#reader ??= this.#context.readers.take()
    this.#reader.add(bytes, from, to)
    this.advance()
  }

  onEnd(): void {
    this.#inputEnded = true
    this.#watchHalfClosed()
    this.advance()
  }

  onDrain(): void {
    if (this.#state === 'lingering') this.timeouts.armForClose()
    this.advance()
  }

  onClose(): void {
    if (this.#state === 'closed') return
    this.#move('closed')
    this.#closeReason ??= 'reset'
    this.#endExchange()
    this.#reader = undefined
    this.timeouts.disarm()
    const { admission, closeReasons } = this.#context
    const { remoteAddress } = this.transport
    admission.remove(this)
    if (this.isAdmitted) admission.releaseAddress(remoteAddress)
    closeReasons.count(this.#closeReason, remoteAddress)
  }

  onTimeout(kind: TimeoutKind): void {
    switch (kind) {
      case 'idle':
        this.#close('leave', this.#context.lifecycle.isDraining ? 'drained' : 'idle-timeout')
        return
      case 'head':
        this.#refuse(HEAD_TIMEOUT)
        return
      case 'body':
        this.#refuse(CONTENT_TOO_SLOW)
        return
      case 'write':
        if (this.transport.queuedBytes > 0) this.abort('reader-too-slow')
        else if (this.#state === 'lingering') this.timeouts.armForClose()
        else this.#updateFlowControl()
        return
      case 'handler':
        this.#refuseHandlerTimeout(this.#exchange!)
        return
      case 'close':
        this.transport.destroy()
        return
    }
  }

  drain(): void {
    this.#updateFlowControl()
  }

  /**
   * Responds 503 to whatever is requested, and closes; without a response if too many are rejected.
   */
  rejectOverLimit(limit: ConnectionLimit): void {
    const { admission } = this.#context
    if (this.#state !== 'idle') return
    if (!admission.canReject) {
      this.abort('dropped')
      // Now: bytes that have arrived are not read.
      return this.onClose()
    }
    admission.reject(this)
    this.#refuse([StatusCode.ServiceUnavailable, 'Too many connections are open.', limit])
  }

  abort(reason: CloseReason): void {
    this.#closeReason ??= reason
    this.transport.destroy()
  }

  get canKeepAlive(): boolean {
    const { config, lifecycle } = this.#context
    return !lifecycle.isDraining && this.#requests < config.requestsMax
  }

  advance(): void {
    // An endpoint that responds at once calls this from within the loop, which continues anyway.
    if (this.#advancing || this.#state === 'closed') return
    this.#advancing = true
    try {
      while (this.#state !== 'lingering' && this.#reader !== undefined && this.#step(this.#reader));
    } finally {
      this.#advancing = false
    }
    this.#updateFlowControl()
  }

  /** Handles one event. Returns false if nothing more can be done until something else happens. */
  #step(reader: RequestReader): boolean {
    const { parser } = reader
    const exchange = this.#exchange
    if (exchange !== undefined) {
      if (exchange.isCutShort) return this.#reset()
      if (exchange.closesConnection)
        return this.#close('last', this.#closeReasonAfter(exchange, parser))
      if (exchange.isOver) {
        if (this.#isQueueFull()) return false
        this.#endExchange()
        this.#move('over')
        return true
      }
      if (!exchange.readsContent) return false
    }
    switch (reader.next(this.#inputEnded)) {
      case Event.Head:
        this.#requests++
        this.#respond(parser)
        return true
      case Event.Content:
        return (
          exchange!.takeContent(parser.bytes, parser.from, parser.to) ||
          this.#close('last', 'content-unwanted')
        )
      case Event.Trailers:
        exchange!.takeTrailers(parser.trailers)
        return true
      case Event.End:
        exchange!.endContent()
        return true
      case Event.NeedMore:
        return false
      case Event.Failed:
        return this.#refuseMessage(parser.error!)
      case Event.Closed:
        return this.#close('leave', 'client-closed')
    }
  }

  /** Whether the next request waits until earlier responses are mostly sent. */
  #isQueueFull(): boolean {
    const { queuedBytesMax } = this.#context.config
    if (this.transport.queuedBytes < queuedBytesMax) return false
    // The kernel may accept at once what is only held back to go out together.
    this.#uncork()
    return this.transport.queuedBytes >= queuedBytesMax
  }

  #uncork(): void {
    if (!this.#corked) return
    this.#corked = false
    this.transport.uncork()
  }

  /** Responds from the response cache, or opens an exchange for the request's endpoint. */
  #respond(parser: RequestParser): void {
    const keepAlive = parser.keepAlive && this.canKeepAlive
    if (!this.#sendCached(parser, keepAlive)) return this.#open(parser)
    // Its End: the request has no content.
    parser.next()
    this.#move('cached')
    this.timeouts.resetForNextRequest()
    if (!keepAlive)
      this.#close('leave', parser.keepAlive ? this.#serverCloseReason : 'client-closed')
  }

  /** Responds from the response cache, without allocating anything. */
  #sendCached(parser: RequestParser, keepAlive: boolean): boolean {
    const { responseCache, coalescer, dispatcher, responseLog, metrics, config, clock, date } =
      this.#context
    if (responseCache === undefined || parser.contentLength !== 0) return false
    if (this.transport.queuedBytes >= config.queuedBytesMax) return false
    const request = parser.head
    const entry =
      responseCache.find(request, clock.monotonicMs()) ??
      dispatcher.findShared(request, this.#context)
    const { next } = coalescer
    if (entry === undefined || !entry.select(request, next)) return false
    next.keepAlive = keepAlive
    next.minorVersion = request.minorVersion
    if (!coalescer.add(this.transport, date.value())) {
      // Its file may have changed.
      entry.expire()
      return false
    }
    if (metrics !== undefined) metrics.countCached(next.head!.status, request.length, next.bytesOut)
    if (responseLog.isEnabled) {
      const remoteAddress = this.#clientAddress(request)
      const closes = parser.keepAlive ? this.#serverCloseReason : 'client-closed'
      this.#logResponse({
        remoteAddress,
        head: request,
        status: next.head!.status,
        bytes: next.body === undefined ? 0 : next.to - next.from,
        bytesIn: request.length,
        bytesOut: next.bytesOut,
        durationMs: 0,
        refusal: undefined,
        closeReason: keepAlive ? undefined : closes,
      })
    }
    return true
  }

  #open(parser: RequestParser): void {
    const { coalescer, clock, config, date, dispatcher } = this.#context
    coalescer.flush(this.transport)
    this.#move('head')
    // More bytes than this head have arrived: the responses to what they hold go out together.
    if (!this.#corked && parser.unreadBytes > 0) {
      this.#corked = true
      this.transport.cork()
    }
    const { head } = parser
    const exchange = new Exchange(
      {
        transport: this.transport,
        date,
        remoteAddress: this.#clientAddress(head),
        // The parser refuses content beyond contentBytesMax, so that cannot be discarded either.
        discardBytesMax: Math.min(config.discardBytesMax, config.contentBytesMax),
        connection: this,
        timing: config.serverTiming ? serverTiming() : undefined,
      },
      parser,
    )
    this.#exchange = exchange
    this.#exchangeStartMs = clock.monotonicMs()
    if (this.#inputEnded) this.#watchHalfClosed()
    dispatcher.prepare(exchange, this.#context)
    const expects = (head.present & (1 << KnownField.Expect)) !== 0 && head.minorVersion > 0
    // RFC 9110 §10.1.1: 100-continue is the only expectation that is defined.
    if (expects && !parser.expectContinue) {
      exchange.refusal = 'expectation-unknown'
      exchange.fail(StatusCode.ExpectationFailed)
    } else dispatcher.dispatch(exchange, this.#context)
  }

  #refuseMessage({ status, code, message }: ParseError): boolean {
    const reason = code === 'unexpected-end' ? 'cut-short' : 'parse-error'
    return this.#refuse([status as StatusCode, `${code}: ${message}`, reason, code])
  }

  /** Responds with an error, unless the current exchange has begun its response, and closes. */
  #refuse(refusal: Refusal): boolean {
    const [status, sentence, reason, code = reason] = refusal
    this.#closeReason ??= reason
    if (this.#exchange !== undefined) {
      this.#exchange.refusal ??= code
      this.#exchange.refuse(status, sentence)
      return true
    }
    const { coalescer, config, date } = this.#context
    coalescer.flush(this.transport)
    const headers = siteHeaders(config, NO_RULES, '', NO_FIELDS)
    const { bodyBytes, sentBytes } = writeRefusal(this.transport, refusal, date.value(), headers)
    const { remoteAddress } = this.transport
    this.#context.refusals.count({ code, status, remoteAddress, request: undefined })
    this.#context.metrics?.count(0, status, 0, sentBytes, 0)
    this.#logResponse({
      remoteAddress,
      head: undefined,
      status,
      bytes: bodyBytes,
      bytesIn: 0,
      bytesOut: sentBytes,
      durationMs: 0,
      refusal: code,
      closeReason: reason,
    })
    return this.#close('refuse', reason)
  }

  #refuseHandlerTimeout(exchange: Exchange): void {
    // The response may have begun without a byte in the queue.
    if (!exchange.isPending) return
    const { config, logError } = this.#context
    const { method, target } = exchange.head
    logError(new Error(`no response within ${config.handlerTimeoutMs} ms`), `${method} ${target}`)
    this.#refuse(HANDLER_TIMEOUT)
  }

  /**
   * Resets the connection, so that the client cannot mistake what it has for the whole response.
   */
  #reset(): false {
    this.#closeReason ??= 'response-failed'
    this.transport.reset()
    this.onClose()
    return false
  }

  #watchHalfClosed(): void {
    if (this.#exchange === undefined) return
    const abort = (): void => {
      this.#closeReason ??= 'half-closed-timeout'
      this.#reset()
    }
    this.#halfClosedWatch = new HalfClosedWatch(
      this.#exchange,
      this.transport,
      this.#context,
      abort,
    )
  }

  /**
   * Sends FIN behind what is queued. Further input is discarded as long as it comes: unread bytes
   * would make the kernel send RST and destroy the response, before a client has read it that first
   * sends all of a large request.
   */
  #close(move: Move, reason: CloseReason): false {
    this.#closeReason ??= reason
    this.#context.coalescer.flush(this.transport)
    this.#endExchange()
    this.#poolReader()
    this.#reader = undefined
    this.#move(move)
    this.transport.end()
    this.timeouts.armForClose()
    return false
  }

  /** Only an idle connection's reader is pooled: an endpoint may still hold the head of another. */
  #poolReader(): void {
    const reader = this.#reader
    if (this.#state !== 'idle' || reader === undefined || !reader.parser.atBoundary) return
    this.#context.readers.give(reader)
    this.#reader = undefined
  }

  #move(move: Move): void {
    this.#state = nextState(this.#state, move)
  }

  #endExchange(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    this.#halfClosedWatch?.stop()
    this.#halfClosedWatch = undefined
    this.timeouts.resetForNextRequest()
    exchange.close()
    const durationMs = this.#context.clock.monotonicMs() - this.#exchangeStartMs
    const { status, head, refusal, remoteAddress } = exchange
    if (refusal !== undefined) {
      const request = `${head.method} ${head.target}`
      this.#context.refusals.count({ code: refusal, status, remoteAddress, request })
    }
    if (status === 0) return
    const bytesIn = head.length + exchange.receivedBytes
    const { endpoint, sentBytes } = exchange
    this.#context.metrics?.count(endpoint, status, bytesIn, sentBytes, durationMs)
    if (!exchange.isLogged) return
    this.#logResponse({
      remoteAddress,
      head,
      status,
      bytes: exchange.bodyBytes,
      bytesIn,
      bytesOut: sentBytes,
      durationMs,
      refusal,
      closeReason: this.#closeReason,
    })
  }

  #logResponse(response: Omit<SentResponse, 'wallMs'>): void {
    const { responseLog, clock } = this.#context
    if (responseLog.isEnabled) responseLog.write({ ...response, wallMs: clock.wallMs() })
  }

  /** The address of the client that sent a request, behind trusted proxies too. */
  #clientAddress(head: RequestHead): string {
    const { remoteAddress } = this.transport
    return this.#context.trustedProxies?.clientAddress(remoteAddress, head) ?? remoteAddress
  }

  /** Why no request may follow this response. */
  #closeReasonAfter(exchange: Exchange, parser: RequestParser): CloseReason {
    if (exchange.hasFailed) return 'response-failed'
    if (!parser.keepAlive) return 'client-closed'
    return this.canKeepAlive ? 'content-unwanted' : this.#serverCloseReason
  }

  /** Why the server lets no request follow. */
  get #serverCloseReason(): CloseReason {
    return this.#context.lifecycle.isDraining ? 'drained' : 'requests-max'
  }

  /** Releases borrowed bytes, pauses or resumes reading, and arms the timeout. */
  #updateFlowControl(): void {
    this.#context.coalescer.flush(this.transport)
    this.#uncork()
    this.#poolReader()
    this.#reader?.parser.release()
    if (this.#state === 'idle') this.#waitForRequest()
    else if (this.#state === 'exchange') {
      const exchange = this.#exchange!
      const awaitsContent = exchange.readsContent && this.#reader?.parser.wantsBytes === true
      this.timeouts.armForExchange(exchange, awaitsContent)
    }
    this.#pauseReading((this.#reader?.unreadBytes ?? 0) >= UNREAD_BYTES_MAX)
  }

  #waitForRequest(): void {
    const parser = this.#reader?.parser
    // An empty line is not yet a request, and a 408 would be taken for the response to the next.
    if (parser !== undefined && !parser.awaitsRequestLine) {
      this.#move('begin')
      this.timeouts.arm('head', this.#context.config.headTimeoutMs)
    } else if (this.#inputEnded) this.#close('leave', 'client-closed')
    else this.timeouts.armForRequest(parser !== undefined)
  }

  #pauseReading(pause: boolean): void {
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) this.transport.pause()
    else this.transport.resume()
  }
}

/** Starts to measure a request. The value is in milliseconds, from its head to the response's. */
function serverTiming(): () => FieldLine {
  const start = process.hrtime.bigint()
  return () => {
    const durationMs = Number(process.hrtime.bigint() - start) / 1e6
    return ['Server-Timing', `total;dur=${durationMs.toFixed(3)}`]
  }
}
