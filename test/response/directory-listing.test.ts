import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  LISTING_CSP,
  type Listing,
  type ListingEntry,
  listingFields,
  listingFormOf,
  renderListing as renderInPieces,
} from '../../src/response/directory-listing.ts'
import { BY_NAME, type ListingSort } from '../../src/response/listing-sort.ts'
import { listingStyle } from '../../src/response/listing-style.ts'
import { baseStyle } from '../../src/response/page.ts'

type TestListing = Pick<Listing, 'path' | 'entries'> & {
  readonly isCapped?: boolean
  readonly sort?: ListingSort
}

function rendererOf(type: 'text/html' | 'application/json') {
  return ({ sort = BY_NAME, isCapped = false, ...listing }: TestListing): string =>
    [...renderInPieces({ ...listing, isCapped }, { type, sort })].join('')
}

const renderListing = rendererOf('text/html')
const listingJson = rendererOf('application/json')

const modifiedMs = Date.parse('2026-11-22T09:05:59.123Z')
const file = (name: string, size = 0): ListingEntry => ({ name, isFolder: false, size, modifiedMs })
const folder = (name: string): ListingEntry => ({ name, isFolder: true, size: 4096, modifiedMs })

function namesIn(html: string): string[] {
  return Array.from(html.matchAll(/<bdi>(.*?)<\/bdi>/gs), match => match[1]!)
}

function hrefsIn(html: string): string[] {
  return Array.from(html.matchAll(/<td><a href="(.*?)"/gs), match => match[1]!)
}

function namesInJson(json: string): string[] {
  return (JSON.parse(json) as { entries: { name: string }[] }).entries.map(({ name }) => name)
}

