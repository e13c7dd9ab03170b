/** The life of a connection. A few moves a request, so it is a table; the bytes are the parser's switch. */
const LIFECYCLE = {
  /** Between messages. */
  idle: {
    begin: 'reading',
    head: 'exchange',
    answered: 'idle',
    refuse: 'lingering',
    leave: 'lingering',
    gone: 'closed',
  },
  /** The first bytes of a request have come, its head is not whole. */
  reading: {
    head: 'exchange',
    answered: 'idle',
    refuse: 'lingering',
    leave: 'lingering',
    gone: 'closed',
  },
  /** A request is being answered, and its content read. */
  exchange: { over: 'idle', last: 'lingering', refuse: 'lingering', gone: 'closed' },
  /** The last answer is on its way, then FIN; what still comes is discarded (RFC 9112 §9.6). */
  lingering: { gone: 'closed' },
  /** Both directions are over. */
  closed: {},
} as const

export type ConnectionState = keyof typeof LIFECYCLE
export type Move = 'begin' | 'head' | 'answered' | 'over' | 'last' | 'refuse' | 'leave' | 'gone'

const MOVES: Readonly<Record<ConnectionState, Partial<Readonly<Record<Move, ConnectionState>>>>> =
  LIFECYCLE

/** The state after a move. A move that the table lacks is a mistake of ours, and throws. */
export function nextState(state: ConnectionState, move: Move): ConnectionState {
  const next = MOVES[state][move]
  if (next === undefined) throw new Error(`a connection that is ${state} cannot ${move}`)
  return next
}
