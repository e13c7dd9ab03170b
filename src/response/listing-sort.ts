/** One file or folder of a listing. */
export interface ListingEntry {
  readonly name: string
  readonly isFolder: boolean
  /** In bytes. Not shown for a folder. */
  readonly size: number
  readonly modifiedMs: number
}

export type ListingKey = 'name' | 'size' | 'date'

export interface ListingSort {
  readonly key: ListingKey
  readonly isDescending: boolean
}

export const BY_NAME: ListingSort = { key: 'name', isDescending: false }

/** `date` and `size` are asked for to see the newest and the largest: these come first at the first click. */
const FIRST_DESCENDING: Readonly<Record<ListingKey, boolean>> = {
  name: false,
  size: true,
  date: true,
}

/** A query is as long as a target may be; of this many parameters those that matter are among the first. */
const PARAMETERS_MAX = 16

const collate = new Intl.Collator('en', { numeric: true }).compare

/**
 * The order that a query asks for, `sort=name|size|date` and `order=asc|desc`; by name for anything else. The first of each counts.
 */
export function parseListingSort(query: string): ListingSort {
  const parameters = query.split('&', PARAMETERS_MAX)
  const parameterOf = (name: string): string | undefined =>
    parameters.find(parameter => parameter.startsWith(name))?.slice(name.length)
  const key = parameterOf('sort=')
  if (key !== 'name' && key !== 'size' && key !== 'date') return BY_NAME
  return { key, isDescending: parameterOf('order=') === 'desc' }
}

/** The query that asks for an order, `''` for the usual one. */
export function sortQuery({ key, isDescending }: ListingSort): string {
  if (key === BY_NAME.key && isDescending === BY_NAME.isDescending) return ''
  return `?sort=${key}&order=${isDescending ? 'desc' : 'asc'}`
}

/** The order that a click on a column's head asks for: the other one of the column that is sorted by. */
export function nextSort(sort: ListingSort, key: ListingKey): ListingSort {
  return { key, isDescending: sort.key === key ? !sort.isDescending : FIRST_DESCENDING[key] }
}

/** Folders first, then in the order asked for, with numbers in names in the order of numbers. Folders have no size. */
export function sortEntries(
  entries: readonly ListingEntry[],
  { key, isDescending }: ListingSort,
): ListingEntry[] {
  const sign = isDescending ? -1 : 1
  return entries.toSorted((a, b) => {
    if (a.isFolder !== b.isFolder) return a.isFolder ? -1 : 1
    if (key === 'name') return sign * byName(a, b)
    const difference =
      key === 'date' ? a.modifiedMs - b.modifiedMs : a.isFolder ? 0 : a.size - b.size
    return sign * difference || byName(a, b)
  })
}

/** Names that are alike to the eye are still told apart, so that the order is the same each time. */
function byName(a: ListingEntry, b: ListingEntry): number {
  return collate(a.name, b.name) || (a.name < b.name ? -1 : 1)
}
