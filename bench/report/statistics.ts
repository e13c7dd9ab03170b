/** Summary of a few rounds. Medians, because noise on a busy machine only ever slows a round. */
export type Summary = {
  readonly median: number
  readonly least: number
  readonly most: number
  readonly rounds: number
}

/** @throws RangeError if there are no samples. */
export function summarise(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError('no samples')
  const sorted = samples.toSorted((a, b) => a - b)
  return {
    median: medianOfSorted(sorted),
    least: sorted[0]!,
    most: sorted.at(-1)!,
    rounds: sorted.length,
  }
}

export function medianOf(samples: readonly number[]): number {
  return summarise(samples).median
}

function medianOfSorted(sorted: readonly number[]): number {
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** Divides round by round, for as many rounds as both sides completed. */
export function ratiosOf(numerators: readonly number[], denominators: readonly number[]): number[] {
  return numerators
    .slice(0, denominators.length)
    .map((value, round) => value / denominators[round]!)
}

/** Above this many samples the normal distribution approximates the exact count of orders. */
const EXACT_MAX = 20

/**
 * The probability that two samplings of the same thing differ at least as much as these two do, by
 * their ranks alone (Mann–Whitney U test, two-sided). It assumes nothing about the distribution of
 * the noise, which is not normal on a shared machine.
 */
export function chanceOfNoise(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1
  const pairs = a.length * b.length
  let above = 0
  for (const x of a) for (const y of b) above += x > y ? 1 : x === y ? 0.5 : 0
  const u = Math.min(above, pairs - above)
  const tail =
    a.length > EXACT_MAX || b.length > EXACT_MAX ? normalTail(u, a, b) : exactTail(u, a, b)
  return Math.min(1, 2 * tail)
}

/** The share of all orders of both samples whose U statistic is at most `u`. */
function exactTail(u: number, a: readonly number[], b: readonly number[]): number {
  // counts[m][k]: orders of m values of `a` and n of `b` with U = k, for a growing n.
  let counts: number[][] = Array.from({ length: a.length + 1 }, () => [1])
  for (let n = 1; n <= b.length; n++) {
    const next: number[][] = [[1]]
    for (let m = 1; m <= a.length; m++) {
      // The largest value belongs to `a`, and is above n values of `b`, or it belongs to `b`.
      const fromA = next[m - 1]!
      const fromB = counts[m]!
      next[m] = Array.from(
        { length: m * n + 1 },
        (_, k) => (k >= n ? (fromA[k - n] ?? 0) : 0) + (fromB[k] ?? 0),
      )
    }
    counts = next
  }
  const all = counts[a.length]!
  const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0)
  return sum(all.slice(0, Math.floor(u) + 1)) / sum(all)
}

function normalTail(u: number, a: readonly number[], b: readonly number[]): number {
  const pairs = a.length * b.length
  const deviation = Math.sqrt((pairs * (a.length + b.length + 1)) / 12)
  return lowerTail((u + 0.5 - pairs / 2) / deviation)
}

/** Abramowitz and Stegun 26.2.17, accurate to seven digits. */
function lowerTail(z: number): number {
  if (z > 0) return 1 - lowerTail(-z)
  const t = 1 / (1 - 0.2316419 * z)
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}
