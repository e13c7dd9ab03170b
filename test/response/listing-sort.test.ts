import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ListingEntry,
  type ListingKey,
  type ListingSort,
  nextSort,
  parseListingSort,
  sortEntries as sortInSteps,
  sortQuery,
} from '../../src/response/listing-sort.ts'
import { countReads } from './count-reads.ts'

/** Sorts without pauses. */
function sortEntries(entries: readonly ListingEntry[], sort: ListingSort): ListingEntry[] {
  const steps = sortInSteps(entries, sort)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

const KEYS: readonly ListingKey[] = ['name', 'size', 'date']
const SORTS = KEYS.flatMap(key =>
  [false, true].map((isDescending): ListingSort => ({ key, isDescending })),
)

describe('parseListingSort', () => {
  it.each<[query: string, key: ListingKey, isDescending: boolean]>([
    ['', 'name', false],
    ['sort=name', 'name', false],
    ['sort=name&order=desc', 'name', true],
    ['sort=size', 'size', false],
    ['order=desc&sort=size', 'size', true],
    ['sort=date&order=asc', 'date', false],
    ['a=b&sort=date&order=desc&c', 'date', true],
    ['sort=date&sort=size', 'date', false],
    ['sort=date&order=desc&order=asc', 'date', true],
    // Invalid queries.
    ['sort', 'name', false],
    ['sort=', 'name', false],
    ['order=desc', 'name', false],
    ['sort=colour&order=desc', 'name', false],
    ['sort=SIZE', 'name', false],
    ['sort=constructor', 'name', false],
    ['sort=size&order=down', 'size', false],
    ['sort=%73ize', 'name', false],
    ['xsort=size', 'name', false],
    ['&&&', 'name', false],
    ['?sort=size', 'name', false],
    [`${'a&'.repeat(15)}sort=size`, 'size', false],
    [`${'a&'.repeat(16)}sort=size`, 'name', false],
  ])('parses %j as %s, descending %s', (query, key, isDescending) => {
    expect(parseListingSort(query)).toEqual({ key, isDescending })
  })

  it('parses what sortQuery returns', () => {
    for (const sort of SORTS) expect(parseListingSort(sortQuery(sort).slice(1))).toEqual(sort)
  })

  it.each(['&', 'a', 'sort=', 'sort=size&'])('reads 64 KiB of %j in linear steps', part => {
    const query = part.repeat(65_536 / part.length)
    expect(countReads(query, counted => parseListingSort(counted))).toBeLessThan(2 * 65_536)
  })
})

describe('sortQuery', () => {
  it('is empty for the default order only', () => {
    expect(SORTS.map(sortQuery)).toEqual([
      '',
      '?sort=name&order=desc',
      '?sort=size&order=asc',
      '?sort=size&order=desc',
      '?sort=date&order=asc',
      '?sort=date&order=desc',
    ])
  })
})

describe('nextSort', () => {
  it.each<[key: ListingKey, isDescending: boolean, clicked: ListingKey, nextDescending: boolean]>([
    ['name', false, 'name', true],
    ['name', true, 'name', false],
    ['name', false, 'size', true],
    ['name', false, 'date', true],
    ['size', true, 'size', false],
    ['size', false, 'size', true],
    ['date', true, 'name', false],
  ])('from %s, descending %s, a click on %s', (key, isDescending, clicked, nextDescending) => {
    expect(nextSort({ key, isDescending }, clicked)).toEqual({
      key: clicked,
      isDescending: nextDescending,
    })
  })
})

describe('sortEntries', () => {
  const file = (name: string, size: number, modifiedMs: number): ListingEntry => ({
    name,
    isFolder: false,
    size,
    modifiedMs,
  })
  const folder = (name: string, size: number, modifiedMs: number): ListingEntry => ({
    name,
    isFolder: true,
    size,
    modifiedMs,
  })
  const entries = [
    file('b10', 3, 5),
    folder('z', 1, 7),
    file('b9', 30, 6),
    file('A', 3, 4),
    folder('y10', 2, 9),
    folder('y2', 3, 8),
  ]

  it.each<[key: ListingKey, isDescending: boolean, names: string[]]>([
    ['name', false, ['y2', 'y10', 'z', 'A', 'b9', 'b10']],
    ['name', true, ['z', 'y10', 'y2', 'b10', 'b9', 'A']],
    // The sizes of folders are ignored.
    ['size', false, ['y2', 'y10', 'z', 'A', 'b10', 'b9']],
    ['size', true, ['y2', 'y10', 'z', 'b9', 'A', 'b10']],
    ['date', false, ['z', 'y2', 'y10', 'A', 'b10', 'b9']],
    ['date', true, ['y10', 'y2', 'z', 'b9', 'b10', 'A']],
  ])('by %s, descending %s', (key, isDescending, names) => {
    expect(sortEntries(entries, { key, isDescending }).map(({ name }) => name)).toEqual(names)
  })

  it('does not change its argument', () => {
    const given = entries.map(({ name }) => name)
    sortEntries(entries, { key: 'size', isDescending: true })
    expect(entries.map(({ name }) => name)).toEqual(given)
  })

  it('does not depend on the order of the entries', () => {
    // U+0301 and U+00E9: names that a collator considers equal.
    const name = fc.constantFrom(
      'e\u0301',
      '\u00e9',
      'e',
      'E',
      'a1',
      'a01',
      '\ufeffe',
      'a\u00ad1',
      '10',
      '9',
    )
    const entry = fc.record({
      name,
      isFolder: fc.boolean(),
      size: fc.integer({ min: 0, max: 2 }),
      modifiedMs: fc.integer({ min: 0, max: 2 }),
    })
    const some = fc.uniqueArray(entry, { selector: one => one.name, maxLength: 8 })
    fc.assert(
      fc.property(some, fc.constantFrom(...SORTS), (listed, sort) => {
        expect(sortEntries(listed.toReversed(), sort)).toEqual(sortEntries(listed, sort))
      }),
    )
  })
})
