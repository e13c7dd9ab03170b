import type { RequestHead } from '../parser/index.ts'
import { preferredMediaType } from './accept.ts'
import { clampToFourDigitYears } from './http-date.ts'
import {
  BY_NAME,
  type ListingEntry,
  type ListingKey,
  type ListingSort,
  nextSort,
  parseListingSort,
  sortEntries,
  sortQuery,
} from './listing-sort.ts'
import { listingStyle } from './listing-style.ts'
import { baseStyle, escapeHtml, pageCsp, renderPage } from './page.ts'
import {
  planContent,
  planUnsupportedMethod,
  READ_METHODS,
  type ResponsePlan,
} from './response-plan.ts'
import { StatusCode } from './status.ts'
import { encodePath } from './target-path.ts'

export type { ListingEntry } from './listing-sort.ts'

/** A folder and those of its entries that are listed. */
export interface Listing {
  /** Decoded and canonical, as `parseTargetPath` returns it; ends in a slash. */
  readonly path: string
  readonly entries: readonly ListingEntry[]
  readonly sort?: ListingSort
  /** Whether the folder contains more entries than these. */
  readonly isCapped?: boolean
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

/**
 * Plans the response to a request for a folder without an index: HTML, or JSON if Accept prefers
 * it, sorted as the query says.
 */
export function planListing(
  head: Pick<RequestHead, 'method' | 'field' | 'query'>,
  listing: Omit<Listing, 'sort'>,
): ResponsePlan {
  if (!READ_METHODS.includes(head.method)) return planUnsupportedMethod(head.method, READ_METHODS)
  const sorted = { ...listing, sort: parseListingSort(head.query) }
  const type = preferredMediaType(head.field('accept'), ['text/html', 'application/json'])
  const isHtml = type === 'text/html'
  const contentType = isHtml ? 'text/html; charset=utf-8' : type
  const content = isHtml ? renderListing(sorted) : listingJson(sorted)
  return planContent(StatusCode.Ok, contentType, content, [
    ['Content-Security-Policy', isHtml ? LISTING_CSP : "default-src 'none'"],
    ['Cache-Control', 'no-cache'],
    // RFC 9110 §12.5.5.
    ['Vary', 'Accept'],
  ])
}

/**
 * Renders a listing as JSON, in the order of the page: `path`, `isCapped`, and `entries`, each with
 * `name`, `type` (`file` or `folder`), `size` in bytes (files only) and `modified` in ISO 8601.
 */
export function listingJson({ path, entries, sort = BY_NAME, isCapped = false }: Listing): string {
  const items = sortEntries(entries, sort).map(entry => ({
    name: entry.name,
    type: entry.isFolder ? 'folder' : 'file',
    ...(entry.isFolder ? {} : { size: entry.size }),
    modified: isoDate(entry),
  }))
  // In JSON strings the escapes mean the same characters, but no reader can mistake them for markup
  // or line ends.
  const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `${JSON.stringify({ path, isCapped, entries: items }).replace(/[<>&\u2028\u2029]/g, escaped)}\n`
}

/** Renders a listing as one HTML page without scripts: links in the table head sort it. */
export function renderListing({ path, entries, sort = BY_NAME, isCapped }: Listing): string {
  const query = sortQuery(sort)
  const rows = sortEntries(entries, sort).map(entry => entryRow(entry, query))
  if (path !== '/') rows.unshift(row(`../${query}`, 'up', 'Parent folder'))
  const count = entries.length.toLocaleString('en')
  const note = `<p class="note">This folder has more than the ${count} entries listed here.</p>\n`
  const table = `<table>
<thead><tr>${COLUMNS.map(([key, label]) => headCell(key, label, sort)).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`
  const main = `<h1>${breadcrumbs(path, query)}</h1>
<p>${summaryText(entries)}</p>
${isCapped ? note : ''}${rows.length > 0 ? table : ''}`
  return renderPage(`Index of ${replaceControls(path)}`, STYLES, main)
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
  // RFC 3986 §4.2: without "./", a name with a colon could be read as a scheme.
  const href = `.${encodePath([entry.name], entry.isFolder)}`
  if (entry.isFolder) return row(href + query, 'folder', entry.name, '', time)
  const size = `<span title="${entry.size} bytes">${humanSize(entry.size)}</span>`
  return row(href, 'file', entry.name, size, time)
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
  return name.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
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
