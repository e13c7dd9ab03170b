import { describe, expect, it } from 'vitest'
import { CarryBuffer } from '../../src/parser/byte-window.ts'

describe('CarryBuffer', () => {
  it('appends spans and returns where they begin', () => {
    const carry = new CarryBuffer()
    expect(carry.append(Uint8Array.of(1, 2, 3), 1, 3)).toBe(0)
    expect(carry.append(Uint8Array.of(4), 0, 1)).toBe(2)
    expect([...carry.bytes.subarray(0, carry.length)]).toEqual([2, 3, 4])
  })

  it('grows by doubling, so that appending single bytes takes linear time', () => {
    const carry = new CarryBuffer()
    const arrays = new Set<Uint8Array>()
    for (let i = 0; i < 100_000; i++) {
      carry.append(Uint8Array.of(i), 0, 1)
      arrays.add(carry.bytes)
    }
    expect(arrays.size).toBeLessThan(10)
    expect(carry.bytes[99_999]).toBe(99_999 & 0xff)
  })

  it('does not grow while its capacity suffices', () => {
    const carry = new CarryBuffer()
    carry.append(Uint8Array.of(1), 0, 1)
    const { bytes } = carry
    carry.append(new Uint8Array(bytes.length), 1, bytes.length)
    expect(carry.bytes).toBe(bytes)
    expect(carry.length).toBe(bytes.length)
  })

  it('drops an array of more than 16 KiB when it is cleared, and keeps a smaller one', () => {
    const carry = new CarryBuffer()
    carry.append(new Uint8Array(100), 0, 100)
    const small = carry.bytes
    carry.clear()
    expect(carry.bytes).toBe(small)
    carry.append(new Uint8Array(100_000), 0, 100_000)
    carry.clear()
    expect(carry.bytes.length).toBe(0)
    carry.append(new Uint8Array(16 * 1024), 0, 16 * 1024)
    carry.clear()
    expect(carry.bytes.length).toBe(16 * 1024)
  })
})
