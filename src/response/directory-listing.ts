import type { RequestHead } from '../parser/index.ts'
import { preferredMediaType } from './accept.ts'
import { clampToFourDigitYears } from './http-date.ts'
import {
  ENTRIES_AT_A_TIME,
  type ListingEntry,
  type ListingKey,
  type ListingSort,
  nextSort,
  parseListingSort,
  sortEntries,
  sortQuery,
} from './listing-sort.ts'
import { listingStyle } from './listing-style.ts'
import { shownText } from './name-bytes.ts'
import { baseStyle, escapeHtml, pageAround, pageCsp } from './page.ts'
import type { FieldLine } from './response-head.ts'
import { encodePath } from './target-path.ts'

export type { ListingEntry } from './listing-sort.ts'

/** A folder and those of its entries that are listed. */
export interface Listing {
  /** Decoded and canonical, as `parseTargetPath` returns it; ends in a slash. */
  readonly path: string
  readonly entries: readonly ListingEntry[]
  /** Whether the folder contains more entries than these. */
  readonly isCapped: boolean
}

/** The form of a listing that a request selects. */
export type ListingForm = {
  readonly type: 'text/html' | 'application/json'
  readonly sort: ListingSort
}

const STYLES = [baseStyle, listingStyle]

/** The Content-Security-Policy of a listing: it allows its own styles and nothing else. */
export const LISTING_CSP: string = pageCsp(STYLES)

const COLUMNS: readonly (readonly [ListingKey, string])[] = [
  ['name', 'Name'],
  ['size', 'Size'],
  ['date', 'Modified (UTC)'],
]

const SIZE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Selects the form of a listing: HTML, or JSON if Accept prefers it, sorted as the query says. */
export function listingFormOf(head: Pick<RequestHead, 'field' | 'query'>): ListingForm {
  const type = preferredMediaType(head.field('accept'), ['text/html', 'application/json'])
  return { type: type as ListingForm['type'], sort: parseListingSort(head.query) }
}

/** The field lines of a listing besides those that a file of its type has. */
export function listingFields({ type }: ListingForm): FieldLine[] {
  return [
    ['Content-Security-Policy', type === 'text/html' ? LISTING_CSP : "default-src 'none'"],
    // RFC 9110 §12.5.5.
    ['Vary', 'Accept'],
  ]
}

/**
 * Renders a listing in pieces of text, some of them empty. Each takes little time, so that the
 * caller can do something else after each.
 */
export function renderListing(listing: Listing, { type, sort }: ListingForm): Generator<string> {
  return type === 'text/html' ? listingPage(listing, sort) : listingJson(listing, sort)
}

/**
 * Renders a listing as JSON, in the order of the page: `path`, `isCapped`, and `entries`, each with
 * `name`, `type` (`file` or `folder`), `size` in bytes (files only) and `modified` in ISO 8601. A
 * name that is not UTF-8 is shown as Latin-1, with its `href`.
 */
function* listingJson({ path, entries, isCapped }: Listing, sort: ListingSort): Generator<string> {
  const sorted = yield* sortEntries(entries, sort)
  yield `${escapedJson({ path: shownText(path), isCapped }).slice(0, -1)},"entries":[`
  yield* renderEach(sorted, (entry, at) => (at > 0 ? ',' : '') + entryJson(entry))
  yield ']}\n'
}

function entryJson(entry: ListingEntry): string {
  const { name, isFolder, size } = entry
  const type = isFolder ? 'folder' : 'file'
  const shown = shownText(name)
  return escapedJson({
    name: shown,
    // Otherwise the name cannot be encoded to the path of the entry.
    ...(shown === name ? {} : { href: hrefOf(entry) }),
    type,
    ...(isFolder ? {} : { size }),
    modified: isoDate(entry),
  })
}

/**
 * Formats JSON. In its strings the escapes mean the same characters, but no reader can mistake them
 * for markup or line ends.
 */
function escapedJson(value: object): string {
  const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escaped)
}

