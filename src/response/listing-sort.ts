/** A file or folder in a listing. */
export interface ListingEntry {
  readonly name: string
  readonly isFolder: boolean
  /** In bytes; not shown for folders. */
  readonly size: number
  readonly modifiedMs: number
}

export type ListingKey = 'name' | 'size' | 'date'

export interface ListingSort {
  readonly key: ListingKey
  readonly isDescending: boolean
}

export const BY_NAME: ListingSort = { key: 'name', isDescending: false }

/** Parameters after these are ignored, because a query may be as long as a request target. */
const PARAMETERS_MAX = 16

/**
 * Parses the order in a query, `sort=name|size|date` and `order=asc|desc`. Uses the first of each
 * parameter; any other query means by name.
 */
export function parseListingSort(query: string): ListingSort {
  const parameters = query.split('&', PARAMETERS_MAX)
  const parameterOf = (name: string): string | undefined =>
    parameters.find(parameter => parameter.startsWith(name))?.slice(name.length)
  const key = parameterOf('sort=')
  if (key !== 'name' && key !== 'size' && key !== 'date') return BY_NAME
  return { key, isDescending: parameterOf('order=') === 'desc' }
}

/** Formats an order as a query, `''` for the default order. */
export function sortQuery({ key, isDescending }: ListingSort): string {
  if (key === BY_NAME.key && isDescending === BY_NAME.isDescending) return ''
  return `?sort=${key}&order=${isDescending ? 'desc' : 'asc'}`
}

/**
 * Returns the order after a click on a column's head. The second click on a column reverses the
 * order; the first one on `size` or `date` shows the largest or newest entries first.
 */
export function nextSort(sort: ListingSort, key: ListingKey): ListingSort {
  return { key, isDescending: sort.key === key ? !sort.isDescending : key !== 'name' }
}

/** Entries that are sorted, merged or rendered at a time: at most a few milliseconds of work. */
export const ENTRIES_AT_A_TIME = 256

/**
 * Sorts folders before files, and numbers in names as numbers; folders have no size. Sorting
 * thousands of names takes long: where the caller may do something else, an empty text is yielded.
 */
export function* sortEntries(
  entries: readonly ListingEntry[],
  sort: ListingSort,
): Generator<'', ListingEntry[]> {
  const compare = (a: ListingEntry, b: ListingEntry): number => compareEntries(a, b, sort)
  let runs: ListingEntry[][] = []
  for (let at = 0; at < entries.length; at += ENTRIES_AT_A_TIME) {
    if (at > 0) yield ''
    runs.push(entries.slice(at, at + ENTRIES_AT_A_TIME).sort(compare))
  }
  while (runs.length > 1) {
    const merged: ListingEntry[][] = []
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* mergeRuns(runs[at]!, runs[at + 1] ?? [], compare))
    runs = merged
  }
  return runs[0] ?? []
}

function* mergeRuns(
  one: readonly ListingEntry[],
  other: readonly ListingEntry[],
  compare: (a: ListingEntry, b: ListingEntry) => number,
): Generator<'', ListingEntry[]> {
  const merged: ListingEntry[] = []
  let i = 0
  let j = 0
  while (i < one.length && j < other.length) {
    merged.push(compare(one[i]!, other[j]!) <= 0 ? one[i++]! : other[j++]!)
    if (merged.length % ENTRIES_AT_A_TIME === 0) yield ''
  }
  return merged.concat(one.slice(i), other.slice(j))
}

function compareEntries(
  a: ListingEntry,
  b: ListingEntry,
  { key, isDescending }: ListingSort,
): number {
  const sign = isDescending ? -1 : 1
  if (a.isFolder !== b.isFolder) return a.isFolder ? -1 : 1
  if (key === 'name') return sign * byName(a, b)
  const difference = key === 'date' ? a.modifiedMs - b.modifiedMs : a.isFolder ? 0 : a.size - b.size
  return sign * difference || byName(a, b)
}

let collator: Intl.Collator | undefined

/** Compares code units of names that the collator considers equal, so that the order is fixed. */
function byName(a: ListingEntry, b: ListingEntry): number {
  // Not made at start: the first one takes 10 ms.
  collator ??= new Intl.Collator('en', { numeric: true })
  return collator.compare(a.name, b.name) || (a.name < b.name ? -1 : 1)
}
