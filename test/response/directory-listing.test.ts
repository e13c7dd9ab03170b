import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LISTING_CSP, type ListingEntry, renderListing } from '../../src/response/directory-listing.ts'

const modifiedMs = Date.parse('2026-11-22T09:05:59.123Z')
const file = (name: string, size = 0): ListingEntry => ({ name, isFolder: false, size, modifiedMs })
const folder = (name: string): ListingEntry => ({ name, isFolder: true, size: 4096, modifiedMs })

function namesIn(html: string): string[] {
  return Array.from(html.matchAll(/<bdi>(.*?)<\/bdi>/gs), match => match[1]!)
}

function hrefsIn(html: string): string[] {
  return Array.from(html.matchAll(/<td><a href="(.*?)"/gs), match => match[1]!)
}

describe('renderListing', () => {
  it('puts folders first, then names in natural order', () => {
    const entries = ['b10', 'b9', 'A', 'c1']
      .map(name => file(name))
      .concat(folder('z'), folder('y2'), folder('y10'))
    expect(namesIn(renderListing({ path: '/', entries }))).toEqual(['y2', 'y10', 'z', 'A', 'b9', 'b10', 'c1'])
  })

  it('leaves the entries it was given in their order', () => {
    const entries = [file('b'), file('a')]
    renderListing({ path: '/', entries })
    expect(entries.map(entry => entry.name)).toEqual(['b', 'a'])
  })

  it('links to the parent folder, but at the root', () => {
    expect(renderListing({ path: '/a/', entries: [] })).toContain('<a href="../">')
    expect(renderListing({ path: '/', entries: [] })).not.toContain('../')
  })

  it('links to each folder above', () => {
    const html = renderListing({ path: '/a b/c/', entries: [] })
    expect(html).toContain(
      '<h1><a href="./../../">/</a><wbr><a href="./../">a b/</a><wbr><a href="./">c/</a></h1>',
    )
  })

  it('says that a folder is empty', () => {
    expect(renderListing({ path: '/', entries: [] })).toContain('This folder is empty.')
    expect(renderListing({ path: '/', entries: [file('a')] })).not.toContain('This folder is empty.')
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

  it.each([9.3e21, -9.3e21])('has a date for the time %d', extreme => {
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
    const html = renderListing({ path: `/${name.replaceAll('/', '')}/`, entries: [file(name), folder(name)] })
    const plain = renderListing({ path: '/a/', entries: [file('a'), folder('a')] })
    const markup = (page: string): string[] => page.match(/<[a-z/!]+/g)!
    expect(markup(html)).toEqual(markup(plain))
    expect(html).not.toContain(name)
  })

  it('has the same markup whatever a file is named', () => {
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
  it('allows the page its own style and nothing else', () => {
    const html = renderListing({ path: '/', entries: [] })
    const style = /<style>(.*?)<\/style>/s.exec(html)![1]!
    const hash = createHash('sha256').update(style).digest('base64')
    expect(LISTING_CSP).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    )
    expect(html).not.toMatch(/ style=|<script|<link| on\w+=/)
  })
})
