/** The factor of each unit. */
export type Units = Readonly<Record<string, number>>

/** In milliseconds. */
export const durationUnits: Units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** In bytes. */
export const sizeUnits: Units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/**
 * Parses a whole number, optionally with a unit directly after it, into the smallest unit.
 *
 * @returns undefined if the text is no such number.
 */
export function parseQuantity(text: string, units: Units): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([a-zA-Z]*)$/.exec(text) ?? []
  if (digits === undefined || (unit !== '' && !Object.hasOwn(units, unit))) return undefined
  return Number(digits) * (units[unit] ?? 1)
}
