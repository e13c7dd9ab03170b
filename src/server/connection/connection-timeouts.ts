import type { Transport } from '../transport/socket-transport.ts'
import { DataRateMonitor } from './data-rate.ts'
import type { ServerContext } from './server-context.ts'
import { Deadline } from './timer-wheel.ts'

/** What a connection waits for: the client to ask, to send, to take or to close, or an endpoint to answer. */
export type TimeoutKind = 'request' | 'head' | 'content' | 'reader' | 'endpoint' | 'close'

/**
 * How long a connection waits. It waits for one thing at a time, so one deadline is enough: fixed for most, and moved by the bytes of
 * content that come and of answers that are taken. A base of `Connection`, so that thousands that are idle are one object each.
 */
export abstract class ConnectionTimeouts extends Deadline {
  readonly transport: Transport
  readonly #context: ServerContext
  #armed: TimeoutKind | 'nothing' = 'nothing'
  /** Of the content of the request at hand, and of all answers; none before they are waited for. */
  #bodyRate: DataRateMonitor | undefined
  #writeRate: DataRateMonitor | undefined
  /** What the client had taken when its progress was looked at. */
  #flushedBytes = 0

  constructor(transport: Transport, context: ServerContext) {
    super()
    this.transport = transport
    this.#context = context
  }

  /** It waited in vain. Where it was for a reader, all may be taken by now. */
  abstract onTimeout(awaited: TimeoutKind): void

  override expired(): void {
    const awaited = this.#armed
    this.#armed = 'nothing'
    const isReading =
      awaited === 'reader' && this.transport.queuedBytes > 0 && this.armWriteTimeout()
    if (awaited !== 'nothing' && !isReading) this.onTimeout(awaited)
  }

  /** Waits for one thing in the place of any other. */
  arm(awaited: TimeoutKind, ms: number): void {
    this.#armed = awaited
    this.#context.wheel.set(this, ms)
  }

  /** Waits until an endpoint begins its answer: from when its turn came, whatever happens meanwhile. */
  armHandlerTimeout(ms: number): void {
    if (this.#armed !== 'endpoint') this.arm('endpoint', ms)
  }

  armBodyTimeout(): void {
    const { clock, bodyDataRate } = this.#context
    this.#bodyRate ??= new DataRateMonitor(bodyDataRate)
    this.arm('content', this.#bodyRate.startWaiting(clock.monotonicMs()))
  }

  /** Waits for the client to take what is queued. False: it has no time left. */
  armWriteTimeout(): boolean {
    const { clock, writeDataRate } = this.#context
    const nowMs = clock.monotonicMs()
    const { flushedBytes } = this.transport
    this.#writeRate ??= new DataRateMonitor(writeDataRate)
    this.#writeRate.countBytes(flushedBytes - this.#flushedBytes, nowMs)
    this.#flushedBytes = flushedBytes
    const leftMs = this.#writeRate.startWaiting(nowMs)
    // Looked at sooner than it must be, as nothing tells when it was that the client took some.
    this.arm('reader', Math.min(leftMs, writeDataRate.graceMs))
    return leftMs > 0
  }

  disarm(): void {
    this.#armed = 'nothing'
    this.#context.wheel.clear(this)
  }

  /** Bytes have come. */
  countBodyBytes(bytes: number): void {
    this.#bodyRate?.countBytes(bytes, this.#context.clock.monotonicMs())
  }

  /** It is not the client's turn to send. */
  pauseBodyTimeout(): void {
    this.#bodyRate?.pause()
  }

  /** All that was queued is taken. */
  pauseWriteTimeout(): void {
    this.#writeRate?.pause()
  }

  /** Another request is another content, and another endpoint's turn. */
  resetForNextRequest(): void {
    this.#bodyRate = undefined
    this.#armed = 'nothing'
  }
}
