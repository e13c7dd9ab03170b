import type { Transport } from '../transport/transport.ts'
import type { CloseReason } from './close-reason.ts'

/** An open connection as the server sees it: at work, or still reading its PROXY header. */
export interface OpenConnection {
  readonly transport: Transport
  /** Accepts no request after the next one, and closes when idle for `drainIdleMs`. */
  drain(): void
  /** Closes now. */
  abort(reason: CloseReason): void
}
