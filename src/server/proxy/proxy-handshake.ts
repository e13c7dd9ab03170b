import type { ConnectionEnd } from '../connection/close-reason.ts'
import type { ServerContext } from '../connection/server-context.ts'
import { Deadline } from '../connection/timer-wheel.ts'
import type { AdoptedWire, WireListener } from '../transport/socket-transport.ts'
import { type ProxyErrorCode, ProxyHeader } from './index.ts'

/** What stands around a stage. */
export type ProxyStageParts = {
  readonly context: Pick<ServerContext, 'config' | 'wheel' | 'connections' | 'ends'>
  /** Makes what listens next. */
  readonly connect: (wire: AdoptedWire) => WireListener
  /** Told of a connection that is closed for what it began with. */
  readonly refused: (code: ProxyErrorCode, remote: string) => void
}

/**
 * A connection from a balancer until it has said for whom it is, by a PROXY header. Then the wire has the client's address, and goes over
 * to what listens next, together with the bytes behind the header. A connection that does not begin so is closed without an answer:
 * who speaks another protocol would not read it, and who was to learn of it is the operator.
 */
export class ProxyStage extends Deadline implements WireListener {
  readonly wire: AdoptedWire
  readonly #parts: ProxyStageParts
  readonly #header = new ProxyHeader()
  #isOver = false

  constructor(wire: AdoptedWire, parts: ProxyStageParts) {
    super()
    this.wire = wire
    this.#parts = parts
    const { connections, wheel, config } = parts.context
    connections.add(this)
    wheel.set(this, config.headTimeoutMs)
  }

  received(bytes: Uint8Array, from: number, to: number): void {
    if (this.#isOver) return
    const header = this.#header
    switch (header.run(bytes, from, to)) {
      case 'partial':
        return
      case 'refused':
        return this.#refuse(header.code)
      case 'complete': {
        const { wire } = this
        if (header.client !== undefined) wire.remote = header.client.address
        // It is among the connections before this is not, so that a server never seems to have none.
        const next = this.#parts.connect(wire)
        this.#leave()
        wire.handOver(next)
        if (header.at < to) next.received(bytes, header.at, to)
      }
    }
  }

  /** A balancer that only looks whether there is somebody says nothing. */
  finished(): void {
    if (this.#isOver) return
    if (!this.#header.untouched) return this.#refuse('proxy-header-cut')
    this.cutOff('client-closed')
  }

  drained(): void {}

  gone(): void {
    if (this.#isOver) return
    if (this.#header.untouched) this.cutOff('reset')
    else this.#refuse('proxy-header-cut')
  }

  override expired(): void {
    this.#refuse('proxy-header-late')
  }

  /** What is under way is let in, and learns then that the server drains; nothing takes longer than the deadline. */
  drain(): void {}

  cutOff(end: ConnectionEnd): void {
    this.#leave()
    this.#parts.context.ends.count(end, this.wire.remote)
    this.wire.destroy()
  }

  #refuse(code: ProxyErrorCode): void {
    this.#parts.refused(code, this.wire.remote)
    this.cutOff('proxy-refused')
  }

  #leave(): void {
    this.#isOver = true
    const { connections, wheel } = this.#parts.context
    wheel.clear(this)
    connections.delete(this)
  }
}
