import { durationUnits, parseQuantity } from '#src/server/config/quantity.js'

export const SEED_MAX = 0xffffffff

/** Milliseconds; undefined for what is no time with its unit. */
export function timeIn(text: string): number | undefined {
  // A bare number is in milliseconds to some and in seconds to others.
  return /^[1-9]\d*[a-z]+$/.test(text) ? parseQuantity(text, durationUnits) : undefined
}

/** Reads whole numbers, also such as 1e6. */
export function wholeIn(min: number, max: number): (text: string) => number | undefined {
  return text => {
    const value = /^\d+(e\d+)?$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  }
}
