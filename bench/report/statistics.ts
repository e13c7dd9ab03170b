/** What is said of a handful of rounds. Medians, since a busy machine errs to one side only. */
export type Summary = {
  readonly median: number
  readonly least: number
  readonly most: number
  readonly rounds: number
}

/** Needs one sample at least. */
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

/** Round by round, as far as both sides went. */
export function ratiosOf(of: readonly number[], to: readonly number[]): number[] {
  return of.slice(0, to.length).map((value, round) => value / to[round]!)
}

/** Above this the exact count of orders is given up for the normal distribution that it comes close to. */
const EXACT_MAX = 20

/**
 * How likely two sets of samples of one and the same thing lie at least as far apart as these, by their ranks alone (Mann–Whitney,
 * two-sided). Nothing is assumed of how noise is distributed, which on a shared machine is never normally.
 */
export function chanceOfNoise(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1
  const pairs = a.length * b.length
  let above = 0
  for (const x of a) for (const y of b) above += x > y ? 1 : x === y ? 0.5 : 0
  const fewer = Math.min(above, pairs - above)
  const chance =
    a.length > EXACT_MAX || b.length > EXACT_MAX ? normal(fewer, a, b) : exact(fewer, a, b)
  return Math.min(1, 2 * chance)
}

/** The share of all orders of the two sets in which no more than `fewer` pairs have their first member above. */
function exact(fewer: number, a: readonly number[], b: readonly number[]): number {
  // counts[m][u]: orders of m of the first set and n of the second with u such pairs, for a growing n.
  let counts: number[][] = Array.from({ length: a.length + 1 }, () => [1])
  for (let n = 1; n <= b.length; n++) {
    const next: number[][] = [[1]]
    for (let m = 1; m <= a.length; m++) {
      // The largest of all is of the first set, and above n others, or it is of the second.
      const fromFirst = next[m - 1]!
      const fromSecond = counts[m]!
      next[m] = Array.from(
        { length: m * n + 1 },
        (_, u) => (u >= n ? (fromFirst[u - n] ?? 0) : 0) + (fromSecond[u] ?? 0),
      )
    }
    counts = next
  }
  const all = counts[a.length]!
  const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0)
  return sum(all.slice(0, Math.floor(fewer) + 1)) / sum(all)
}

function normal(fewer: number, a: readonly number[], b: readonly number[]): number {
  const pairs = a.length * b.length
  const deviation = Math.sqrt((pairs * (a.length + b.length + 1)) / 12)
  return lowerTail((fewer + 0.5 - pairs / 2) / deviation)
}

/** Abramowitz and Stegun 26.2.17, good to seven digits. */
function lowerTail(z: number): number {
  if (z > 0) return 1 - lowerTail(-z)
  const t = 1 / (1 - 0.2316419 * z)
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}
