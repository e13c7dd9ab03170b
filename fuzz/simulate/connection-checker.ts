import type { ReceivedResponse } from '../received-response.ts'
import { ResponseReader } from '../response-reader.ts'
import { checkClose } from './check-close.ts'
import { checkDeadline } from './check-deadlines.ts'
import { checkHead } from './check-head.ts'
import { checkResponse } from './check-response.ts'
import { ConnectionRecord } from './connection-record.ts'
import type { Finding, PropertyName } from './properties.ts'
import type { SentRequest } from './sent-request.ts'
import { SimTransport, type TransportObserver } from './sim-transport.ts'
import type { SimulationContext } from './simulation-context.ts'

/** Heads and file buffers may be queued in addition to `queuedBytesMax` and one file. */
const QUEUE_SLACK_BYTES = 160 * 1024
/** As long as no more input is buffered, and one read more, the server reads on. */
const UNREAD_BYTES_MAX = 64 * 1024

export type ConnectionCheckerOptions = {
  /** The id of the client. */
  readonly id: string
  readonly kernelBytes: number
  /** Is called when the client may read. */
  readonly onReadable: () => void
  /** Whether the server's transport is a raw handle, and no socket. */
  readonly isRaw: boolean
  /** Whether the direct writer of a socket handles the next write. */
  readonly writesDirectly: () => boolean
}

/** Observes the requests and responses of one connection and checks the properties. */
export class ConnectionChecker implements TransportObserver {
  readonly transport: SimTransport
  readonly record: ConnectionRecord
  readonly #options: ConnectionCheckerOptions
  readonly #context: SimulationContext
  readonly #reader = new ResponseReader()
  /** The response whose head was read last. */
  #response: ReceivedResponse | undefined
  #isUnreadable = false

  constructor(options: ConnectionCheckerOptions, context: SimulationContext) {
    this.#options = options
    this.#context = context
    this.transport = new SimTransport(this, options)
    this.record = new ConnectionRecord(this.transport, context)
  }

  // Events of the transport.

