import type { AcceptBurst } from './accept-burst.ts'
import type { DirectWriter } from './direct-write.ts'
import type { Connect } from './read-strategy.ts'
import type { ShutdownRequest, StreamBinding, StreamHandle } from './stream-binding.ts'
import type { AcceptedTransport, TransportHandler } from './transport.ts'

/*
 * Node calls the functions that a handle holds as it calls those of `net`: an error that they throw
 * is an uncaught exception, and afterwards the queues of microtasks and of nextTick() run.
 */

const TRANSPORT: unique symbol = Symbol('transport')

/** A handle that libuv has accepted. The members are undocumented; the probe tests them. */
export interface AcceptedHandle extends StreamHandle {
  [TRANSPORT]: RawTransport
  onread: (this: AcceptedHandle) => void
  useUserBuffer(buffer: Uint8Array): void
  readStart(): number
  readStop(): number
  shutdown(request: ShutdownRequest): number
  close(onClosed: (this: AcceptedHandle) => void): void
  // UNIX sockets lack these.
  reset?(onClosed: (this: AcceptedHandle) => void): number
  getpeername?(peer: { address?: string }): number
  setNoDelay?(noDelay: boolean): number
}

/** How `net.Server` counts its open connections, undocumented. */
export type ConnectionCount = {
  _connections: number
  /** Completes `close()` if no connections are left. */
  _emitCloseIfDrained(): void
}

/** What the transports of a server have in common. */
export type TransportShare = {
  readonly server: ConnectionCount
  readonly buffer: Uint8Array
  readonly writer: DirectWriter
  readonly burst: AcceptBurst
  /** Whether accepted sockets have the TCP_NODELAY of the listening one. */
  isNoDelayInherited: boolean
  readonly binding: StreamBinding
}

type Shutdown = ShutdownRequest & { transport: RawTransport }

/** Writes that are held back between cork and uncork. */
type Corked = { readonly chunks: Uint8Array[]; readonly done: (() => void)[]; bytes: number }

/** What the server may still send, or whether the handle is being closed. */
type Output = 'open' | 'ending' | 'ended' | 'closed'

const UV_EOF = -4095

/** A transport on a handle, without a `net.Socket`. An idle one consists of these two objects. */
export class RawTransport implements AcceptedTransport {
  remoteAddress: string
  readonly #handle: AcceptedHandle
  readonly #share: TransportShare
  #handler: TransportHandler = NO_HANDLER
  #output: Output = 'open'
  #inputEnded = false
  #isPaused = false
  /** Whether reading waits until a burst of new connections is over. */
  #isHeld = false
  /** Bytes that libuv has queued. */
  #handleBytes = 0
  #corks = 0
  #corked: Corked | undefined

  constructor(handle: AcceptedHandle, share: TransportShare) {
    this.#handle = handle
    this.#share = share
    this.remoteAddress = peerAddress(handle)
    handle[TRANSPORT] = this
  }

  /** Begins to read when no more connections are waiting to be accepted. */
  open(connect: Connect): void {
    const handle = this.#handle
    const share = this.#share
    try {
      if (!share.isNoDelayInherited) handle.setNoDelay?.(true)
      handle.onread = onRead
      handle.useUserBuffer(share.buffer)
      this.#hold()
      this.#handler = connect(this)
    } catch (error) {
      this.destroy()
      throw error
    }
  }

  setHandler(handler: TransportHandler): void {
    this.#handler = handler
  }

  get queuedBytes(): number {
    return this.#corked === undefined ? this.#handleBytes : this.#handleBytes + this.#corked.bytes
  }

