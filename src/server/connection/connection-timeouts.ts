import type { ServerContext } from '../server-context.ts'
import type { Transport } from '../transport/transport.ts'
import { DataRateMonitor } from './data-rate.ts'
import type { Exchange } from './exchange.ts'
import { Deadline } from './timer-wheel.ts'

/**
 * What a connection waits for: the next request, a whole head, content, the client to accept
 * response bytes, an endpoint to respond, or the client to close.
 */
export type TimeoutKind = 'idle' | 'head' | 'body' | 'write' | 'handler' | 'close'

/**
 * The timeouts of one connection. It waits for one thing at a time, so one deadline is enough:
 * fixed for most kinds; for bodies and writes, moved by the bytes that arrive or are accepted.
 */
export class ConnectionTimeouts extends Deadline {
  readonly #transport: Transport
  readonly #context: ServerContext
  readonly #owner: { onTimeout(kind: TimeoutKind): void }
  #armed: TimeoutKind | undefined
  /** Of the current request's content, and of all responses; made when first needed. */
  #bodyRate: DataRateMonitor | undefined
  #writeRate: DataRateMonitor | undefined
  /** What the kernel had accepted when the write rate was last looked at. */
  #flushedBytes = 0
  /** When discarding of further input ends at the latest. */
  #lingerEndMs = 0

  constructor(
    transport: Transport,
    context: ServerContext,
    owner: { onTimeout(kind: TimeoutKind): void },
  ) {
    super()
    this.#transport = transport
    this.#context = context
    this.#owner = owner
  }

  override expired(): void {
    const kind = this.#armed
    this.#armed = undefined
    const isWriting = kind === 'write' && this.#transport.queuedBytes > 0 && this.armWriteTimeout()
    if (kind !== undefined && !isWriting) this.#owner.onTimeout(kind)
  }

  /** Replaces whatever was armed. */
  arm(kind: TimeoutKind, ms: number): void {
    this.#armed = kind
    this.#context.wheel.set(this, ms)
  }

  disarm(): void {
    this.#armed = undefined
    this.#context.wheel.clear(this)
  }

  /** Waits for more content. */
  #armBodyTimeout(): void {
    const { clock, bodyDataRate } = this.#context
    this.#bodyRate ??= new DataRateMonitor(bodyDataRate)
    this.arm('body', this.#bodyRate.startWaiting(clock.monotonicMs()))
  }

  /** Waits for the client to accept what is queued. Returns false if it has no time left. */
  armWriteTimeout(): boolean {
    const { clock, writeDataRate } = this.#context
    const nowMs = clock.monotonicMs()
    const { flushedBytes } = this.#transport
    this.#writeRate ??= new DataRateMonitor(writeDataRate)
    this.#writeRate.countBytes(flushedBytes - this.#flushedBytes, nowMs)
    this.#flushedBytes = flushedBytes
    const leftMs = this.#writeRate.startWaiting(nowMs)
    // Looks again before the time is over: nothing reports when the kernel accepts some bytes.
    this.arm('write', Math.min(leftMs, writeDataRate.graceMs))
    return leftMs > 0
  }

  /**
   * Waits for the next request, or first for the client to accept what is queued. Empty lines do
   * not prolong the time.
   */
  armForRequest(hasEmptyLine: boolean): void {
    const { config, lifecycle } = this.#context
    if (hasEmptyLine && this.#armed === 'idle' && !lifecycle.isDraining) return
    if (this.#transport.queuedBytes > 0) {
      this.armWriteTimeout()
      return
    }
    this.#writeRate?.pause()
    // While draining, a FIN at once could cross a request that the last response invited.
    this.arm('idle', lifecycle.isDraining ? config.drainIdleMs : config.idleTimeoutMs)
  }

  /**
   * Waits for the client to send content, else to accept bytes, else for the endpoint to respond.
   */
  armForExchange(exchange: Exchange, awaitsContent: boolean): void {
    if (awaitsContent) return this.#armBodyTimeout()
    this.#bodyRate?.pause()
    if (this.#transport.queuedBytes > 0) {
      this.armWriteTimeout()
      return
    }
    this.#writeRate?.pause()
    const { handlerTimeoutMs } = this.#context.config
    if (!exchange.isPending || exchange.noHandlerTimeout || handlerTimeoutMs === 0) this.disarm()
    // Armed once: from when the endpoint's turn came.
    else if (this.#armed !== 'handler') this.arm('handler', handlerTimeoutMs)
  }

  /** Waits for the client to accept what is queued before the FIN, then for it to close. */
  armForClose(): void {
    if (this.#transport.queuedBytes > 0) {
      this.armWriteTimeout()
      return
    }
    const { clock, config } = this.#context
    this.#lingerEndMs = clock.monotonicMs() + config.lingerTotalMs
    this.arm('close', Math.min(config.lingerTimeoutMs, config.lingerTotalMs))
  }

  /** A client that still sends has more time to read its response, up to `lingerTotalMs`. */
  extendLinger(): void {
    if (this.#armed !== 'close') return
    const { clock, config } = this.#context
    const leftMs = this.#lingerEndMs - clock.monotonicMs()
    this.arm('close', Math.min(config.lingerTimeoutMs, leftMs))
  }

  countBodyBytes(bytes: number): void {
    this.#bodyRate?.countBytes(bytes, this.#context.clock.monotonicMs())
  }

  /** The next request has its own content and its own endpoint. */
  resetForNextRequest(): void {
    this.#bodyRate = undefined
    this.#armed = undefined
  }
}
