import type { ServerContext } from '../server-context.ts'
import type { Transport } from '../transport/transport.ts'
import type { Exchange } from './exchange.ts'
import { Deadline } from './timer-wheel.ts'

/** So often it looks within the timeout: nothing reports when the kernel accepts some bytes. */
const LOOKS_PER_TIMEOUT = 4

/**
 * Watches the response to a client that has sent FIN. Such a client may wait for its response, or
 * may have left, and only a response that moves can find out. A client that does not read what is
 * queued is the write timeout's.
 */
export class HalfClosedWatch extends Deadline {
  readonly #exchange: Exchange
  readonly #transport: Transport
  readonly #context: ServerContext
  readonly #abort: () => void
  /** When a byte was last seen to move, or the FIN to come, in monotonic milliseconds. */
  #sinceMs: number
  #flushedBytes: number

  /** `abort` is called when the response has begun and stood still for `halfClosedTimeoutMs`. */
  constructor(exchange: Exchange, transport: Transport, context: ServerContext, abort: () => void) {
    super()
    this.#exchange = exchange
    this.#transport = transport
    this.#context = context
    this.#abort = abort
    this.#sinceMs = context.clock.monotonicMs()
    this.#flushedBytes = transport.flushedBytes
    this.#lookLater(context.config.halfClosedTimeoutMs)
  }

  stop(): void {
    this.#context.wheel.clear(this)
  }

  override expired(): void {
    const { halfClosedTimeoutMs } = this.#context.config
    const nowMs = this.#context.clock.monotonicMs()
    const { flushedBytes, queuedBytes } = this.#transport
    if (queuedBytes > 0 || flushedBytes !== this.#flushedBytes) {
      this.#flushedBytes = flushedBytes
      this.#sinceMs = nowMs
    }
    const leftMs = halfClosedTimeoutMs - (nowMs - this.#sinceMs)
    if (leftMs > 0) return this.#lookLater(leftMs)
    if (this.#exchange.headSent) return this.#abort()
    this.#exchange.notifyHalfClosed()
    this.#lookLater(halfClosedTimeoutMs)
  }

  #lookLater(leftMs: number): void {
    const { config, wheel } = this.#context
    if (config.halfClosedTimeoutMs === 0) return
    wheel.set(this, Math.min(leftMs, config.halfClosedTimeoutMs / LOOKS_PER_TIMEOUT))
  }
}
