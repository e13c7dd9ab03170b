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

/** Sorts folders before files, and numbers in names as numbers; folders have no size. */
export function sortEntries(
  entries: readonly ListingEntry[],
  { key, isDescending }: ListingSort,
): ListingEntry[] {
  const sign = isDescending ? -1 : 1
  // Not made at start: the first one takes 10 ms, a later one 0.05 ms.
  const collate = new Intl.Collator('en', { numeric: true }).compare
  /** Compares code units of names that the collator considers equal, so that the order is fixed. */
  const byName = (a: ListingEntry, b: ListingEntry): number =>
    collate(a.name, b.name) || (a.name < b.name ? -1 : 1)
  return entries.toSorted((a, b) => {
    if (a.isFolder !== b.isFolder) return a.isFolder ? -1 : 1
    if (key === 'name') return sign * byName(a, b)
    const difference =
      key === 'date' ? a.modifiedMs - b.modifiedMs : a.isFolder ? 0 : a.size - b.size
    return sign * difference || byName(a, b)
  })
}