describe('renderListing', () => {
  it('sorts by the given order, by default by name', () => {
    const entries = [file('b', 1), file('a', 2), folder('z'), file('c', 3)]
    expect(namesIn(renderListing({ path: '/', entries }))).toEqual(['z', 'a', 'b', 'c'])
    const sort = { key: 'size', isDescending: true } as const
    expect(namesIn(renderListing({ path: '/', entries, sort }))).toEqual(['z', 'c', 'a', 'b'])
  })

  it('has sort links in the table head, and marks the sorted column', () => {
    const headOf = (html: string) => /<thead><tr>(.*?)<\/tr>/.exec(html)![1]
    const entries = [file('a')]
    expect(headOf(renderListing({ path: '/', entries }))).toBe(
      '<th scope="col" aria-sort="ascending"><a href="?sort=name&amp;order=desc">Name</a></th>' +
        '<th scope="col"><a href="?sort=size&amp;order=desc">Size</a></th>' +
        '<th scope="col"><a href="?sort=date&amp;order=desc">Modified (UTC)</a></th>',
    )
    const sort = { key: 'date', isDescending: true } as const
    expect(headOf(renderListing({ path: '/', entries, sort }))).toBe(
      '<th scope="col"><a href="./">Name</a></th>' +
        '<th scope="col"><a href="?sort=size&amp;order=desc">Size</a></th>' +
        '<th scope="col" aria-sort="descending"><a href="?sort=date&amp;order=asc">Modified (UTC)</a></th>',
    )
  })

  it('keeps the order in links to other folders', () => {
    const sort = { key: 'size', isDescending: false } as const
    const html = renderListing({ path: '/a/', entries: [folder('b'), file('c')], sort })
    const query = '?sort=size&amp;order=asc'
    expect(hrefsIn(html)).toEqual([`../${query}`, `./b/${query}`, './c'])
    expect(html).toContain(`<h1><a href="./../${query}">/</a><wbr><a href="./${query}">a/</a></h1>`)
  })

  it('links to the parent folder, except at the root', () => {
    expect(renderListing({ path: '/a/', entries: [] })).toContain('<a href="../" class="up">')
    expect(renderListing({ path: '/', entries: [] })).not.toContain('../')
  })

  it('links to each folder above', () => {
    const html = renderListing({ path: '/a b/c/', entries: [] })
    expect(html).toContain(
      '<h1><a href="./../../">/</a><wbr><a href="./../">a b/</a><wbr><a href="./">c/</a></h1>',
    )
  })

  it('states that a folder is empty', () => {
    expect(renderListing({ path: '/', entries: [] })).toContain('This folder is empty.')
    expect(renderListing({ path: '/', entries: [] })).not.toContain('<table>')
    expect(renderListing({ path: '/', entries: [file('a')] })).not.toContain(
      'This folder is empty.',
    )
  })

  it.each([
    [[file('a')], '1 file, 0 B'],
    [[file('a', 500), file('b', 700)], '2 files, 1.2 kB'],
    [[folder('a')], '1 folder'],
    [[folder('a'), folder('b'), file('c', 7)], '2 folders, 1 file, 7 B'],
    [Array.from({ length: 1234 }, (_, n) => file(`${n}`, 1)), '1,234 files, 1.2 kB'],
  ])('summarises the entries: %#', (entries, summary) => {
    expect(renderListing({ path: '/', entries })).toContain(`<p>${summary}</p>`)
  })

  it('states that more entries exist, if the listing is capped', () => {
    const entries = Array.from({ length: 10_000 }, (_, n) => file(`${n}`))
    const note = '<p class="note">This folder has more than the 10,000 entries listed here.</p>'
    expect(renderListing({ path: '/', entries, isCapped: true })).toContain(note)
    expect(renderListing({ path: '/', entries, isCapped: false })).not.toContain('class="note"')
  })

  it.each([
    [file('a.txt'), './a.txt'],
    [folder('a'), './a/'],
    [file('a b?#%.txt'), './a%20b%3F%23%25.txt'],
    [file('javascript:alert(1)'), './javascript%3Aalert(1)'],
    [file("it's"), './it&#39;s'],
    [file('caf\u00e9'), './caf%C3%A9'],
    [file('\ud800'), './%EF%BF%BD'],
  ])('links %j as %s', (entry, href) => {
    expect(hrefsIn(renderListing({ path: '/', entries: [entry] }))).toEqual([href])
  })

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1234, '1.2 kB'],
    [9949, '9.9 kB'],
    [9950, '10 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [18_734_000_321, '19 GB'],
    [2 ** 53, '9.0 PB'],
    [5e18, '5000 PB'],
  ])('shows %d bytes as %s', (size, text) => {
    const html = renderListing({ path: '/', entries: [file('a', size)] })
    expect(html).toContain(`<span title="${size} bytes">${text}</span>`)
  })

  it('shows no size for a folder', () => {
    expect(renderListing({ path: '/', entries: [folder('a')] })).not.toContain('4096')
  })

  it('shows the time of modification in UTC', () => {
    expect(renderListing({ path: '/', entries: [file('a')] })).toContain(
      '<time datetime="2026-11-22T09:05:59.123Z">2026-11-22 09:05</time>',
    )
  })

  it.each([9.3e21, -9.3e21])('shows a date for the time %d', extreme => {
    expect(renderListing({ path: '/', entries: [{ ...file('a'), modifiedMs: extreme }] })).toMatch(
      /<time datetime="\d{4}-[^"]*">\d{4}-\d\d-\d\d \d\d:\d\d</,
    )
  })

  it.each([
    '<img src=x onerror=alert(1)>.txt',
    '"><script>alert(1)</script>',
    "' onfocus='alert(1)",
    '</style>&lt;',
  ])('shows the name %s as text', name => {
    const html = renderListing({
      path: `/${name.replaceAll('/', '')}/`,
      entries: [file(name), folder(name)],
    })
    const plain = renderListing({ path: '/a/', entries: [file('a'), folder('a')] })
    const markup = (page: string): string[] => page.match(/<[a-z/!]+/g)!
    expect(markup(html)).toEqual(markup(plain))
    expect(html).not.toContain(name)
  })

  it.each([
    ['\u202egnp.exe', '\ufffdgnp.exe'],
    ['a\u2066b\u2069', 'a\ufffdb\ufffd'],
    ['a\nb\tc\0', 'a\ufffdb\ufffdc\ufffd'],
    ['a\u0085', 'a\ufffd'],
    ['\u05d0.txt', '\u05d0.txt'],
  ])('replaces the control characters in %j', (name, shown) => {
    const html = renderListing({ path: `/${name}/`, entries: [file(name)] })
    expect(namesIn(html)).toEqual(['Parent folder', shown])
    expect(html).toContain(`<title>Index of /${shown}/</title>`)
    expect(html).toContain(`">${shown}/</a></h1>`)
  })

  it('has the same markup for any file name', () => {
    const markup = (name: string): string => {
      const html = renderListing({ path: '/', entries: [file(name)] })
      return html.replace(/href="[^"<>']*"/g, '').replace(/<bdi>[^<>"']*<\/bdi>/, '')
    }
    const name = fc.string({
      unit: fc.oneof(fc.constantFrom('<', '>', '"', "'", '&', '/'), fc.string({ unit: 'binary' })),
    })
    fc.assert(fc.property(name, text => markup(text) === markup('a')))
  })
})