  get flushedBytes(): number {
    if (this.#output === 'closed') return 0
    return this.#handle.bytesWritten - this.#handle.writeQueueSize
  }

  write(bytes: Uint8Array, done?: () => void): void {
    if (this.#output !== 'open' || bytes.length === 0) return done?.()
    if (this.#corks === 0) {
      const { writer } = this.#share
      this.#continue(writer.write(this.#handle, bytes, this, done), bytes.length, done)
      return
    }
    this.#corked ??= { chunks: [], done: [], bytes: 0 }
    this.#corked.chunks.push(bytes)
    this.#corked.bytes += bytes.length
    if (done !== undefined) this.#corked.done.push(done)
  }

  cork(): void {
    this.#corks++
  }

  uncork(): void {
    if (this.#corks > 0 && --this.#corks === 0) this.#flushCorked()
  }

  #flushCorked(): void {
    const corked = this.#corked
    if (corked === undefined) return
    this.#corked = undefined
    const { chunks, bytes } = corked
    const done = allOf(corked.done)
    const { writer } = this.#share
    const result =
      chunks.length === 1
        ? writer.write(this.#handle, chunks[0]!, this, done)
        : writer.writeAll(this.#handle, chunks, bytes, this, done)
    this.#continue(result, bytes, done)
  }

  #continue(
    result: ReturnType<DirectWriter['write']>,
    bytes: number,
    done: (() => void) | undefined,
  ): void {
    if (result === 'queued') {
      this.#handleBytes += bytes
      return
    }
    if (result === 'refused') this.destroy()
    done?.()
  }

  /** Called by the direct writer. */
  onWritten(bytes: number, isLost: boolean, done: (() => void) | undefined): void {
    this.#handleBytes -= bytes
    done?.()
    if (isLost) this.destroy()
    // After `end()`, the FIN follows at once.
    else if (this.queuedBytes === 0 && this.#output === 'open') this.#handler.onDrain()
  }

  end(): void {
    if (this.#output !== 'open') return
    this.#corks = 0
    this.#flushCorked()
    // The flush may have failed.
    if (this.#isClosed) return
    // The kernel sends FIN for a closed socket too, and has nothing unread to send RST for.
    if (this.#inputEnded && this.#handleBytes === 0) return this.#close(onClosedAfterEnd)
    this.#output = 'ending'
    const request = new this.#share.binding.ShutdownWrap() as Shutdown
    request.oncomplete = onShutdown
    request.transport = this
    if (this.#handle.shutdown(request) !== 0) this.destroy()
  }

  /** Called when FIN is sent, or cannot be. */
  onShutdown(status: number): void {
    if (this.#isClosed) return
    if (status !== 0) return this.destroy()
    this.#output = 'ended'
    this.#handler.onDrain()
    if (this.#inputEnded) this.destroy()
  }

  destroy(): void {
    if (!this.#isClosed) this.#close(onClosed)
  }

  reset(): void {
    if (this.#isClosed) return
    // A UNIX socket has no RST: its client sees FIN after too few bytes. While FIN is under way,
    // libuv refuses to reset, and Node then to close.
    const canReset = this.#output === 'open' && this.#handle.reset !== undefined
    this.#output = 'closed'
    this.#loseCorked()
    if (canReset) this.#handle.reset!(onClosed)
    else this.#handle.close(onClosed)
  }

  #close(onClosed: (this: AcceptedHandle) => void): void {
    this.#output = 'closed'
    this.#loseCorked()
    this.#handle.close(onClosed)
  }

  #loseCorked(): void {
    const corked = this.#corked
    this.#corked = undefined
    if (corked !== undefined) allOf(corked.done)?.()
  }

  /** Called when the handle is closed. */
  onClosed(hasSentFin: boolean): void {
    const { server } = this.#share
    server._connections--
    server._emitCloseIfDrained()
    if (hasSentFin) this.#handler.onDrain()
    this.#handler.onClose()
  }

  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    if (!this.#isClosed) this.#handle.readStop()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#startReading()
  }

  #hold(): void {
    this.#isHeld = true
    this.#share.burst.hold(this)
  }

  /** Called when the burst is over. */
  release(): void {
    this.#isHeld = false
    this.#startReading()
  }

  #startReading(): void {
    if (this.#isPaused || this.#isHeld || this.#inputEnded || this.#isClosed) return
    if (this.#handle.readStart() !== 0) this.destroy()
  }

  /** Called after each read, with the number of bytes or a negative status. */
  onRead(status: number): void {
    if (this.#isClosed) return
    const { buffer, burst } = this.#share
    if (status > 0) {
      this.#handler.onData(buffer, 0, status)
      // A connection that ends makes room.
      if (burst.isOn && this.#output === 'open' && !this.#isHeld) {
        this.#handle.readStop()
        this.#hold()
      }
    } else if (status === UV_EOF) {
      this.#inputEnded = true
      this.#handler.onEnd()
      if (this.#output === 'ended') this.destroy()
    } else if (status < 0) this.destroy()
  }

  get #isClosed(): boolean {
    return this.#output === 'closed'
  }

  /** The number of bytes that were read last, or a negative status. */
  get lastRead(): number {
    const { streamBaseState, kReadBytesOrError } = this.#share.binding
    return streamBaseState[kReadBytesOrError]!
  }
}

// One function each for all handles, so that idle connections hold no closures.

function onRead(this: AcceptedHandle): void {
  const transport = this[TRANSPORT]
  transport.onRead(transport.lastRead)
}

function onShutdown(this: ShutdownRequest, status: number): void {
  ;(this as Shutdown).transport.onShutdown(status)
}

function onClosed(this: AcceptedHandle): void {
  this[TRANSPORT].onClosed(false)
}

function onClosedAfterEnd(this: AcceptedHandle): void {
  this[TRANSPORT].onClosed(true)
}

/** Until the first handler is made; it may destroy the transport instead. */
const NO_HANDLER: TransportHandler = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} }

/** Returns '' for a UNIX socket, and for a client that has vanished. */
function peerAddress(handle: AcceptedHandle): string {
  const peer: { address?: string } = {}
  return handle.getpeername?.(peer) === 0 ? (peer.address ?? '') : ''
}

function allOf(calls: readonly (() => void)[]): (() => void) | undefined {
  if (calls.length <= 1) return calls[0]
  return () => {
    for (const call of calls) call()
  }
}
