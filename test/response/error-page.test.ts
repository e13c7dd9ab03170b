import { describe, expect, it } from 'vitest'
import { planError } from '../../src/response/error-page.ts'
import { planText } from '../../src/response/response-plan.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

const head = (accept?: string) => ({
  field: (name: string) => (name === 'accept' ? accept : undefined),
})
const textOf = (body: Uint8Array) => new TextDecoder().decode(body)

describe('planError', () => {
  it('is a page if the client prefers HTML', () => {
    const plan = planError(404, 'There is no such file.', head(BROWSER))
    expect(plan.status).toBe(404)
    expect(plan.fields).toEqual([
      ['Content-Type', 'text/html; charset=utf-8'],
      ['X-Content-Type-Options', 'nosniff'],
      [
        'Content-Security-Policy',
        expect.stringMatching(/^default-src 'none'; style-src 'sha256-[^ ]+'; /),
      ],
      ['Vary', 'Accept'],
    ])
    expect(textOf(plan.body)).toContain('<h1>404 Not Found</h1>\n<p>There is no such file.</p>')
    expect(textOf(plan.body)).toContain('<title>404 Not Found</title>')
  })

  it.each([
    undefined,
    '*/*',
    'image/avif,image/webp,*/*;q=0.8',
    'application/json',
    'text/html;q=0',
    '',
    'text/plain, text/html',
  ])('is plain text for Accept %j', accept => {
    expect(planError(404, 'There is no such file.', head(accept))).toEqual(
      planText(404, 'There is no such file.', [['Vary', 'Accept']]),
    )
  })

  it('is plain text if the request head was not parsed', () => {
    expect(planError(400, 'What?', undefined, [['X-A', 'b']])).toEqual(
      planText(400, 'What?', [['X-A', 'b']]),
    )
  })

  it.each([BROWSER, '*/*'])('has the given fields, for Accept %j', accept => {
    expect(planError(503, '', head(accept), [['Retry-After', '2']]).fields.slice(-2)).toEqual([
      ['Vary', 'Accept'],
      ['Retry-After', '2'],
    ])
  })

  it('has a default sentence if none is given, and a link to the home page', () => {
    expect(textOf(planError(404, '', head(BROWSER)).body)).toContain(
      '<main>\n<h1>404 Not Found</h1>\n<p>There is nothing at this address.</p>\n<p><a href="/">',
    )
    expect(textOf(planError(404, '', undefined).body)).toBe('404 Not Found\n')
  })

  it('escapes the sentence', () => {
    const html = textOf(planError(400, '<img src=x onerror=alert(1)> & "\'', head(BROWSER)).body)
    expect(html).toContain('<p>&lt;img src=x onerror=alert(1)&gt; &amp; &quot;&#39;</p>')
    expect(html).not.toMatch(/<img|<script|<link| style=/)
  })
})