  get log(): ((text: string) => void) | undefined {
    const { timeline } = this.#context
    return timeline && (text => timeline.add(this.#options.id, text))
  }

  reportViolation(property: PropertyName, message: string): void {
    this.#context.reportViolation(property, message, this.#options.id)
  }

  soon(act: () => void): void {
    this.#context.soon(act)
  }

  writesDirectly(): boolean {
    return this.#options.writesDirectly()
  }

  onReadable(): void {
    const { record, transport } = this
    record.lastFlushUs = this.#context.clock.nowUs
    if (transport.hasSentFin) record.finUs = record.lastFlushUs
    this.#options.onReadable()
  }

  onReceive(bytes: number): void {
    this.record.noteReceived(bytes)
  }

  onFin(): void {
    this.record.clientFinUs = this.#context.clock.nowUs
  }

  onWrite(bytes: Uint8Array): void {
    this.#context.transportCalls++
    const { record } = this
    if (record.hasAnnouncedClose)
      this.reportViolation('closing', 'the server writes after a response with Connection: close')
    record.lastWriteUs = this.#context.clock.nowUs
    record.writtenBytes += bytes.length
    // The server uses its buffers again.
    this.#reader.push(Buffer.from(bytes))
    this.#readResponses()
  }

  onClosing(method: 'end' | 'destroy' | 'reset'): void {
    this.#context.transportCalls++
    this.log?.(`server calls ${method}()`)
    if (method === 'end') this.#endResponses()
    this.#report(checkClose(method, this.record, this.#context))
    if (method === 'end') this.record.endUs = this.#context.clock.nowUs
  }

  // Checks after events and ticks.

  /** The phase and what else distinguishes the state of a connection. */
  get state(): string {
    const { transport, record } = this
    const details = [
      transport.isPaused ? 'paused' : '',
      transport.queuedBytes > 0 ? 'queued' : '',
      transport.hasReceivedFin ? 'half-closed' : '',
      this.#context.isDraining ? 'draining' : '',
    ]
    return [record.phase, ...details].filter(Boolean).join(' ')
  }

  /** Checks what must hold after every event. */
  check(): void {
    const { transport, record } = this
    if (transport.isDestroyed) return
    record.noteQueue()
    this.#checkQueue()
    if (record.hasAnnouncedClose && !transport.isEnded && transport.queuedBytes === 0)
      this.reportViolation(
        'closing',
        'the connection stays open after a response with Connection: close',
      )
    if (!transport.isEnded) this.#checkProgress()
  }

  /** Checks what must hold after every tick of the timer wheel. */
  checkDeadlines(): void {
    const message = checkDeadline(this.record, this.#context)
    if (message !== undefined) this.reportViolation('deadlines', message)
  }

  #checkQueue(): void {
    const { corks, queuedBytes } = this.transport
    const { scenario, largestFileBytes } = this.#context
    if (corks > 0) this.reportViolation('progress', 'written bytes stay corked')
    if (queuedBytes > scenario.config.queuedBytesMax + largestFileBytes + QUEUE_SLACK_BYTES)
      this.reportViolation('memory', `${queuedBytes} bytes are queued`)
  }

  #checkProgress(): void {
    const { transport, record } = this
    const { phase, nextRequest } = record
    if ((phase === 'idle' || phase === 'head') && transport.isPaused)
      this.reportViolation('progress', `reading is paused in phase "${phase}"`)
    if (nextRequest === undefined || record.isRejected) return
    const { plan, end } = nextRequest
    const unreadBytes = record.receivedBytes - end
    if (unreadBytes >= UNREAD_BYTES_MAX && !transport.isPaused)
      this.reportViolation('memory', `the server reads on with ${unreadBytes} bytes unread`)
    if (transport.isPaused && record.receivedBytes - nextRequest.headEnd < UNREAD_BYTES_MAX)
      this.reportViolation('progress', 'reading is paused, so that a reset is not noticed')
    const isStuck =
      phase === 'working' && this.#context.operations.pending === 0 && !transport.hasInput
    if (isStuck && plan.kind !== 'sleep')
      this.reportViolation('progress', `${plan.id} has no response and no operation is pending`)
  }

  #report(finding: Finding | undefined): void {
    if (finding !== undefined) this.reportViolation(...finding)
  }

  // Responses.

  /** Checks what can be read, up to the first error. */
  #readResponses(): void {
    while (!this.#isUnreadable) {
      const { method, minor } = this.#respondsTo()
      const response = this.#reader.next(method)
      const begun = response ?? this.#reader.partial
      if (begun !== undefined && begun !== this.#response) {
        this.#response = begun
        this.#reportUnreadable(checkHead(begun, minor))
        if (!this.#isUnreadable) this.#onHead(begun)
      }
      this.#reportUnreadable(this.#reader.error?.reason)
      if (response === undefined || this.#isUnreadable) return
      if (!response.isInterim) this.#onResponse(response)
    }
  }

  #endResponses(): void {
    this.#reader.end()
    this.#readResponses()
    if (!this.#isUnreadable && this.#reader.unreadBytes > 0)
      this.#reportUnreadable('the connection ends within a response')
  }

  #reportUnreadable(message: string | undefined): void {
    if (message === undefined) return
    this.#isUnreadable = true
    this.reportViolation('responses', message)
  }

