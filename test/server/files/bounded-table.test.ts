import { describe, expect, it } from 'vitest'
import { BoundedTable } from '../../../src/server/files/bounded-table.ts'

const entryOf = (memoryBytes: number) => ({ isUsed: false, memoryBytes })

/** A table with entries of 10 bytes, which it was given in order. */
function tableOf(bytesMax: number, ...keys: string[]) {
  const limit = { bytesMax }
  const table = new BoundedTable(() => limit.bytesMax)
  for (const key of keys) table.set(key, entryOf(10))
  const kept = (...all: string[]): string =>
    all.filter(key => table.get(key) !== undefined).join(' ')
  return { table, limit, kept }
}

describe('BoundedTable', () => {
  it('evicts the entry that was put in first', () => {
    const { table, kept } = tableOf(30, 'a', 'b', 'c', 'd')
    expect([table.bytes, kept('a', 'b', 'c', 'd')]).toEqual([30, 'b c d'])
  })

  it('gives an entry that was used a second chance, once', () => {
    const { table, kept } = tableOf(30, 'a', 'b', 'c')
    table.get('a')
    table.set('d', entryOf(10))
    table.set('e', entryOf(10))
    table.set('f', entryOf(10))
    table.set('g', entryOf(10))
    expect(kept('a', 'b', 'c', 'd', 'e', 'f', 'g')).toBe('e f g')
  })

  it('keeps entries in use through a flood of new ones', () => {
    const { table } = tableOf(100, 'a')
    for (let n = 0; n < 1000; n++) {
      expect(table.get('a'), `${n}`).toBeDefined()
      table.set(`${n}`, entryOf(10))
      expect(table.bytes).toBeLessThanOrEqual(100)
    }
  })

  it('replaces and deletes entries, and counts their bytes', () => {
    const { table } = tableOf(100, 'a', 'b')
    table.set('a', entryOf(50))
    expect(table.bytes).toBe(60)
    table.delete('a')
    table.delete('a')
    expect(table.bytes).toBe(10)
  })

  it('does not keep an entry that is larger than the limit, and then evicts nothing', () => {
    const { table, kept } = tableOf(30, 'a', 'b', 'c')
    table.set('large', entryOf(31))
    expect(kept('a', 'b', 'c', 'large')).toBe('a b c')
  })

  it('follows a limit that changes', () => {
    const { table, limit, kept } = tableOf(100, 'a', 'b', 'c')
    limit.bytesMax = 20
    expect([table.hasRoomFor(10), kept('a', 'b', 'c')]).toEqual([false, 'a b c'])
    table.set('d', entryOf(10))
    expect(table.bytes).toBeLessThanOrEqual(20)
    limit.bytesMax = 0
    table.set('e', entryOf(10))
    expect(table.get('e')).toBeUndefined()
  })
})
