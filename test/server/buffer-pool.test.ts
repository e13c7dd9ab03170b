import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../src/server/buffer-pool.ts'

describe('BufferPool', () => {
  it('hands out buffers of its size, each to one at a time', () => {
    const pool = new BufferPool(1000, 2)
    const buffers = [pool.take(), pool.take(), pool.take()]
    expect(buffers.map(({ length }) => length)).toEqual([1000, 1000, 1000])
    expect(new Set(buffers.map(({ buffer }) => buffer)).size).toBe(3)
  })

  it('hands out again what is given back', () => {
    const pool = new BufferPool(1000, 2)
    const buffer = pool.take()
    pool.give(buffer)
    expect(pool.take()).toBe(buffer)
    expect(pool.take()).not.toBe(buffer)
  })

  it('keeps no more than it is told to', () => {
    const pool = new BufferPool(1000, 2)
    const buffers = [pool.take(), pool.take(), pool.take()]
    for (const buffer of buffers) pool.give(buffer)
    const again = [pool.take(), pool.take(), pool.take()]
    expect(again.filter(buffer => buffers.includes(buffer))).toHaveLength(2)
  })
})
