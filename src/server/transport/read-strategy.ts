import type { Socket } from 'node:net'
import type { AcceptedTransport, TransportHandler } from './transport.ts'

/** Makes the first handler of a new transport. */
export type Connect = (transport: AcceptedTransport) => TransportHandler

/** How bytes are read off sockets. Chosen at start-up by `chooseReadStrategy()`. */
export interface ReadStrategy {
  readonly name: 'shared-buffer' | 'stream'
  /**
   * Takes over a socket that a server with `pauseOnConnect` has accepted, and starts to read it.
   */
  attach(accepted: Socket, connect: Connect): void
}

/** The options that every strategy needs of its `net.Server`. */
export const ACCEPT_OPTIONS = { pauseOnConnect: true, allowHalfOpen: true, noDelay: true } as const
