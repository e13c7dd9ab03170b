import type { CloseReason } from '../connection/close-reason.ts'
import type { OpenConnection } from '../connection/open-connection.ts'
import { Deadline } from '../connection/timer-wheel.ts'
import type { ServerContext } from '../server-context.ts'
import type { Connect } from '../transport/read-strategy.ts'
import type { AcceptedTransport, TransportHandler } from '../transport/transport.ts'
import { ProxyHeader } from './proxy-header.ts'
import type { ProxyRefusals } from './proxy-refusals.ts'
import type { ProxyErrorCode } from './proxy-result.ts'

/**
 * A connection from a balancer, until its PROXY header has named the client. Then the transport
 * gets the client's address, and its next handler, together with the bytes behind the header. A
 * connection that does not begin with such a header is closed without a response: its peer may not
 * speak HTTP, and the log informs the operator.
 */
export class ProxyHandshake extends Deadline implements TransportHandler, OpenConnection {
  readonly transport: AcceptedTransport
  readonly #context: ServerContext
  readonly #connect: Connect
  readonly #refusals: ProxyRefusals
  readonly #header = new ProxyHeader()
  #isOver = false

  /** `connect` makes the next handler. */
  constructor(
    transport: AcceptedTransport,
    context: ServerContext,
    connect: Connect,
    refusals: ProxyRefusals,
  ) {
    super()
    this.transport = transport
    this.#context = context
    this.#connect = connect
    this.#refusals = refusals
    context.admission.add(this)
    context.wheel.set(this, context.config.headTimeoutMs)
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
        // Counted before this one is not, so that the server never seems to have no connection.
        const next = this.#connect(transport)
        this.#leave()
        transport.setHandler(next)
        if (header.at < to) next.onData(bytes, header.at, to)
      }
    }
  }

  /** A balancer's health check may connect and send nothing. */
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

  /**
   * The connection behind the header learns that the server drains; the handshake has its deadline.
   */
  drain(): void {}

  abort(reason: CloseReason): void {
    this.#leave()
    this.#context.closeReasons.count(reason, this.transport.remoteAddress)
    this.transport.destroy()
  }

  #refuse(code: ProxyErrorCode): void {
    this.#refusals.add(code, this.transport.remoteAddress)
    this.abort('proxy-refused')
  }

  #leave(): void {
    this.#isOver = true
    const { admission, wheel } = this.#context
    wheel.clear(this)
    admission.remove(this)
  }
}
