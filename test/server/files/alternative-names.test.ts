import { describe, expect, it } from 'vitest'
import { alternativeNames } from '../../../src/server/files/alternative-names.ts'

/** Returns the first alternative names of a file. */
const first = (name: string, count = 1): string[] => [...alternativeNames(name)].slice(0, count)

describe('alternativeNames', () => {
  it.each([
    ['a.txt', 'a (1).txt'],
    ['noextension', 'noextension (1)'],
    ['a b.c.d', 'a b.c (1).d'],
    ['a.', 'a (1).'],
    ['.well-known', '.well-known (1)'],
    ['a (1).txt', 'a (1) (1).txt'],
    ['é和.txt', 'é和 (1).txt'],
    // An extension of more than 32 bytes is part of the name.
    [`a.${'x'.repeat(32)}`, `a.${'x'.repeat(32)} (1)`],
    [`a.${'x'.repeat(31)}`, `a (1).${'x'.repeat(31)}`],
  ])('%s: %s', (name, other) => {
    expect(first(name)).toEqual([other])
  })

  it('yields 1000 numbered names', () => {
    const names = first('a.txt', Number.POSITIVE_INFINITY)
    expect(names.slice(0, 3)).toEqual(['a (1).txt', 'a (2).txt', 'a (3).txt'])
    expect([names.length, names.at(-1)]).toEqual([1000, 'a (1000).txt'])
  })

  it.each(['a', 'é', '和', '😀'])(
    'yields at most 255 bytes: it cuts whole characters off many %s',
    text => {
      const long = text.repeat(251 / Buffer.byteLength(text))
      for (const other of alternativeNames(`${long}.txt`)) {
        expect(Buffer.byteLength(other)).toBeLessThanOrEqual(255)
        expect(Buffer.byteLength(other)).toBeGreaterThan(251)
        expect(other.replace(/ \(\d+\)\.txt$/, '').replaceAll(text, '')).toBe('')
      }
    },
  )
})
