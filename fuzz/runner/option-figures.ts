import { durationUnits, parseQuantity } from '#src/server/config/quantity.js'

export const SEED_MAX = 0xffffffff

/** Returns a duration such as `30s` in milliseconds; undefined for any other text. */
export function timeIn(text: string): number | undefined {
  // A bare number is refused: some would mean milliseconds by it, and others seconds.
  return /^[1-9]\d*[a-z]+$/.test(text) ? parseQuantity(text, durationUnits) : undefined
}

/** Returns a parser of whole numbers in a range; `1e6` is one too. */
export function wholeIn(min: number, max: number): (text: string) => number | undefined {
  return text => {
    const value = /^\d+(e\d+)?$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  }
}
