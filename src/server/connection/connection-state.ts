/**
 * The lifecycle of a connection. It makes a few moves a request, so it is a table; the bytes, which
 * are many, are the parser's switch.
 */
const LIFECYCLE = {
  /** Between requests. */
  idle: {
    begin: 'reading',
    head: 'exchange',
    cached: 'idle',
    refuse: 'lingering',
    leave: 'lingering',
    closed: 'closed',
  },
  /** The first bytes of a request have arrived; its head is incomplete. */
  reading: {
    head: 'exchange',
    cached: 'idle',
    refuse: 'lingering',
    leave: 'lingering',
    closed: 'closed',
  },
  /** An endpoint responds to a request; its content is read. */
  exchange: { over: 'idle', last: 'lingering', refuse: 'lingering', closed: 'closed' },
  /** The last response is queued, then FIN; further input is discarded (RFC 9112 §9.6). */
  lingering: { closed: 'closed' },
  /** Closed in both directions. */
  closed: {},
} as const

export type ConnectionState = keyof typeof LIFECYCLE
export type Move = 'begin' | 'head' | 'cached' | 'over' | 'last' | 'refuse' | 'leave' | 'closed'

const MOVES: Readonly<Record<ConnectionState, Partial<Readonly<Record<Move, ConnectionState>>>>> =
  LIFECYCLE

/**
 * Returns the state after a move.
 *
 * @throws Error for a move that the table lacks: a bug of the caller
 */
export function nextState(state: ConnectionState, move: Move): ConnectionState {
  const next = MOVES[state][move]
  if (next === undefined) throw new Error(`a connection in state ${state} cannot ${move}`)
  return next
}
