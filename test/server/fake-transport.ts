import type { AcceptedTransport, TransportHandler } from '../../src/server/transport/transport.ts'

/** All that clients send is lent from here, as libuv does it, and overwritten when the callback has returned. */
const READ_BUFFER = new Uint8Array(64 * 1024)
const SCRUB = 0xdb

type Write = { readonly bytes: Uint8Array; readonly done: () => void; taken: number }
type Arrival = Uint8Array | 'fin'

/**
 * A wire in memory, and its other end. What the connection does to it is written down; what the network does is done by the
 * methods of the second part, and by nothing else.
 */
export class FakeTransport implements AcceptedTransport {
  remoteAddress = '192.0.2.7'
  /** What was called, in order, without `queuedBytes`. */
  readonly calls: string[] = []
  /** What went to the kernel, one string per system call: a single write, or all between cork and uncork. */
  readonly packets: string[] = []
  /** Whether the kernel takes all that it is given at once; else it takes what `take()` says. */
  takesAtOnce = true
  flushedBytes = 0
  paused = false
  /** Whether it was destroyed or reset, or the client has vanished. */
  destroyed = false
  #listener: TransportHandler | undefined
  #corks = 0
  #ended = false
  #finished = false
  #gone = false
  #corked: Write[] = []
  #queue: Write[] = []
  #emptied = false
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
    if (this.#ended) throw new Error('a write behind the FIN')
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
    if (this.#corks === 0 && !this.#ended) throw new Error('an uncork without its cork')
    this.#corks = Math.max(0, this.#corks - 1)
    if (this.#corks === 0) this.#flushCorked()
  }

  /** Uncorks all, as Node's does. */
  end(): void {
    this.calls.push('end')
    this.#ended = true
    this.#corks = 0
    this.#flushCorked()
  }

  destroy(): void {
    this.calls.push('destroy')
    this.#lose()
  }

  reset(): void {
    this.calls.push('reset')
    this.#lose()
  }

  pause(): void {
    this.calls.push('pause')
    this.paused = true
  }

  resume(): void {
    this.calls.push('resume')
    this.paused = false
  }

  // The network.

  listen(listener: TransportHandler): void {
    this.#listener = listener
  }

  setHandler(listener: TransportHandler): void {
    this.#listener = listener
  }

  /** The calls without cork and uncork, which `packets` tell of. */
  get acts(): string[] {
    return this.calls.filter(call => call !== 'cork' && call !== 'uncork')
  }

  /** All that the client has been sent. */
  get text(): string {
    return this.packets.join('')
  }

  /** The client sends: one slice, one read, or more of 64 KiB. */
  send(...slices: (string | Uint8Array)[]): void {
    for (const slice of slices) {
      const bytes = typeof slice === 'string' ? Buffer.from(slice, 'latin1') : slice
      for (let at = 0; at < bytes.length; at += READ_BUFFER.length)
        this.#arrivals.push(bytes.subarray(at, at + READ_BUFFER.length))
    }
    this.pump()
  }

  /** The client has finished sending. */
  finish(): void {
    this.#arrivals.push('fin')
    this.pump()
  }

  /** The client is gone. */
  vanish(): void {
    this.#lose()
    this.#tellGone()
  }

  /** The kernel takes so many bytes of what is queued, or all; the connection may not be told that it was, as of a stream that was never full. */
  take(bytes: number = Number.POSITIVE_INFINITY, isTold = true): void {
    for (let left = Math.min(bytes, this.queuedBytes); left > 0; ) {
      const [first] = this.#queue
      if (first === undefined) throw new Error('what is corked cannot be taken')
      const size = Math.min(left, first.bytes.length - first.taken)
      first.taken += size
      this.flushedBytes += size
      left -= size
      if (first.taken < first.bytes.length) break
      this.#queue.shift()
      queueMicrotask(first.done)
      if (this.#queue.length === 0) this.#emptied = isTold
    }
    this.pump()
  }

  /** Tells the connection what has happened meanwhile, as an event loop would. */
  pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    while (this.#step());
    this.#pumping = false
  }

  #step(): boolean {
    if (this.#gone) return false
    if (this.destroyed) return this.#tellGone()
    if (this.#emptied) {
      this.#emptied = false
      this.#listener!.onDrain()
      return true
    }
    if (this.#ended && this.#finished && this.queuedBytes === 0) return this.#tellGone()
    const arrival = this.paused ? undefined : this.#arrivals.shift()
    if (arrival === undefined) return false
    if (arrival === 'fin') {
      this.#finished = true
      this.#listener!.onEnd()
    } else this.#lend(arrival)
    return true
  }

  /** Never from the same place twice running, so that a stale index shows. */
  #lend(bytes: Uint8Array): void {
    const from = Math.min(READ_BUFFER.length - bytes.length, 3 + (this.packets.length % 7))
    READ_BUFFER.set(bytes, from)
    this.#listener!.onData(READ_BUFFER, from, from + bytes.length)
    READ_BUFFER.fill(SCRUB)
  }

  #lose(): void {
    this.destroyed = true
    for (const { done } of [...this.#queue, ...this.#corked]) queueMicrotask(done)
    this.#queue = []
    this.#corked = []
  }

  #tellGone(): false {
    this.#gone = true
    this.#listener!.onClose()
    return false
  }

  #flushCorked(): void {
    if (this.#flush()) this.#emptied = this.takesAtOnce
  }

  /** Whether there was anything. */
  #flush(): boolean {
    if (this.#corked.length === 0) return false
    const writes = this.#corked
    this.#corked = []
    this.packets.push(writes.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join(''))
    if (!this.takesAtOnce) this.#queue.push(...writes)
    else
      for (const { bytes, done } of writes) {
        this.flushedBytes += bytes.length
        queueMicrotask(done)
      }
    return true
  }
}