  /** The parts of the request that decide how the next response is framed. */
  #respondsTo(): { readonly method: string; readonly minor: number } {
    const { hasWholeHead, nextRequest } = this.record
    if (hasWholeHead && nextRequest!.plan.kind !== 'malformed') return nextRequest!.plan
    // The server has no head, or none that it can parse.
    return { method: 'GET', minor: 1 }
  }

  #onHead(response: ReceivedResponse): void {
    const { record } = this
    const { nextRequest, hasWholeHead } = record
    const { status } = response
    const closes = response.field('connection') === 'close' ? ', and closes' : ''
    this.log?.(`server responds ${status} to ${nextRequest?.plan.id ?? 'no request'}${closes}`)
    this.#context.onState(`${nextRequest?.plan.kind ?? 'no request'} ${status}`)
    if (status === 100) return this.#onContinue(nextRequest)
    this.#checkDate(response)
    const isMalformed =
      nextRequest?.plan.kind === 'malformed' &&
      record.receivedBytes > nextRequest.start &&
      status !== 408
    if (!hasWholeHead && !isMalformed) this.#checkWithoutHead(response, nextRequest)
    const request = hasWholeHead || isMalformed ? nextRequest : undefined
    record.current = { request, fromUs: record.processableUs, headUs: this.#context.clock.nowUs }
  }

  #onContinue(request: SentRequest | undefined): void {
    const isExpected = request?.plan.expectsContinue === true && !request.hasContinue
    if (isExpected && this.record.hasWholeHead) request.hasContinue = true
    else this.reportViolation('responses', 'a 100 that the client does not expect')
  }

  #onResponse(response: ReceivedResponse): void {
    const { record } = this
    const { request, ...times } = record.current!
    const { nowUs } = this.#context.clock
    record.current = undefined
    if (response.trailers.length > 0) this.reportViolation('responses', 'a response with trailers')
    if (request !== undefined && !record.isRejected) {
      const { id, kind } = request.plan
      const message =
        response.status === 408
          ? this.#checkContentTimeout(request)
          : checkResponse(request, response, times, this.#context)
      const isFile = kind === 'file' && [200, 206, 304].includes(response.status)
      if (message !== undefined)
        this.reportViolation(
          isFile ? 'file-content' : 'responses',
          `${id} ${response.status}: ${message}`,
        )
      request.respondedUs = nowUs
      record.respondedCount++
    }
    record.lastResponseUs = nowUs
    record.hasAnnouncedClose = response.field('connection') === 'close'
    record.responses.push({ end: record.writtenBytes, response, request, headUs: times.headUs })
  }

  /** Checks a response that the server sends without the whole head of a request. */
  #checkWithoutHead(response: ReceivedResponse, request: SentRequest | undefined): void {
    const { record } = this
    const { status } = response
    const report = (message: string): void => this.reportViolation('responses', message)
    if (response.field('connection') !== 'close')
      return report(`a ${status} without a request that keeps the connection open`)
    if (status === 503 && record.isRejected) return
    if (status !== 408 || request?.firstByteUs === undefined)
      return report(`a ${status} without a request`)
    const waitedMs = record.msSince(request.firstByteUs, record.lastResponseUs)
    if (waitedMs < this.#context.scenario.config.headTimeoutMs)
      this.reportViolation('deadlines', `the client had only ${waitedMs} ms to send the head`)
  }

  /** Checks a 408 to a request with a whole head. */
  #checkContentTimeout(request: SentRequest): string | undefined {
    const { record } = this
    if (record.receivedBytes >= request.end) return 'the content is complete'
    const waitedMs = record.msSince(request.headUs ?? 0, record.lastResponseUs)
    return waitedMs < this.#context.scenario.config.contentTimeoutMs
      ? `the client had only ${waitedMs} ms to send the content`
      : undefined
  }

  /** Date may be as old as the head, which is written before the file is read. */
  #checkDate(response: ReceivedResponse): void {
    const { clock } = this.#context
    const fromUs = this.record.processableUs
    if (clock.wallSetUs >= fromUs - 1_000_000) return
    const nowMs = clock.wallMs()
    const dateMs = Date.parse(response.field('date')!)
    const earliestMs = nowMs - Math.ceil((clock.nowUs - fromUs) / 1000) - 1000
    if (dateMs <= earliestMs - 1 || dateMs > nowMs)
      this.reportViolation(
        'responses',
        `Date is ${response.field('date')} at ${new Date(nowMs).toISOString()}`,
      )
  }
}
