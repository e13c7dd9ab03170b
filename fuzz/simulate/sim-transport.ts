import type { Transport, TransportHandler } from '#src/server/transport/transport.js'
import { type KernelObserver, SimKernel, type Write, type WriteRequest } from './sim-kernel.ts'

/** As with libuv, all connections read into one buffer. It is overwritten after each callback. */
const READ_BUFFER = new Uint8Array(64 * 1024)
const SCRUB = 0xdb

/** The stream's `highWaterMark`: once it holds this many bytes, it emits 'drain' when empty. */
const HIGH_WATER_BYTES = 16 * 1024

/** Bytes, FIN or RST from the client. */
type Input = Uint8Array | 'fin' | 'reset'

/** Observes a transport, and makes its random decisions. */
export type TransportObserver = KernelObserver & {
  /** Calls `act` in this turn of the event loop or in a later one. */
  soon(act: () => void): void
  readonly log: ((text: string) => void) | undefined
  /** The server is about to read so many bytes. */
  onReceive(bytes: number): void
  /** The server is about to be notified of the client's FIN. */
  onFin(): void
  /** The server has written bytes; the client gets them as they are now. */
  onWrite(bytes: Uint8Array): void
  onClosing(method: 'end' | 'destroy' | 'reset'): void
  /** Whether the direct writer, and not the stream, handles this write. */
  writesDirectly(): boolean
}

/**
 * A transport that behaves like `RawTransport`, or like `SocketTransport` on a socket of Node, with
 * its stream and its direct writer: when it drains, which bytes it counts as queued, when it calls
 * `done`.
 */
export class SimTransport implements Transport {
  readonly remoteAddress = '192.0.2.7'
  handler: TransportHandler | undefined
  isPaused = false
  /** Whether the server has called `end`. */
  isEnded = false
  isDestroyed = false
  /** Whether the handler was notified of the client's FIN. */
  hasReceivedFin = false
  /** Whether the server's FIN is sent, after all bytes. */
  hasSentFin = false
  corks = 0
  readonly #observer: TransportObserver
  readonly #isRaw: boolean
  readonly #kernel: SimKernel
  /** Input that the server has not read. */
  readonly #input: Input[] = []
  /** Writes that the stream holds back: it is corked or an earlier request is under way. */
  #streamWrites: Write[] = []
  #streamBytes = 0
  /** The stream's request that the kernel has not accepted whole. */
  #streamRequest: WriteRequest | undefined
  #streamRequestBytes = 0
  #directBytes = 0
  #directOwesDrain = false
  #streamOwesDrain = false
  #isShuttingDown = false
  #isReadScheduled = false
  #wasReset = false
  #isClosed = false

  constructor(
    observer: TransportObserver,
    { kernelBytes, isRaw }: { readonly kernelBytes: number; readonly isRaw: boolean },
  ) {
    this.#observer = observer
    this.#isRaw = isRaw
    this.#kernel = new SimKernel(kernelBytes, observer)
  }

  // For the server.

  get queuedBytes(): number {
    return this.#streamBytes + this.#streamRequestBytes + this.#directBytes
  }

  get flushedBytes(): number {
    return this.#kernel.flushedBytes
  }

