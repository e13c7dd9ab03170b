import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { listingStyle } from '../../src/response/listing-style.ts'
import { baseStyle, pageCsp, renderPage } from '../../src/response/page.ts'

describe('the built-in styles', () => {
  it.each([
    ['of all pages', baseStyle],
    ['of listings', listingStyle],
  ])('%s have the hash that they say', (_, { css, hash }) => {
    expect(hash).toBe(`sha256-${createHash('sha256').update(css).digest('base64')}`)
  })

  it.each([
    ['of all pages', baseStyle],
    ['of listings', listingStyle],
  ])('%s load nothing', (_, { css }) => {
    expect(css).not.toMatch(/url\(|@import|<\//)
  })
})

describe('pageCsp', () => {
  it('lets in these styles and nothing else', () => {
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
  it('takes its title for text', () => {
    expect(renderPage('</title><b>', [], '')).toContain('<title>&lt;/title&gt;&lt;b&gt;</title>')
  })

  it('has its styles to the byte, for their hashes', () => {
    const css = '\n.a { }\n'
    expect(renderPage('', [{ css, hash: '' }], '')).toContain(`<style>${css}</style>`)
  })
})
