import { escapeHtml } from './html.ts'
import { clampToFourDigitYears } from './http-date.ts'
import { encodePath } from './target-path.ts'

export interface ListingEntry {
  readonly name: string
  readonly isFolder: boolean
  /** In bytes. Not shown for a folder. */
  readonly size: number
  readonly modifiedMs: number
}

interface Listing {
  /** Decoded and canonical, as `parseTargetPath` gives it; ends in a slash. */
  readonly path: string
  readonly entries: readonly ListingEntry[]
}

const styleHash = 'sha256-kohh6J779OkwuXwsx8xuBeAnOxGMhrTbGCc5PEqxd8M='

/** The Content-Security-Policy of a listing: nothing but its own style, whatever a file is named. */
export const LISTING_CSP: string = `default-src 'none'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'`

const style = `
:root {
  color-scheme: light dark;
  --page: #fff; --lift: #f4f6f9; --line: #e5e8ec;
  --ink: #1d2126; --soft: #626973; --link: #0a58b0; --folder: #c98a12;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --lift: #1d2126; --line: #2a2f36;
    --ink: #e7e9ec; --soft: #99a1ab; --link: #82b8ff; --folder: #e2b04a;
  }
}
body {
  max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem;
  background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
}
a { color: var(--link); text-decoration: none; border-radius: .25rem }
a:focus-visible { outline: 2px solid var(--link) }
h1 { margin: 0 .75rem 1.5rem; font-size: 1.375rem; font-weight: 400; overflow-wrap: anywhere }
h1 a { color: var(--soft) }
h1 a:last-child { color: var(--ink); font-weight: 600 }
h1 a:hover, td a:hover bdi { text-decoration: underline; text-underline-offset: .2em }
table { width: 100%; border-collapse: collapse }
th, td {
  padding: .5rem .75rem; text-align: right; vertical-align: top; white-space: nowrap;
  color: var(--soft); font-size: .875rem; font-variant-numeric: tabular-nums; line-height: 1.5rem;
}
th { font-weight: 400 }
th:first-child, td:first-child { width: 100%; overflow-wrap: anywhere; text-align: left; white-space: normal }
tbody tr { position: relative; border-top: 1px solid var(--line) }
tbody tr:hover { background: var(--lift) }
td a { display: flex; gap: .75rem; font-size: 1rem }
td a::after { content: ''; position: absolute; inset: 0; border-radius: .25rem }
td a:focus-visible { outline: none }
td a:focus-visible::after { outline: 2px solid var(--link) }
svg {
  flex: none; width: 1.25rem; height: 1.5rem;
  fill: none; stroke: var(--soft); stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round;
}
.folder { stroke: var(--folder) }
@media (max-width: 40rem) {
  body { padding: 1.5rem .5rem 3rem }
  thead { position: absolute; clip-path: inset(50%) }
  tbody tr {
    display: grid; grid-template-columns: auto 1fr; column-gap: 1rem;
    padding: .5rem .75rem .5rem 2.75rem;
  }
  td { padding: 0; text-align: left }
  td:empty { display: none }
  td:first-child { grid-column: 1 / -1; width: auto }
  td a { margin-left: -2rem }
}
`

const icons = {
  parent: '<svg aria-hidden="true" viewBox="0 0 20 24"><path d="M10 19V6M4.5 11.5 10 6l5.5 5.5"/></svg>',
  folder:
    '<svg aria-hidden="true" viewBox="0 0 20 24" class="folder"><path d="M2 18V6.5h5.5l2 2.5H18v9z"/></svg>',
  file: '<svg aria-hidden="true" viewBox="0 0 20 24"><path d="M4 4h7.5L16 8.5V20H4zM11.5 4v4.5H16"/></svg>',
}

const sizeUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

const byName = new Intl.Collator('en', { numeric: true }).compare

/** A folder as one HTML page, without script: folders first, then by name with numbers in order. */
export function renderListing(listing: Listing): string {
  const { path, entries } = listing
  const sorted = entries.toSorted((a, b) => Number(b.isFolder) - Number(a.isFolder) || byName(a.name, b.name))
  const rows = sorted.map(rowOf)
  if (rows.length === 0) rows.push('<tr><td colspan="3">This folder is empty.</td></tr>')
  if (path !== '/') rows.unshift(row('../', icons.parent, 'Parent folder', '', ''))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Index of ${escapeHtml(path)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${breadcrumbs(path)}</h1>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Size</th><th scope="col">Modified (UTC)</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</main>
</body>
</html>
`
}

function rowOf(entry: ListingEntry): string {
  // RFC 3986 §4.2: the "./" keeps a name with a colon from being read as a scheme.
  const href = `.${encodePath([entry.name], entry.isFolder)}`
  const icon = entry.isFolder ? icons.folder : icons.file
  const size = entry.isFolder ? '' : `<span title="${entry.size} bytes">${humanSize(entry.size)}</span>`
  const iso = new Date(clampToFourDigitYears(entry.modifiedMs)).toISOString()
  const time = `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)}</time>`
  return row(href, icon, entry.name, size, time)
}

function row(href: string, icon: string, name: string, size: string, time: string): string {
  // <bdi>: a name with bidirectional controls disguises only itself.
  const link = `<a href="${escapeHtml(href)}">${icon}<bdi>${escapeHtml(name)}</bdi></a>`
  return `<tr><td>${link}</td><td>${size}</td><td>${time}</td></tr>`
}

function breadcrumbs(path: string): string {
  const folders = path.split('/').slice(0, -1)
  return folders
    .map((name, depth) => `<a href="./${'../'.repeat(folders.length - 1 - depth)}">${escapeHtml(name)}/</a>`)
    .join('<wbr>')
}

function humanSize(bytes: number): string {
  let amount = bytes
  let unit = 0
  for (; amount >= 999.5 && unit < sizeUnits.length - 1; unit++) amount /= 1000
  return `${unit > 0 && amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${sizeUnits[unit]}`
}