  write(bytes: Uint8Array, done?: () => void): void {
    const observer = this.#observer
    if (this.#isClosed)
      return observer.reportViolation('closing', 'the server writes after the connection is closed')
    if (this.isEnded && !this.isDestroyed)
      return observer.reportViolation('closing', 'the server writes after its FIN')
    if (this.#wasReset) this.#close()
    if (this.isDestroyed) {
      if (this.#isRaw) done?.()
      else if (done !== undefined) observer.soon(done)
      return
    }
    observer.log?.(`server writes ${bytes.length} bytes`)
    observer.onWrite(bytes)
    const write: Write = { bytes, copy: new Uint8Array(bytes), done }
    if (this.#isRaw && this.corks === 0) return this.#writeRaw([write])
    const isStreamEmpty = this.#streamBytes + this.#streamRequestBytes === 0
    if (done === undefined && isStreamEmpty && this.corks === 0 && observer.writesDirectly()) {
      this.#writeDirectly(write)
      return
    }
    this.#streamWrites.push(write)
    this.#streamBytes += bytes.length
    if (!this.#isRaw && this.#streamBytes + this.#streamRequestBytes >= HIGH_WATER_BYTES)
      this.#streamOwesDrain = true
    this.#flushStream()
  }

  cork(): void {
    this.corks++
  }

  uncork(): void {
    if (this.corks === 0 && !this.isEnded && !this.isDestroyed)
      this.#observer.reportViolation('closing', 'the server uncorks what it has not corked')
    this.corks = Math.max(0, this.corks - 1)
    this.#flushStream()
  }

  end(): void {
    if (this.isEnded || this.isDestroyed) return
    this.#observer.onClosing('end')
    this.isEnded = true
    this.corks = 0
    this.#flushStream()
    this.#sendFinIfFlushed()
  }

  destroy(): void {
    if (this.isDestroyed) return
    this.#observer.onClosing('destroy')
    this.#close()
  }

  reset(): void {
    if (this.isDestroyed) return
    this.#observer.onClosing('reset')
    this.#close()
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    this.#readSoon()
  }

  // For the client.

  send(input: Input): void {
    if (this.isDestroyed) return
    if (input === 'reset') {
      // A paused server does not notice before its next write.
      this.#wasReset = true
      this.#input.length = 0
    }
    this.#input.push(input)
    this.#readSoon()
  }

  /** The client reads at most `bytesMax` bytes. @returns how many it was */
  receive(bytesMax: number): number {
    const bytes = this.#kernel.read(bytesMax, request => this.#onComplete(request))
    this.#sendFinIfFlushed()
    return bytes
  }

  /** Whether the client has bytes to read. */
  get isReadable(): boolean {
    return this.#kernel.bufferedBytes > 0
  }

  /** Whether the server has input that it has not read. */
  get hasInput(): boolean {
    return this.#input.length > 0
  }

  #readSoon(): void {
    if (this.#isReadScheduled) return
    this.#isReadScheduled = true
    this.#observer.soon(() => {
      this.#isReadScheduled = false
      if (this.isPaused || this.isDestroyed) return
      const input = this.#input.shift()
      if (input === undefined) return
      if (input === 'reset') this.#close()
      else if (input === 'fin') {
        this.hasReceivedFin = true
        this.#observer.log?.('server receives the FIN of the client')
        this.#observer.onFin()
        this.handler!.onEnd()
        this.#closeIfFinished()
      } else this.#read(input)
      if (this.#input.length > 0) this.#readSoon()
    })
  }

  /** Passes on these bytes and those after them, in one piece as far as the buffer has room. */
  #read(first: Uint8Array): void {
    // An offset that varies, because a server must not rely on 0.
    const from = this.flushedBytes % 7
    let to = from
    for (let some: Uint8Array | undefined = first; some !== undefined; ) {
      READ_BUFFER.set(some, to)
      to += some.length
      const next: Input | undefined = this.#input[0]
      some = next instanceof Uint8Array && to + next.length <= READ_BUFFER.length ? next : undefined
      if (some !== undefined) this.#input.shift()
    }
    this.#observer.log?.(`server reads ${to - from} bytes`)
    this.#observer.onReceive(to - from)
    this.handler!.onData(READ_BUFFER, from, to)
    READ_BUFFER.fill(SCRUB, from, to)
  }

  #writeRaw(writes: readonly Write[]): void {
    const request = newRequest(writes, true)
    this.#directBytes += bytesOf(writes)
    if (this.#kernel.write(request)) this.#onRawComplete(request)
    else this.#directOwesDrain = true
  }

  #onRawComplete({ writes }: WriteRequest): void {
    this.#directBytes -= bytesOf(writes)
    for (const { done } of writes) done?.()
    // FIN follows at once, and then another 'drain'.
    if (!this.isEnded) this.#drainDirect()
  }

  #writeDirectly(write: Write): void {
    this.#directBytes += write.bytes.length
    const isAccepted = this.#kernel.write(newRequest([write], true))
    if (isAccepted) this.#directBytes -= write.bytes.length
    else this.#directOwesDrain = true
  }

  #flushStream(): void {
    if (this.corks > 0 || this.#streamRequest !== undefined || this.#streamWrites.length === 0)
      return
    if (this.isDestroyed) return
    if (this.#isRaw) {
      const writes = this.#streamWrites
      this.#streamWrites = []
      this.#streamBytes = 0
      return this.#writeRaw(writes)
    }
    const request = newRequest(this.#streamWrites, false)
    this.#streamRequestBytes = this.#streamBytes
    this.#streamWrites = []
    this.#streamBytes = 0
    this.#streamRequest = request
    if (this.#kernel.write(request)) this.#onStreamComplete(request, queueMicrotask)
  }

  #onComplete(request: WriteRequest): void {
    if (this.#isRaw) this.#onRawComplete(request)
    else if (request.isDirect) {
      this.#directBytes -= request.writes[0]!.bytes.length
      this.#drainDirect()
    } else this.#onStreamComplete(request, act => act())
  }

  #onStreamComplete({ writes }: WriteRequest, call: (act: () => void) => void): void {
    this.#streamRequest = undefined
    this.#streamRequestBytes = 0
    this.#flushStream()
    call(() => {
      const isEmpty = this.#streamBytes + this.#streamRequestBytes === 0
      if (this.#streamOwesDrain && !this.isEnded && isEmpty) {
        this.#streamOwesDrain = false
        if (!this.isDestroyed) this.handler!.onDrain()
      }
      for (const { done } of writes) done?.()
      this.#drainDirect()
    })
  }

  #drainDirect(): void {
    if (!this.#directOwesDrain || this.queuedBytes > 0 || this.isDestroyed) return
    this.#directOwesDrain = false
    this.handler!.onDrain()
  }

  #sendFinIfFlushed(): void {
    if (!this.isEnded || this.#isShuttingDown || this.isDestroyed || this.queuedBytes > 0) return
    this.#isShuttingDown = true
    this.#observer.soon(() => {
      if (this.isDestroyed) return
      this.hasSentFin = true
      this.#observer.log?.('server has flushed everything and sends its FIN')
      this.#observer.onReadable()
      this.handler!.onDrain()
      this.#closeIfFinished()
    })
  }

  #closeIfFinished(): void {
    if (this.hasSentFin && this.hasReceivedFin && !this.isDestroyed) this.#close()
  }

  #close(): void {
    if (this.isDestroyed) return
    this.isDestroyed = true
    const lost = [...this.#kernel.discardQueue(), ...this.#streamWrites]
    this.#streamWrites = []
    this.#streamBytes = 0
    this.#streamRequestBytes = 0
    this.#directBytes = 0
    this.#observer.onReadable()
    for (const { done } of lost) if (done !== undefined) this.#observer.soon(done)
    this.#observer.soon(() => {
      this.#isClosed = true
      this.#observer.log?.('the connection is closed')
      this.handler!.onClose()
    })
  }
}

function bytesOf(writes: readonly Write[]): number {
  return writes.reduce((sum, { bytes }) => sum + bytes.length, 0)
}

function newRequest(writes: readonly Write[], isDirect: boolean): WriteRequest {
  return { isDirect, writes, at: 0, acceptedBytes: 0 }
}
