import type { Socket } from 'node:net'
import type { AcceptedTransport, TransportHandler } from './socket-transport.ts'

/** Makes what listens to a new wire at first. */
export type Connect = (transport: AcceptedTransport) => TransportHandler

/** How bytes get from a socket into memory. Chosen at start-up. */
export interface ReadStrategy {
  readonly name: 'shared-buffer' | 'stream'
  /** Takes over a socket that a server with `pauseOnConnect` has accepted, and starts to read it. */
  attach(accepted: Socket, connect: Connect): void
}

/** The options a `net.Server` must have for any strategy. */
export const ACCEPT_OPTIONS = { pauseOnConnect: true, allowHalfOpen: true, noDelay: true } as const
