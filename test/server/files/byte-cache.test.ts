import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteCache } from '../../../src/server/files/byte-cache.ts'

const entry = (length: number, name = '') => ({ name, bytes: new Uint8Array(length) })

/** The keys of a list that are in the cache. Asking makes them the most recently used, in that order. */
const present = (cache: ByteCache<{ bytes: Uint8Array }>, keys: string): string =>
  [...keys].filter(key => cache.get(key) !== undefined).join('')

describe('ByteCache', () => {
  it('gives what it was given, and nothing else', () => {
    const cache = new ByteCache<ReturnType<typeof entry>>(100, 10)
    cache.set('a', entry(10, 'first'))
    expect(cache.get('a')?.name).toBe('first')
    expect(cache.get('b')).toBeUndefined()
    expect([cache.bytes, cache.size]).toEqual([10, 1])
  })

  it('keeps the last of what it was given under one key, and counts that alone', () => {
    const cache = new ByteCache<ReturnType<typeof entry>>(100, 10)
    cache.set('a', entry(90, 'first'))
    cache.set('a', entry(20, 'second'))
    expect(cache.get('a')?.name).toBe('second')
    expect([cache.bytes, cache.size]).toEqual([20, 1])
  })

  it('is full at so many bytes, and lets go of what was least recently used', () => {
    const cache = new ByteCache(30, 10)
    for (const key of 'abc') cache.set(key, entry(10))
    expect(cache.bytes).toBe(30)
    cache.get('a')
    cache.set('d', entry(1))
    expect(present(cache, 'abcd')).toBe('acd')
    cache.set('e', entry(20))
    expect(present(cache, 'abcde')).toBe('de')
  })

  it('counts being set anew as being used', () => {
    const cache = new ByteCache(30, 10)
    for (const key of 'abca') cache.set(key, entry(10))
    cache.set('d', entry(10))
    expect(present(cache, 'abcd')).toBe('acd')
  })

  it('is full at so many entries, also where they hold nothing', () => {
    const cache = new ByteCache(30, 3)
    for (const key of 'abcd') cache.set(key, entry(0))
    expect(present(cache, 'abcd')).toBe('bcd')
    expect([cache.bytes, cache.size]).toEqual([0, 3])
  })

  it('holds what is exactly as large as it may be, and nothing for what is larger', () => {
    const cache = new ByteCache(30, 3)
    cache.set('a', entry(30))
    expect(present(cache, 'a')).toBe('a')
    cache.set('b', entry(31))
    // Nothing is pushed out by what is not kept.
    expect(present(cache, 'ab')).toBe('a')
    // What was under the key is not what was set.
    cache.set('a', entry(31))
    expect(present(cache, 'a')).toBe('')
    expect([cache.bytes, cache.size]).toEqual([0, 0])
  })

  it('never holds more than it may, and what it holds is the latest', () => {
    const action = fc.record({
      key: fc.constantFrom(...'abcdef'),
      length: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), actions => {
        const cache = new ByteCache<{ bytes: Uint8Array }>(60, 4)
        const given = new Map<string, Uint8Array>()
        // What was used, the most recent last: what is held is the end of it, as far as there is room.
        const used = new Map<string, number>()
        for (const { key, length } of actions) {
          const held = length === undefined ? cache.get(key)?.bytes : new Uint8Array(length)
          if (length !== undefined) {
            cache.set(key, { bytes: held! })
            given.set(key, held!)
          }
          if (held === undefined) expect(used.has(key)).toBe(false)
          else expect(held).toBe(given.get(key))
          used.delete(key)
          if (held !== undefined) used.set(key, held.length)
          for (const oldest of used.keys()) {
            if (used.size <= 4 && sum(used.values()) <= 60) break
            used.delete(oldest)
          }
          expect([cache.bytes, cache.size]).toEqual([sum(used.values()), used.size])
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
