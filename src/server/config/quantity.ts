// Durations and sizes: a whole number, bare or with a unit straight after it.

export type Units = ReadonlyMap<string, number>

export const durationUnits: Units = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

export const sizeUnits: Units = new Map([
  ['B', 1],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
])

/** The amount in the smallest unit, which is also what a bare number is in. */
export function parseQuantity(text: string, units: Units): number | undefined {
  const [, digits, unit] = /^(\d+)([a-zA-Z]*)$/.exec(text) ?? []
  const factor = unit === '' ? 1 : units.get(unit ?? '')
  return factor === undefined ? undefined : Number(digits) * factor
}
