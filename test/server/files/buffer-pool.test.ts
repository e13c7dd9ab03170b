import { describe, expect, it } from 'vitest'
import { BufferPool, UNCOUNTED_BYTES_MAX } from '../../../src/server/files/buffer-pool.ts'

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

  it('takes smaller buffers the more is held', () => {
    const pool = new BufferPool(1000, 100, 2, 2300)
    const sizes = Array.from({ length: 16 }, () => pool.take('large').length)
    expect(sizes).toEqual([1000, ...Array<number>(13).fill(100), 25, 25])
    expect([pool.heldBytes, pool.smallBytes]).toEqual([2350, 25])
    expect(pool.take('small')).toHaveLength(25)
  })

  it('takes large buffers again once the others were given back', () => {
    const pool = new BufferPool(1000, 100, 2, 2000)
    const first = pool.take('large')
    expect(pool.take('large')).toHaveLength(100)
    pool.give(first)
    expect(pool.heldBytes).toBe(100)
    pool.hold(new Uint8Array(100))
    expect(pool.take('large')).toHaveLength(100)
  })

  it('counts bytes of others once, however many hold them', () => {
    const pool = new BufferPool(1000, 100, 2, 400_000)
    const [bytes, other] = [new Uint8Array(120_000), new Uint8Array(120_000)]
    expect([pool.mayHold(bytes), pool.mayHold(new Uint8Array(200_001))]).toEqual([true, false])
    pool.hold(bytes)
    pool.hold(bytes.subarray(10, 20))
    expect([pool.heldBytes, pool.mayHold(bytes), pool.mayHold(other)]).toEqual([
      120_000,
      true,
      false,
    ])
    expect(pool.mayHold(new Uint8Array(UNCOUNTED_BYTES_MAX))).toBe(true)
    pool.release(bytes)
    expect([pool.heldBytes, pool.mayHold(other)]).toEqual([120_000, false])
    pool.release(bytes)
    expect([pool.heldBytes, pool.mayHold(other)]).toEqual([0, true])
  })
})
