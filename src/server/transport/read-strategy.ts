import type { Socket } from 'node:net'
import type { AdoptedWire, WireListener } from './socket-transport.ts'

/** Makes what listens to a new wire at first. */
export type Connect = (wire: AdoptedWire) => WireListener

/** How bytes get from a socket into memory. Chosen at start-up. */
export interface ReadStrategy {
  readonly name: 'shared-buffer' | 'slab'
  /** Takes over a socket that a server with `pauseOnConnect` has accepted, and starts to read it. */
  adopt(accepted: Socket, connect: Connect): void
}

/** The options a `net.Server` must have for any strategy. */
export const ACCEPT_OPTIONS = { pauseOnConnect: true, allowHalfOpen: true, noDelay: true } as const
