import type { CloseReason } from '../connection/close-reason.ts'
import type { ServerContext } from '../connection/server-context.ts'
import { Deadline } from '../connection/timer-wheel.ts'
import type { AcceptedTransport, TransportHandler } from '../transport/socket-transport.ts'
import { type ProxyErrorCode, ProxyHeader } from './index.ts'

/** What stands around a stage. */
export type ProxyHandshakeDeps = {
  readonly context: Pick<ServerContext, 'config' | 'wheel' | 'connections' | 'closeReasons'>
  /** Makes what listens next. */
  readonly connect: (transport: AcceptedTransport) => TransportHandler
  /** Told of a connection that is closed for what it began with. */
  readonly refused: (code: ProxyErrorCode, remote: string) => void
}

/**
 * A connection from a balancer until it has said for whom it is, by a PROXY header. Then the wire has the client's address, and goes over
 * to what listens next, together with the bytes behind the header. A connection that does not begin so is closed without an answer:
 * who speaks another protocol would not read it, and who was to learn of it is the operator.
 */
export class ProxyHandshake extends Deadline implements TransportHandler {
  readonly transport: AcceptedTransport
  readonly #parts: ProxyHandshakeDeps
  readonly #header = new ProxyHeader()
  #isOver = false

  constructor(transport: AcceptedTransport, parts: ProxyHandshakeDeps) {
    super()
    this.transport = transport
    this.#parts = parts
    const { connections, wheel, config } = parts.context
    connections.add(this)
    wheel.set(this, config.headTimeoutMs)
  }

  onData(bytes: Uint8Array, from: number, to: number): void {
    if (this.#isOver) return
    const header = this.#header
    switch (header.run(bytes, from, to)) {
      case 'partial':
        return
      case 'refused':
        return this.#refuse(header.code)
      case 'complete': {
        const { transport } = this
        if (header.client !== undefined) transport.remoteAddress = header.client.address
        // It is among the connections before this is not, so that a server never seems to have none.
        const next = this.#parts.connect(transport)
        this.#leave()
        transport.setHandler(next)
        if (header.at < to) next.onData(bytes, header.at, to)
      }
    }
  }

  /** A balancer that only looks whether there is somebody says nothing. */
  onEnd(): void {
    if (this.#isOver) return
    if (!this.#header.untouched) return this.#refuse('proxy-header-cut')
    this.abort('client-closed')
  }

  onDrain(): void {}

  onClose(): void {
    if (this.#isOver) return
    if (this.#header.untouched) this.abort('reset')
    else this.#refuse('proxy-header-cut')
  }

  override expired(): void {
    this.#refuse('proxy-header-late')
  }

  /** What is under way is let in, and learns then that the server drains; nothing takes longer than the deadline. */
  drain(): void {}

  abort(end: CloseReason): void {
    this.#leave()
    this.#parts.context.closeReasons.count(end, this.transport.remoteAddress)
    this.transport.destroy()
  }

  #refuse(code: ProxyErrorCode): void {
    this.#parts.refused(code, this.transport.remoteAddress)
    this.abort('proxy-refused')
  }

  #leave(): void {
    this.#isOver = true
    const { connections, wheel } = this.#parts.context
    wheel.clear(this)
    connections.delete(this)
  }
}