describe('LISTING_CSP', () => {
  it('allows the page its own styles and nothing else', () => {
    const html = renderListing({ path: '/', entries: [file('a'), folder('b')], isCapped: true })
    const styles = Array.from(html.matchAll(/<style>(.*?)<\/style>/gs), match => match[1])
    expect(styles).toEqual([baseStyle.css, listingStyle.css])
    expect(LISTING_CSP).toBe(
      `default-src 'none'; style-src '${baseStyle.hash}' '${listingStyle.hash}'; base-uri 'none'; form-action 'none'`,
    )
    expect(html).not.toMatch(/ style=|<script|<link|<svg|<img| on\w+=/)
  })
})

describe('listingJson', () => {
  it('contains all the page shows, in the same order', () => {
    const entries = [file('b', 7), file('a', 9), folder('z')]
    const modified = '2026-11-22T09:05:59.123Z'
    expect(JSON.parse(listingJson({ path: '/a b/', entries, isCapped: true }))).toEqual({
      path: '/a b/',
      isCapped: true,
      entries: [
        { name: 'z', type: 'folder', modified },
        { name: 'a', type: 'file', size: 9, modified },
        { name: 'b', type: 'file', size: 7, modified },
      ],
    })
    const sort = { key: 'name', isDescending: true } as const
    expect(namesInJson(listingJson({ path: '/', entries, sort }))).toEqual(['z', 'b', 'a'])
  })

  it('preserves any name, and contains no markup characters or line ends', () => {
    const name = fc.string({
      unit: fc.oneof(
        fc.constantFrom('<', '>', '&', '"', '\\', '\n', '\u2028', '\u2029', '\ud800'),
        fc.string({ unit: 'binary' }),
      ),
      minLength: 1,
    })
    fc.assert(
      fc.property(name, text => {
        const json = listingJson({ path: '/', entries: [file(text)] })
        expect(namesInJson(json)).toEqual([text])
        expect(json.slice(0, -1)).not.toMatch(/[<>&\0-\x1f\u2028\u2029]/)
      }),
    )
  })

  it.each([9.3e21, -9.3e21])('contains a date for the time %d', extreme => {
    const json = listingJson({ path: '/', entries: [{ ...file('a'), modifiedMs: extreme }] })
    expect(JSON.parse(json).entries[0].modified).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  })
})

describe('listingFormOf', () => {
  const request = (accept: string | undefined, query = '') => ({
    query,
    field: (name: string) => (name === 'accept' ? accept : undefined),
  })

  it.each<[accept: string | undefined, type: string]>([
    [undefined, 'text/html'],
    ['*/*', 'text/html'],
    ['image/png', 'text/html'],
    ['text/html,*/*;q=0.8', 'text/html'],
    ['application/json;q=0.8, text/html;q=0.9', 'text/html'],
    ['application/json', 'application/json'],
    ['application/json;q=0.9, text/html;q=0.8', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['application/json;q=0', 'text/html'],
  ])('for Accept %j selects %s', (accept, type) => {
    expect(listingFormOf(request(accept)).type).toBe(type)
  })

  it('selects the order by the query', () => {
    expect(listingFormOf(request(undefined, 'sort=size&order=desc')).sort).toEqual({
      key: 'size',
      isDescending: true,
    })
  })
})

describe('listingFields', () => {
  it.each([
    ['text/html', LISTING_CSP],
    ['application/json', "default-src 'none'"],
  ] as const)('has a policy for %s, and varies by Accept', (type, policy) => {
    expect(listingFields({ type, sort: BY_NAME })).toEqual([
      ['Content-Security-Policy', policy],
      ['Vary', 'Accept'],
    ])
  })
})

describe('a long listing', () => {
  const names = Array.from({ length: 10_000 }, (_, n) => `file ${(n * 7919) % 10_000}`)
  const listing = { path: '/a/', entries: names.map(name => file(name, 1)), isCapped: false }

  it.each(['text/html', 'application/json'] as const)('is rendered in pieces: %s', type => {
    const pieces = [...renderInPieces(listing, { type, sort: BY_NAME })]
    // Each takes a few milliseconds: 256 entries are compared or rendered.
    expect(pieces.length).toBeGreaterThan(200)
    expect(Math.max(...pieces.map(piece => piece.length))).toBeLessThan(100_000)
    const text = pieces.join('')
    const rendered = type === 'text/html' ? namesIn(text).slice(1) : namesInJson(text)
    expect(rendered).toEqual(Array.from({ length: 10_000 }, (_, n) => `file ${n}`))
  })
})
