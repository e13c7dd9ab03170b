import { describe, expect, it } from 'vitest'
import {
  type ConnectionState,
  type Move,
  nextState,
} from '../../../src/server/connection/connection-state.ts'

const STATES: readonly ConnectionState[] = ['idle', 'reading', 'exchange', 'lingering', 'closed']
const MOVES: readonly Move[] = [
  'begin',
  'head',
  'cached',
  'over',
  'last',
  'refuse',
  'leave',
  'closed',
]

const VALID_MOVES: readonly (readonly [ConnectionState, Move, ConnectionState])[] = [
  ['idle', 'begin', 'reading'],
  ['idle', 'head', 'exchange'],
  ['idle', 'cached', 'idle'],
  ['idle', 'refuse', 'lingering'],
  ['idle', 'leave', 'lingering'],
  ['idle', 'closed', 'closed'],
  ['reading', 'head', 'exchange'],
  ['reading', 'cached', 'idle'],
  ['reading', 'refuse', 'lingering'],
  ['reading', 'leave', 'lingering'],
  ['reading', 'closed', 'closed'],
  ['exchange', 'over', 'idle'],
  ['exchange', 'last', 'lingering'],
  ['exchange', 'refuse', 'lingering'],
  ['exchange', 'closed', 'closed'],
  ['lingering', 'closed', 'closed'],
]

const invalidMoves = STATES.flatMap(state => MOVES.map(move => [state, move] as const)).filter(
  ([state, move]) => !VALID_MOVES.some(([from, by]) => from === state && by === move),
)

describe('nextState', () => {
  it.each(VALID_MOVES)('state %s, move %s: %s', (state, move, next) => {
    expect(nextState(state, move)).toBe(next)
  })

  it.each(invalidMoves)('throws in state %s for the move %s', (state, move) => {
    expect(() => nextState(state, move)).toThrow(`a connection in state ${state} cannot ${move}`)
  })
})