/** Renders a listing as one HTML page without scripts: links in the table head sort it. */
function* listingPage({ path, entries, isCapped }: Listing, sort: ListingSort): Generator<string> {
  const query = sortQuery(sort)
  const sorted = yield* sortEntries(entries, sort)
  const [start, end] = pageAround(`Index of ${replaceControls(path)}`, STYLES)
  const count = entries.length.toLocaleString('en')
  const note = `<p class="note">This folder has more than the ${count} entries listed here.</p>\n`
  yield `${start}<h1>${breadcrumbs(path, query)}</h1>
<p>${summaryText(entries)}</p>
${isCapped ? note : ''}`
  const parent = path === '/' ? '' : `${row(`../${query}`, 'up', 'Parent folder')}\n`
  if (entries.length > 0 || parent !== '') {
    yield `<table>
<thead><tr>${COLUMNS.map(([key, label]) => headCell(key, label, sort)).join('')}</tr></thead>
<tbody>
${parent}`
    yield* renderEach(sorted, entry => `${entryRow(entry, query)}\n`)
    yield '</tbody>\n</table>'
  }
  yield end
}

function* renderEach(
  entries: readonly ListingEntry[],
  render: (entry: ListingEntry, at: number) => string,
): Generator<string> {
  for (let from = 0; from < entries.length; from += ENTRIES_AT_A_TIME)
    yield entries
      .slice(from, from + ENTRIES_AT_A_TIME)
      .map((entry, n) => render(entry, from + n))
      .join('')
}

function headCell(key: ListingKey, label: string, sort: ListingSort): string {
  const order = sort.isDescending ? 'descending' : 'ascending'
  const ariaSort = sort.key === key ? ` aria-sort="${order}"` : ''
  const href = sortQuery(nextSort(sort, key)) || './'
  return `<th scope="col"${ariaSort}><a href="${escapeHtml(href)}">${label}</a></th>`
}

function entryRow(entry: ListingEntry, query: string): string {
  const iso = isoDate(entry)
  const time = `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)}</time>`
  const href = hrefOf(entry)
  if (entry.isFolder) return row(href + query, 'folder', entry.name, '', time)
  const size = `<span title="${entry.size} bytes">${humanSize(entry.size)}</span>`
  return row(href, 'file', entry.name, size, time)
}

/** RFC 3986 §4.2: without "./", a name with a colon could be read as a scheme. */
function hrefOf({ name, isFolder }: ListingEntry): string {
  return `.${encodePath([name], isFolder)}`
}

function row(href: string, icon: string, name: string, size = '', time = ''): string {
  // <bdi> keeps a right-to-left name from reordering the text around it.
  const link = `<a href="${escapeHtml(href)}" class="${icon}"><bdi>${escapeHtml(replaceControls(name))}</bdi></a>`
  return `<tr><td>${link}</td><td>${size}</td><td>${time}</td></tr>`
}

/**
 * Replaces control characters, including those for text direction, by U+FFFD: with one of them
 * `gnp.exe` is displayed as `exe.png`.
 */
function replaceControls(name: string): string {
  return shownText(name).replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}

function breadcrumbs(path: string, query: string): string {
  const folders = path.split('/').slice(0, -1)
  return folders
    .map((name, depth) => {
      const href = `./${'../'.repeat(folders.length - 1 - depth)}${query}`
      return `<a href="${escapeHtml(href)}">${escapeHtml(replaceControls(name))}/</a>`
    })
    .join('<wbr>')
}

function summaryText(entries: readonly ListingEntry[]): string {
  const files = entries.filter(({ isFolder }) => !isFolder)
  const folders = entries.length - files.length
  const counted = (count: number, noun: string): string =>
    `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
  const counts: string[] = []
  if (folders > 0) counts.push(counted(folders, 'folder'))
  if (files.length > 0) {
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    counts.push(counted(files.length, 'file'), humanSize(bytes))
  }
  return counts.join(', ') || 'This folder is empty.'
}

function isoDate({ modifiedMs }: ListingEntry): string {
  return new Date(clampToFourDigitYears(modifiedMs)).toISOString()
}

function humanSize(bytes: number): string {
  let amount = bytes
  let unit = 0
  for (; amount >= 999.5 && unit < SIZE_UNITS.length - 1; unit++) amount /= 1000
  return `${unit > 0 && amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${SIZE_UNITS[unit]}`
}
