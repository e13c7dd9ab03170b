import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { listingStyle } from '../../src/response/listing-style.ts'
import { baseStyle, escapeHtml, pageCsp, renderPage } from '../../src/response/page.ts'

describe('the built-in styles', () => {
  it.each([
    ['of all pages', baseStyle],
    ['of listings', listingStyle],
  ])('%s have the declared hash', (_, { css, hash }) => {
    expect(hash).toBe(`sha256-${createHash('sha256').update(css).digest('base64')}`)
  })

  it.each([
    ['of all pages', baseStyle],
    ['of listings', listingStyle],
  ])('%s load no resources', (_, { css }) => {
    expect(css).not.toMatch(/url\(|@import|<\//)
  })
})

describe('pageCsp', () => {
  it('allows these styles and nothing else', () => {
    expect(
      pageCsp([
        { css: '', hash: 'sha256-a' },
        { css: '', hash: 'sha256-b' },
      ]),
    ).toBe(
      "default-src 'none'; style-src 'sha256-a' 'sha256-b'; base-uri 'none'; form-action 'none'",
    )
  })
})

describe('renderPage', () => {
  it('escapes its title', () => {
    expect(renderPage('</title><b>', [], '')).toContain('<title>&lt;/title&gt;&lt;b&gt;</title>')
  })

  it('contains its styles byte for byte, so that their hashes match', () => {
    const css = '\n.a { }\n'
    expect(renderPage('', [{ css, hash: '' }], '')).toContain(`<style>${css}</style>`)
  })
})

describe('escapeHtml', () => {
  it.each([
    ['plain – text', 'plain – text'],
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    [`"double" 'single'`, '&quot;double&quot; &#39;single&#39;'],
    ['&amp;', '&amp;amp;'],
  ])('escapes %s as %s', (text, html) => {
    expect(escapeHtml(text)).toBe(html)
  })
})
