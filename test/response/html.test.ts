import { describe, expect, it } from 'vitest'
import { escapeHtml } from '../../src/response/html.ts'

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
