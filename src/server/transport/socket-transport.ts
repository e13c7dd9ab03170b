import type { Server, Socket } from 'node:net'
import type { DirectWriter, WriteObserver } from './direct-write.ts'
import type { StreamHandle } from './stream-binding.ts'
import type { AcceptedTransport, TransportHandler } from './transport.ts'

const HANDLER: unique symbol = Symbol('handler')

type HandledSocket = Socket & { [HANDLER]?: TransportHandler }

/** The handler of a socket that `SocketTransport` has attached. */
export function handlerOf(socket: HandledSocket): TransportHandler {
  return socket[HANDLER]!
}

/** Sends the sockets that a server accepts to `attach`, until the returned function is called. */
export function acceptSockets(
  server: Server,
  attach: (socket: Socket) => void,
  onFailure: ((error: unknown) => void) | undefined,
): () => void {
  const onConnection = (socket: Socket): void => {
    try {
      attach(socket)
    } catch (error) {
      socket.destroy()
      if (onFailure === undefined) throw error
      onFailure(error)
    }
  }
  server.on('connection', onConnection)
  return () => void server.off('connection', onConnection)
}

function onEnd(this: HandledSocket): void {
  handlerOf(this).onEnd()
}

function onDrain(this: HandledSocket): void {
  handlerOf(this).onDrain()
}

function onClose(this: HandledSocket): void {
  handlerOf(this).onClose()
}

/** 'close' follows every error, and is enough. */
function onError(): void {}

/** A transport on a `net.Socket`. The read strategy decides how bytes are read from it. */
export class SocketTransport implements AcceptedTransport, WriteObserver {
  readonly #socket: Socket
  readonly #direct: DirectWriter | undefined
  remoteAddress: string
  /** Bytes that were written past the stream and are queued in the handle. */
  #directBytes = 0
  /** Whether bytes were queued past the stream, which then emits no 'drain' for them. */
  #owesDrain = false

  constructor(socket: Socket, direct?: DirectWriter) {
    this.#socket = socket
    this.#direct = direct
    this.remoteAddress = socket.remoteAddress ?? ''
  }

  /** Sends the socket's events, except its bytes, to the handler. */
  attach(handler: TransportHandler): void {
    const socket: HandledSocket = this.#socket
    socket[HANDLER] = handler
    // One function each for all sockets, so that idle connections hold no closures.
    socket
      .on('end', onEnd)
      .on('drain', onDrain)
      .on('finish', onDrain)
      .on('close', onClose)
      .on('error', onError)
  }

  setHandler(handler: TransportHandler): void {
    const socket: HandledSocket = this.#socket
    socket[HANDLER] = handler
  }

  get queuedBytes(): number {
    return this.#socket.writableLength + this.#directBytes
  }

  get flushedBytes(): number {
    // Node's own socket timeout sees progress within one large write in the same way.
    const handle = this.#handle
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
        this.#emitDrain()
      })
  }

  /** Called by the direct writer. */
  onWritten(bytes: number, isLost: boolean): void {
    this.#directBytes -= bytes
    if (isLost) this.#socket.destroy()
    else this.#emitDrain()
  }

  #emitDrain(): void {
    if (!this.#owesDrain || this.queuedBytes > 0 || this.#socket.destroyed) return
    this.#owesDrain = false
    handlerOf(this.#socket).onDrain()
  }

  /** Returns false if nothing was written: the stream then reports the error. */
  #writeDirectly(direct: DirectWriter, bytes: Uint8Array): boolean {
    const { writableEnded, destroyed } = this.#socket
    const handle = this.#handle
    if (writableEnded || destroyed || handle === null) return false
    const result = direct.write(handle, bytes, this)
    if (result === 'queued') {
      this.#directBytes += bytes.length
      this.#owesDrain = true
    }
    return result !== 'refused'
  }

  /** Undocumented. */
  get #handle(): StreamHandle | null {
    return (this.#socket as unknown as { _handle: StreamHandle | null })._handle
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
    // A UNIX socket has no RST: its client sees FIN after too few bytes.
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
