import type { Server } from 'node:net'
import type { ServeSettings } from '../config/serve-options.ts'
import type { AcceptedTransport, TransportHandler } from './transport.ts'

/** Makes the first handler of a new transport. It may destroy the transport instead. */
export type Connect = (transport: AcceptedTransport) => TransportHandler

export type ReadStrategyName = NonNullable<ServeSettings['readStrategy']>

/** How connections are accepted and read. Chosen at start-up by `chooseReadStrategy()`. */
export interface ReadStrategy {
  readonly name: ReadStrategyName
  /**
   * Reads the connections that a server accepts from now on; it was made with `ACCEPT_OPTIONS`, and
   * may listen already. Errors in this are thrown into the event loop, or passed to `onFailure`.
   *
   * @returns a function that leaves later connections to another strategy
   */
  accept(server: Server, connect: Connect, onFailure?: (error: unknown) => void): () => void
}

/** The options that every strategy needs of its `net.Server`. */
export const ACCEPT_OPTIONS = { pauseOnConnect: true, allowHalfOpen: true, noDelay: true } as const
