import type { ReceivedResponse } from '../received-response.ts'
import { isChunked, type SentRequest } from './sent-request.ts'
import type { SimTransport } from './sim-transport.ts'
import type { SimulationContext } from './simulation-context.ts'

const US_PER_MS = 1000

/** The activity of a connection, as far as it shows from outside. */
export type Phase =
  | 'idle'
  | 'head'
  /** Content is outstanding, for an endpoint or to be discarded. */
  | 'content'
  /** The server has everything it needs for the response. */
  | 'working'
  | 'writing'
  /** The server has called `end` and its last bytes are queued. */
  | 'ending'
  | 'lingering'
  | 'closed'

/** A response that is complete. */
export type CompleteResponse = {
  /** Where it ends, in bytes that the server has written. */
  readonly end: number
  readonly response: ReceivedResponse
  /** The request; undefined for a response to none, such as a 408. */
  readonly request: SentRequest | undefined
  /** When the server wrote its head. */
  readonly headUs: number
}

/** When the server could first process the request, and when it wrote the head of the response. */
export type ResponseTimes = { readonly fromUs: number; readonly headUs: number }

/** The history of one connection: bytes, requests, responses, and the times of each. */
export class ConnectionRecord {
  readonly transport: SimTransport
  readonly requests: SentRequest[] = []
  readonly responses: CompleteResponse[] = []
  /** Whether the server rejects the connection because too many are open. */
  isRejected = false
  /** Whether a complete response said `Connection: close`. */
  hasAnnouncedClose = false
  /** Bytes that the server has read. */
  receivedBytes = 0
  writtenBytes = 0
  /** How many requests have a complete response. */
  respondedCount = 0
  /** The response that has begun and is not complete. */
  current: (ResponseTimes & { readonly request: SentRequest | undefined }) | undefined
  readonly connectUs: number
  lastReceiveUs: number
  lastWriteUs: number
  /** When the kernel last accepted bytes. */
  lastFlushUs: number
  lastResponseUs: number
  endUs: number = Number.NEGATIVE_INFINITY
  finUs: number = Number.NEGATIVE_INFINITY
  /** When the server was notified of the client's FIN. */
  clientFinUs: number = Number.NEGATIVE_INFINITY
  /** Since when bytes are queued, or were queued last. */
  queuedSinceUs: number = Number.NEGATIVE_INFINITY
  readonly #context: SimulationContext
  #wasQueued = false

  constructor(transport: SimTransport, context: SimulationContext) {
    const { nowUs } = context.clock
    this.transport = transport
    this.#context = context
    this.connectUs = nowUs
    this.lastReceiveUs = nowUs
    this.lastWriteUs = nowUs
    this.lastFlushUs = nowUs
    this.lastResponseUs = nowUs
  }

  /** The first request without a complete response. */
  get nextRequest(): SentRequest | undefined {
    return this.requests[this.respondedCount]
  }

  /** The last request with a complete response. */
  get previousRequest(): SentRequest | undefined {
    return this.requests[this.respondedCount - 1]
  }

  /** Whether the server has read nothing of a request that has no complete response. */
  get isFullyResponded(): boolean {
    const { nextRequest } = this
    return nextRequest === undefined || this.receivedBytes <= nextRequest.start
  }

  /** Whether the server has read the whole head of the next request. */
  get hasWholeHead(): boolean {
    const { nextRequest } = this
    return nextRequest !== undefined && this.receivedBytes >= nextRequest.headEnd
  }

  /** When the server could first process the next request: it had the head and was not busy. */
  get processableUs(): number {
    return Math.max(this.nextRequest?.headUs ?? this.connectUs, this.lastResponseUs)
  }

  /**
   * Whether the server may be unable to discard the rest of the last request. It may find out after
   * a response that kept the connection open: the length of chunked content is not known before.
   */
  get mayFailToDiscard(): boolean {
    const { previousRequest } = this
    if (previousRequest === undefined) return false
    const { plan } = previousRequest
    if (plan.kind === 'malformed') return true
    const { discardBytesMax, contentBytesMax } = this.#context.scenario.config
    return (
      isChunked(plan) && (plan.content?.length ?? 0) > Math.min(discardBytesMax, contentBytesMax)
    )
  }

  get phase(): Phase {
    const { transport, receivedBytes, nextRequest, previousRequest } = this
    if (transport.isDestroyed) return 'closed'
    if (transport.isEnded) return transport.hasSentFin ? 'lingering' : 'ending'
    const isQueueFull = transport.queuedBytes >= this.#context.scenario.config.queuedBytesMax
    if (previousRequest !== undefined && receivedBytes < previousRequest.end)
      return isQueueFull ? 'writing' : 'content'
    // The exchange of a response that is still queued may not be over.
    if (transport.queuedBytes > 0) return 'writing'
    if (nextRequest === undefined || this.isFullyResponded) return 'idle'
    if (receivedBytes < nextRequest.headEnd) return 'head'
    const isIncomplete = receivedBytes < nextRequest.end
    return isIncomplete && this.#context.operations.pending === 0 ? 'content' : 'working'
  }

  /**
   * Milliseconds since the latest of these times, and one more: the server's clock counts whole
   * milliseconds.
   */
  msSince(...us: readonly number[]): number {
    return (this.#context.clock.nowUs - Math.max(...us)) / US_PER_MS + 1
  }

  noteReceived(bytes: number): void {
    const { nowUs } = this.#context.clock
    this.receivedBytes += bytes
    this.lastReceiveUs = nowUs
    for (const request of this.requests.slice(this.respondedCount)) {
      if (this.receivedBytes > request.start) request.firstByteUs ??= nowUs
      if (this.receivedBytes >= request.headEnd) request.headUs ??= nowUs
    }
  }

  noteQueue(): void {
    const isQueued = this.transport.queuedBytes > 0
    if (isQueued && !this.#wasQueued) this.queuedSinceUs = this.#context.clock.nowUs
    this.#wasQueued = isQueued
  }
}
