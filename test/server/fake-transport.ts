import type { AcceptedTransport, TransportHandler } from '../../src/server/transport/transport.ts'

/**
 * Input is lent from this one buffer, as libuv lends its own, and overwritten when the callback has
 * returned.
 */
const READ_BUFFER = new Uint8Array(64 * 1024)
const SCRUB = 0xdb

type Write = { readonly bytes: Uint8Array; readonly done: () => void; taken: number }
type Arrival = Uint8Array | 'fin'

/**
 * A transport in memory. The methods of `Transport` record what the connection does; only the
 * others, behind "The network", play the client and the kernel.
 */
export class FakeTransport implements AcceptedTransport {
  remoteAddress = '192.0.2.7'
  /** The methods that the connection called, in order. */
  readonly calls: string[] = []
  /**
   * What went to the kernel, one string per system call: a single write, or everything between cork
   * and uncork.
   */
  readonly packets: string[] = []
  /** Whether the kernel accepts all bytes at once; otherwise it accepts what `take()` says. */
  acceptsAtOnce = true
  flushedBytes = 0
  paused = false
  /** Whether it was destroyed or reset, or the client has vanished. */
  destroyed = false
  #handler: TransportHandler | undefined
  #corks = 0
  #ended = false
  #inputEnded = false
  #closed = false
  #corked: Write[] = []
  #queue: Write[] = []
  #drainIsDue = false
  #pumping = false
  readonly #arrivals: Arrival[] = []

  get queuedBytes(): number {
    return [...this.#queue, ...this.#corked].reduce(
      (sum, { bytes, taken }) => sum + bytes.length - taken,
      0,
    )
  }

  write(bytes: Uint8Array, done: () => void = () => {}): void {
    this.calls.push('write')
    if (this.#ended) throw new Error('write after end')
    if (this.destroyed) return queueMicrotask(done)
    this.#corked.push({ bytes, done, taken: 0 })
    if (this.#corks === 0) this.#flush()
  }

  cork(): void {
    this.calls.push('cork')
    this.#corks++
  }

  uncork(): void {
    this.calls.push('uncork')
    if (this.#corks === 0 && !this.#ended) throw new Error('uncork without cork')
    this.#corks = Math.max(0, this.#corks - 1)
    if (this.#corks === 0) this.#flushCorked()
  }

  /** Uncorks completely, as `end()` of Node's sockets does. */
  end(): void {
    this.calls.push('end')
    this.#ended = true
    this.#corks = 0
    this.#flushCorked()
  }

  destroy(): void {
    this.calls.push('destroy')
    this.#disconnect()
  }

  reset(): void {
    this.calls.push('reset')
    this.#disconnect()
  }

  pause(): void {
    this.calls.push('pause')
    this.paused = true
  }

  resume(): void {
    this.calls.push('resume')
    this.paused = false
  }

  // The network: the client and the kernel.

  listen(handler: TransportHandler): void {
    this.#handler = handler
  }

  setHandler(handler: TransportHandler): void {
    this.#handler = handler
  }

  /** The calls without cork and uncork, whose effect `packets` shows. */
  get acts(): string[] {
    return this.calls.filter(call => call !== 'cork' && call !== 'uncork')
  }

  /** Everything that was sent to the client. */
  get text(): string {
    return this.packets.join('')
  }

  /** The client sends. Each slice arrives in one read, or in several of 64 KiB. */
  send(...slices: (string | Uint8Array)[]): void {
    for (const slice of slices) {
      const bytes = typeof slice === 'string' ? Buffer.from(slice, 'latin1') : slice
      for (let at = 0; at < bytes.length; at += READ_BUFFER.length)
        this.#arrivals.push(bytes.subarray(at, at + READ_BUFFER.length))
    }
    this.pump()
  }

  /** The client sends FIN. */
  finish(): void {
    this.#arrivals.push('fin')
    this.pump()
  }

  /** The connection is lost. */
  vanish(): void {
    this.#disconnect()
    this.#emitClose()
  }

  /**
   * The kernel accepts queued bytes, by default all. Without `emitsDrain`, there is no `onDrain()`,
   * as for a stream that was never full.
   */
  accept(bytes: number = Number.POSITIVE_INFINITY, emitsDrain = true): void {
    for (let left = Math.min(bytes, this.queuedBytes); left > 0; ) {
      const [first] = this.#queue
      if (first === undefined) throw new Error('the kernel cannot accept corked bytes')
      const size = Math.min(left, first.bytes.length - first.taken)
      first.taken += size
      this.flushedBytes += size
      left -= size
      if (first.taken < first.bytes.length) break
      this.#queue.shift()
      queueMicrotask(first.done)
      if (this.#queue.length === 0) this.#drainIsDue = emitsDrain
    }
    this.pump()
  }

  /** Delivers events to the connection, as an event loop would. */
  pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    while (this.#step());
    this.#pumping = false
  }

  #step(): boolean {
    if (this.#closed) return false
    if (this.destroyed) return this.#emitClose()
    if (this.#drainIsDue) {
      this.#drainIsDue = false
      this.#handler!.onDrain()
      return true
    }
    if (this.#ended && this.#inputEnded && this.queuedBytes === 0) return this.#emitClose()
    const arrival = this.paused ? undefined : this.#arrivals.shift()
    if (arrival === undefined) return false
    if (arrival === 'fin') {
      this.#inputEnded = true
      this.#handler!.onEnd()
    } else this.#lend(arrival)
    return true
  }

  /** Lends the bytes at changing offsets, so that a stale index shows. */
  #lend(bytes: Uint8Array): void {
    const from = Math.min(READ_BUFFER.length - bytes.length, 3 + (this.packets.length % 7))
    READ_BUFFER.set(bytes, from)
    this.#handler!.onData(READ_BUFFER, from, from + bytes.length)
    READ_BUFFER.fill(SCRUB)
  }

  #disconnect(): void {
    this.destroyed = true
    for (const { done } of [...this.#queue, ...this.#corked]) queueMicrotask(done)
    this.#queue = []
    this.#corked = []
  }

  #emitClose(): false {
    this.#closed = true
    this.#handler!.onClose()
    return false
  }

  #flushCorked(): void {
    if (this.#flush()) this.#drainIsDue = this.acceptsAtOnce
  }

  /** Returns false if there was nothing to write. */
  #flush(): boolean {
    if (this.#corked.length === 0) return false
    const writes = this.#corked
    this.#corked = []
    this.packets.push(writes.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join(''))
    if (!this.acceptsAtOnce) this.#queue.push(...writes)
    else
      for (const { bytes, done } of writes) {
        this.flushedBytes += bytes.length
        queueMicrotask(done)
      }
    return true
  }
}
