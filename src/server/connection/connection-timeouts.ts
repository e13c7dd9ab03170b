import type { Wire } from '../transport/socket-transport.ts'
import { Progress } from './data-rate.ts'
import type { ServerContext } from './server-context.ts'
import { Deadline } from './timer-wheel.ts'

/** What a connection waits for: the client to ask, to send, to take or to close, or an endpoint to answer. */
export type Awaited = 'request' | 'head' | 'content' | 'reader' | 'endpoint' | 'close'

/**
 * How long a connection waits. It waits for one thing at a time, so one deadline is enough: fixed for most, and moved by the bytes of
 * content that come and of answers that are taken. A base of `Connection`, so that thousands that are idle are one object each.
 */
export abstract class Patience extends Deadline {
  readonly wire: Wire
  readonly #context: ServerContext
  #awaited: Awaited | 'nothing' = 'nothing'
  /** Of the content of the request at hand, and of all answers; none before they are waited for. */
  #content: Progress | undefined
  #reader: Progress | undefined
  /** What the client had taken when its progress was looked at. */
  #takenBytes = 0

  constructor(wire: Wire, context: ServerContext) {
    super()
    this.wire = wire
    this.#context = context
  }

  /** It waited in vain. Where it was for a reader, all may be taken by now. */
  abstract waitedInVain(awaited: Awaited): void

  override expired(): void {
    const awaited = this.#awaited
    this.#awaited = 'nothing'
    const isReading = awaited === 'reader' && this.wire.queuedBytes > 0 && this.awaitReader()
    if (awaited !== 'nothing' && !isReading) this.waitedInVain(awaited)
  }

  /** Waits for one thing in the place of any other. */
  await(awaited: Awaited, ms: number): void {
    this.#awaited = awaited
    this.#context.wheel.set(this, ms)
  }

  /** Waits until an endpoint begins its answer: from when its turn came, whatever happens meanwhile. */
  awaitEndpoint(ms: number): void {
    if (this.#awaited !== 'endpoint') this.await('endpoint', ms)
  }

  awaitContent(): void {
    const { clock, contentPace } = this.#context
    this.#content ??= new Progress(contentPace)
    this.await('content', this.#content.await(clock.monotonicMs()))
  }

  /** Waits for the client to take what is queued. False: it has no time left. */
  awaitReader(): boolean {
    const { clock, readerPace } = this.#context
    const nowMs = clock.monotonicMs()
    const { takenBytes } = this.wire
    this.#reader ??= new Progress(readerPace)
    this.#reader.moved(takenBytes - this.#takenBytes, nowMs)
    this.#takenBytes = takenBytes
    const leftMs = this.#reader.await(nowMs)
    // Looked at sooner than it must be, as nothing tells when it was that the client took some.
    this.await('reader', Math.min(leftMs, readerPace.graceMs))
    return leftMs > 0
  }

  awaitNothing(): void {
    this.#awaited = 'nothing'
    this.#context.wheel.clear(this)
  }

  /** Bytes have come. */
  contentMoved(bytes: number): void {
    this.#content?.moved(bytes, this.#context.clock.monotonicMs())
  }

  /** It is not the client's turn to send. */
  contentRests(): void {
    this.#content?.rest()
  }

  /** All that was queued is taken. */
  readerRests(): void {
    this.#reader?.rest()
  }

  /** Another request is another content, and another endpoint's turn. */
  beginAnew(): void {
    this.#content = undefined
    this.#awaited = 'nothing'
  }
}
