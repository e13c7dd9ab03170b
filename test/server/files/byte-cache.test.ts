import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteCache } from '../../../src/server/files/byte-cache.ts'

const entry = (length: number, name = '') => ({ name, bytes: new Uint8Array(length) })

/** Returns the keys that are in the cache, and makes them the most recently used, in this order. */
const cachedKeys = (cache: ByteCache<{ bytes: Uint8Array }>, keys: string): string =>
  [...keys].filter(key => cache.get(key) !== undefined).join('')

describe('ByteCache', () => {
  it('returns the value of a key, and undefined for other keys', () => {
    const cache = new ByteCache<ReturnType<typeof entry>>(100, 10)
    cache.set('a', entry(10, 'first'))
    expect(cache.get('a')?.name).toBe('first')
    expect(cache.get('b')).toBeUndefined()
    expect([cache.bytes, cache.size]).toEqual([10, 1])
  })

  it('replaces the value of a key, and counts only the new one', () => {
    const cache = new ByteCache<ReturnType<typeof entry>>(100, 10)
    cache.set('a', entry(90, 'first'))
    cache.set('a', entry(20, 'second'))
    expect(cache.get('a')?.name).toBe('second')
    expect([cache.bytes, cache.size]).toEqual([20, 1])
  })

  it('evicts the least recently used entries beyond bytesMax', () => {
    const cache = new ByteCache(30, 10)
    for (const key of 'abc') cache.set(key, entry(10))
    expect(cache.bytes).toBe(30)
    cache.get('a')
    cache.set('d', entry(1))
    expect(cachedKeys(cache, 'abcd')).toBe('acd')
    cache.set('e', entry(20))
    expect(cachedKeys(cache, 'abcde')).toBe('de')
  })

  it('counts setting a key again as a use', () => {
    const cache = new ByteCache(30, 10)
    for (const key of 'abca') cache.set(key, entry(10))
    cache.set('d', entry(10))
    expect(cachedKeys(cache, 'abcd')).toBe('acd')
  })

  it('evicts entries beyond entriesMax, also if they hold no bytes', () => {
    const cache = new ByteCache(30, 3)
    for (const key of 'abcd') cache.set(key, entry(0))
    expect(cachedKeys(cache, 'abcd')).toBe('bcd')
    expect([cache.bytes, cache.size]).toEqual([0, 3])
  })

  it('keeps a value of exactly bytesMax, and drops a larger one', () => {
    const cache = new ByteCache(30, 3)
    cache.set('a', entry(30))
    expect(cachedKeys(cache, 'a')).toBe('a')
    cache.set('b', entry(31))
    // A value that is not kept evicts nothing.
    expect(cachedKeys(cache, 'ab')).toBe('a')
    // The old value of the key is removed, because it is no longer the one that was set.
    cache.set('a', entry(31))
    expect(cachedKeys(cache, 'a')).toBe('')
    expect([cache.bytes, cache.size]).toEqual([0, 0])
  })

  it('holds the most recently used values within its limits', () => {
    const action = fc.record({
      key: fc.constantFrom(...'abcdef'),
      length: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), actions => {
        const cache = new ByteCache<{ bytes: Uint8Array }>(60, 4)
        const latest = new Map<string, Uint8Array>()
        // The model: lengths by key, the most recently used last.
        const expected = new Map<string, number>()
        for (const { key, length } of actions) {
          const value = length === undefined ? cache.get(key)?.bytes : new Uint8Array(length)
          if (length !== undefined) {
            cache.set(key, { bytes: value! })
            latest.set(key, value!)
          }
          if (value === undefined) expect(expected.has(key)).toBe(false)
          else expect(value).toBe(latest.get(key))
          expected.delete(key)
          if (value !== undefined) expected.set(key, value.length)
          for (const oldest of expected.keys()) {
            if (expected.size <= 4 && sum(expected.values()) <= 60) break
            expected.delete(oldest)
          }
          expect([cache.bytes, cache.size]).toEqual([sum(expected.values()), expected.size])
        }
      }),
    )
  })
})

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
