import { describe, expect, it } from 'vitest'
import {
  type ConnectionState,
  type Move,
  nextState,
} from '../../../src/server/connection/connection-state.ts'

const STATES: readonly ConnectionState[] = ['idle', 'reading', 'exchange', 'lingering', 'closed']
const MOVES: readonly Move[] = ['begin', 'head', 'over', 'last', 'refuse', 'leave', 'closed']

const TABLE: readonly (readonly [ConnectionState, Move, ConnectionState])[] = [
  ['idle', 'begin', 'reading'],
  ['idle', 'head', 'exchange'],
  ['idle', 'refuse', 'lingering'],
  ['idle', 'leave', 'lingering'],
  ['idle', 'closed', 'closed'],
  ['reading', 'head', 'exchange'],
  ['reading', 'refuse', 'lingering'],
  ['reading', 'leave', 'lingering'],
  ['reading', 'closed', 'closed'],
  ['exchange', 'over', 'idle'],
  ['exchange', 'last', 'lingering'],
  ['exchange', 'refuse', 'lingering'],
  ['exchange', 'closed', 'closed'],
  ['lingering', 'closed', 'closed'],
]

const others = STATES.flatMap(state => MOVES.map(move => [state, move] as const)).filter(
  ([state, move]) => !TABLE.some(([from, by]) => from === state && by === move),
)

describe('nextState', () => {
  it.each(TABLE)('%s, %s: %s', (state, move, next) => {
    expect(nextState(state, move)).toBe(next)
  })

  it.each(others)('%s: no %s', (state, move) => {
    expect(() => nextState(state, move)).toThrow(`a connection in state ${state} cannot ${move}`)
  })
})
