import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'

describe('BufferPool', () => {
  it('takes a separate buffer of the size each time', () => {
    const pool = new BufferPool(1000, 100, 2)
    const buffers = [pool.take('large'), pool.take('small'), pool.take('large')]
    expect(buffers.map(({ length }) => length)).toEqual([1000, 100, 1000])
    expect(new Set(buffers.map(({ buffer }) => buffer)).size).toBe(3)
  })

  it.each(['large', 'small'] as const)('takes a buffer again that was given back: %s', size => {
    const pool = new BufferPool(1000, 100, 2)
    const buffer = pool.take(size)
    pool.give(buffer)
    expect(pool.take(size === 'large' ? 'small' : 'large')).not.toBe(buffer)
    expect(pool.take(size)).toBe(buffer)
    expect(pool.take(size)).not.toBe(buffer)
  })

  it('keeps at most the given number of buffers of each size', () => {
    const pool = new BufferPool(1000, 100, 2)
    const buffers = [pool.take('large'), pool.take('large'), pool.take('large'), pool.take('small')]
    for (const buffer of buffers) pool.give(buffer)
    const again = [pool.take('large'), pool.take('large'), pool.take('large'), pool.take('small')]
    expect(again.filter(buffer => buffers.includes(buffer))).toHaveLength(3)
  })
})
