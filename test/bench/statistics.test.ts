import { describe, expect, it } from 'vitest'
import { chanceOfNoise, medianOf, ratiosOf, summarise } from '../../bench/report/statistics.ts'

describe('summarise', () => {
  it('returns the median, the lowest and the highest of rounds in any order', () => {
    expect(summarise([5, 1, 4, 2, 30])).toEqual({ median: 4, least: 1, most: 30, rounds: 5 })
    expect(medianOf([4, 1, 3, 2])).toBe(2.5)
  })

  it('throws if there are no samples', () => {
    expect(() => summarise([])).toThrow(RangeError)
  })
})

describe('ratiosOf', () => {
  it('divides round by round, for as many rounds as both sides have', () => {
    expect(ratiosOf([10, 9, 8], [5, 3])).toEqual([2, 3])
  })
})

describe('chanceOfNoise', () => {
  // The counts are from Mann and Whitney's tables: one of C(10, 5) = 252 orders has U = 0.
  it('counts all orders of few rounds', () => {
    expect(chanceOfNoise([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBeCloseTo(2 / 252, 12)
    expect(chanceOfNoise([1, 2, 3, 4, 6], [5, 7, 8, 9, 10])).toBeCloseTo(4 / 252, 12)
    expect(chanceOfNoise([1, 2, 3], [4, 5, 6])).toBeCloseTo(2 / 20, 12)
    expect(chanceOfNoise([1], [2, 3])).toBeCloseTo(2 / 3, 12)
  })

  it('agrees with enumerating every order, for any sizes', () => {
    for (const [m, n] of [
      [2, 3],
      [3, 2],
      [4, 4],
      [1, 6],
    ] as const) {
      const a = Array.from({ length: m }, (_, i) => i)
      const b = Array.from({ length: n }, (_, i) => m + i - 1.5)
      expect(chanceOfNoise(a, b)).toBeCloseTo(byEnumeration(a, b), 12)
    }
  })

  it('is symmetric', () => {
    expect(chanceOfNoise([3, 8, 9, 11], [1, 2, 4])).toBeCloseTo(
      chanceOfNoise([1, 2, 4], [3, 8, 9, 11]),
      12,
    )
  })

  it('is 1 if the samples do not differ', () => {
    expect(chanceOfNoise([1, 1, 1, 1, 1], [1, 1, 1, 1, 1])).toBe(1)
    expect(chanceOfNoise([], [1])).toBe(1)
  })

  it('approximates the counts by the normal distribution, for many rounds', () => {
    const few = Array.from({ length: 20 }, (_, i) => i)
    const shifted = few.map(value => value + 6.5)
    const counted = chanceOfNoise(few, shifted)
    // One more sample changes little, and selects the approximation.
    const estimated = chanceOfNoise([...few, 9.75], shifted)
    expect(estimated / counted).toBeGreaterThan(0.8)
    expect(estimated / counted).toBeLessThan(1.25)
  })
})

/** Enumerates all ways to distribute the ranks. */
function byEnumeration(a: readonly number[], b: readonly number[]): number {
  const above = (first: readonly number[], second: readonly number[]): number =>
    first.flatMap(x => second.filter(y => x > y)).length
  const middle = (a.length * b.length) / 2
  const far = Math.abs(above(a, b) - middle)
  const ranks = Array.from({ length: a.length + b.length }, (_, i) => i)
  let all = 0
  let asFar = 0
  for (let mask = 0; mask < 2 ** ranks.length; mask++) {
    const first = ranks.filter(rank => (mask >> rank) & 1)
    if (first.length !== a.length) continue
    all += 1
    if (
      Math.abs(
        above(
          first,
          ranks.filter(rank => !((mask >> rank) & 1)),
        ) - middle,
      ) >= far
    )
      asFar += 1
  }
  return Math.min(1, asFar / all)
}
