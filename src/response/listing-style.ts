import type { PageStyle } from './page.ts'

/** A table. On a narrow screen each row is a block, and the table head is a bar of sort links. */
export const listingStyle: PageStyle = {
  hash: 'sha256-2BTMA0bkFVhiRlr3i0rFkrZTq8F/VnP3RL9FH/jRGW0=',
  css: `
:root { scroll-padding-top: 3.5rem }
a { color: var(--link); text-decoration: none; border-radius: .25rem }
a:focus-visible { outline: 2px solid var(--link) }
h1 { font-weight: 400 }
h1 a { display: inline-block; padding: 0 .125rem; color: var(--soft) }
h1 a:first-child { min-width: 1.5rem; margin-left: -.125rem }
h1 a:last-child { color: var(--ink); font-weight: 600 }
h1 a:hover, th a:hover, td a:hover bdi { text-decoration: underline; text-underline-offset: .2em }
.note { padding: .5rem .75rem; border-radius: .5rem; background: var(--warn); color: var(--ink) }
table { width: 100%; border-collapse: collapse }
th, td {
  padding: .5rem .75rem; text-align: right; vertical-align: top; white-space: nowrap;
  color: var(--soft); font-size: .875rem; font-variant-numeric: tabular-nums; line-height: 1.5rem;
}
th { position: sticky; top: 0; z-index: 1; padding: 0; background: var(--page); font-weight: 400 }
th::after { content: ''; position: absolute; inset: 100% 0 auto; border-top: 1px solid var(--line) }
th a { display: block; padding: .5rem .75rem; color: inherit }
th[aria-sort] { color: var(--ink); font-weight: 600 }
th[aria-sort] a::after { content: '\\2191' / ''; padding-left: .375em }
th[aria-sort=descending] a::after { content: '\\2193' / '' }
th:first-child, td:first-child { width: 100%; overflow-wrap: anywhere; text-align: left; white-space: normal }
tbody tr { position: relative; border-top: 1px solid var(--line) }
tbody tr:hover { background: var(--lift) }
td a { display: flex; gap: .75rem; font-size: 1rem }
td a::before {
  content: ''; flex: none; width: 20px; height: 24px; background: var(--file); forced-color-adjust: none;
  clip-path: path(evenodd, 'M5 3h6.5l4.5 4.5V20a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 4.2v4h4z');
}
.folder::before { background: var(--folder); clip-path: path('M2 6a1 1 0 0 1 1-1h5l2 2.5h7a1 1 0 0 1 1 1V18a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1z') }
.up::before { background: var(--soft); clip-path: path('M10 5l6 6-1.2 1.2-4-4V19h-1.6V8.2l-4 4L4 11z') }
bdi { min-width: 0; overflow: clip; overflow-clip-margin: .25em }
td a::after { content: ''; position: absolute; inset: 0; border-radius: .25rem }
td a:focus-visible { outline: none }
td a:focus-visible::after { outline: 2px solid var(--link); outline-offset: -2px }
@media (max-width: 40rem) {
  body { padding: 1.5rem .5rem 3rem }
  table, thead, tbody { display: block }
  thead { position: sticky; top: 0; z-index: 1; background: var(--page); box-shadow: 0 1px var(--line) }
  thead tr { display: flex; padding: 0 .25rem }
  th, th:first-child { position: static; width: auto }
  th::after { display: none }
  th a { padding: .75rem .5rem }
  tbody tr {
    display: grid; grid-template-columns: auto 1fr; column-gap: 1rem;
    padding: .625rem .75rem .625rem 2.75rem;
  }
  td { padding: 0; text-align: left }
  td:empty { display: none }
  td:first-child { grid-column: 1 / -1; width: auto }
  td a { margin-left: -2rem }
}
`,
}
