import type { Socket } from 'node:net'
import type { DirectWriter, WriteOwner } from './direct-write.ts'

/** One connection's way to the network, all that `Connection` knows of it. The simulator has its own. */
export interface Transport {
  /** The client's address. */
  readonly remoteAddress: string
  /** Bytes written that the kernel has not taken yet. */
  readonly queuedBytes: number
  /** Bytes that the kernel has taken; it only grows. */
  readonly flushedBytes: number
  /** Queues bytes, which must not change until `done`; that is called once, also where the connection is lost. */
  write(bytes: Uint8Array, done?: () => void): void
  /** Between cork and uncork, writes are gathered into one. */
  cork(): void
  uncork(): void
  /** FIN, behind all that is queued. */
  end(): void
  destroy(): void
  /** Ends the connection so that the client cannot take what it has got for the whole. */
  reset(): void
  pause(): void
  resume(): void
}

/** A wire that was just accepted: who its client is, and who listens to it, may still be settled. */
export interface AcceptedTransport extends Transport {
  remoteAddress: string
  /** Has another listen from now on. */
  setHandler(to: TransportHandler): void
}

/** What a wire tells its connection. */
export interface TransportHandler {
  /** Bytes have come. They are borrowed: they change when this call has returned. */
  onData(bytes: Uint8Array, from: number, to: number): void
  /** The client has finished sending. */
  onEnd(): void
  /** The queue has emptied; after `end()`, FIN has gone too. */
  onDrain(): void
  /** The connection is gone in both directions. Called once, last. */
  onClose(): void
}

/** What of a socket's handle tells progress. */
type Handle = { readonly bytesWritten: number; readonly writeQueueSize: number }

const HANDLER: unique symbol = Symbol('listener')

type HandledSocket = Socket & { [HANDLER]?: TransportHandler }

/** Who listens to a socket's wire. */
export function handlerOf(socket: HandledSocket): TransportHandler {
  return socket[HANDLER]!
}

function onEnd(this: HandledSocket): void {
  handlerOf(this).onEnd()
}

function onDrained(this: HandledSocket): void {
  handlerOf(this).onDrain()
}

function onClose(this: HandledSocket): void {
  handlerOf(this).onClose()
}

/** 'close' follows, and is all that matters: the client has gone. */
function onError(): void {}

/** A wire on a `net.Socket`. How bytes are read from it is the read strategy's concern. */
export class SocketTransport implements AcceptedTransport, WriteOwner {
  readonly #socket: Socket
  readonly #direct: DirectWriter | undefined
  remoteAddress: string
  /** Bytes that were written past the stream and are queued in the handle. */
  #directBytes = 0
  /** Whether the stream does not know that something was queued, and so will not tell when all is gone. */
  #owesDrain = false

  constructor(socket: Socket, direct?: DirectWriter) {
    this.#socket = socket
    this.#direct = direct
    this.remoteAddress = socket.remoteAddress ?? ''
  }

  /** Has the socket's events, but for its bytes, go to the listener. */
  listenTo(listener: TransportHandler): void {
    const socket: HandledSocket = this.#socket
    socket[HANDLER] = listener
    // One function each for all sockets: thousands of idle connections hold no closures.
    socket
      .on('end', onEnd)
      .on('drain', onDrained)
      .on('finish', onDrained)
      .on('close', onClose)
      .on('error', onError)
  }

  setHandler(to: TransportHandler): void {
    const socket: HandledSocket = this.#socket
    socket[HANDLER] = to
  }

  get queuedBytes(): number {
    return this.#socket.writableLength + this.#directBytes
  }

  get flushedBytes(): number {
    // As Node's own socket time-out sees progress within one large write.
    const handle = (this.#socket as unknown as { _handle: Handle | null })._handle
    return handle === null ? 0 : handle.bytesWritten - handle.writeQueueSize
  }

  write(bytes: Uint8Array, done?: () => void): void {
    const socket = this.#socket
    const mayBeDirect =
      done === undefined && socket.writableLength === 0 && socket.writableCorked === 0
    if (mayBeDirect && this.#direct !== undefined && this.#writeDirectly(this.#direct, bytes))
      return
    if (!this.#owesDrain) socket.write(bytes, done)
    else
      socket.write(bytes, () => {
        done?.()
        this.#tellDrained()
      })
  }

  /** For the direct writer. */
  onWritten(bytes: number, isLost: boolean): void {
    this.#directBytes -= bytes
    if (isLost) this.#socket.destroy()
    else this.#tellDrained()
  }

  #tellDrained(): void {
    if (!this.#owesDrain || this.queuedBytes > 0 || this.#socket.destroyed) return
    this.#owesDrain = false
    handlerOf(this.#socket).onDrain()
  }

  /** False: nothing is written, and the stream has to say why. */
  #writeDirectly(direct: DirectWriter, bytes: Uint8Array): boolean {
    const socket = this.#socket
    if (socket.writableEnded || socket.destroyed) return false
    const outcome = direct.write(socket, bytes, this)
    if (outcome === 'queued') {
      this.#directBytes += bytes.length
      this.#owesDrain = true
    }
    return outcome !== 'refused'
  }

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  reset(): void {
    // A UNIX socket has no RST; its client sees an end, and too few bytes.
    if (this.#socket.remoteAddress === undefined) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }
}
