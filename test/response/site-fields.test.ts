import { describe, expect, it } from 'vitest'
import type { FieldLine } from '../../src/response/head-writer.ts'
import { siteFields } from '../../src/response/site-fields.ts'
import type { HeaderRule } from '../../src/response/site-rules.ts'

const NO_RULE = { set: [], unset: [] }

type Given = Partial<Pick<HeaderRule, 'set' | 'unset'>> & {
  readonly status?: 200 | 206 | 304 | 404 | 412
  readonly onAll?: readonly FieldLine[]
}

/** The lines of an answer with these fields. */
function linesOf(
  fields: readonly FieldLine[],
  { status = 200, onAll = [], ...rule }: Given = {},
): string[] {
  return siteFields({ status, fields }, onAll, { ...NO_RULE, ...rule }).map(field =>
    field.join(': '),
  )
}

describe('siteFields', () => {
  it('puts the fields of the site behind those of the answer', () => {
    const lines = linesOf([['ETag', '"a"']], { onAll: [['X-Frame-Options', 'SAMEORIGIN']] })
    expect(lines).toEqual(['ETag: "a"', 'X-Frame-Options: SAMEORIGIN'])
  })

  it('lets an answer have its own in their place', () => {
    const lines = linesOf([['content-security-policy', "default-src 'none'"]], {
      onAll: [['Content-Security-Policy', "default-src 'self'"]],
    })
    expect(lines).toEqual(["content-security-policy: default-src 'none'"])
  })

  it('puts what a rule sets in the place of all else of that name', () => {
    const lines = linesOf(
      [
        ['Cache-Control', 'no-cache'],
        ['ETag', '"a"'],
      ],
      {
        onAll: [['X-Frame-Options', 'SAMEORIGIN']],
        set: [
          ['cache-control', 'no-store'],
          ['X-FRAME-OPTIONS', 'DENY'],
          ['Link', '</a>'],
          ['Link', '</b>'],
        ],
      },
    )
    expect(lines).toEqual([
      'ETag: "a"',
      'cache-control: no-store',
      'X-FRAME-OPTIONS: DENY',
      'Link: </a>',
      'Link: </b>',
    ])
  })

  it('leaves out what a rule unsets, whoever had it', () => {
    const lines = linesOf(
      [
        ['ETag', '"a"'],
        ['Last-Modified', 'then'],
      ],
      { onAll: [['Referrer-Policy', 'x']], unset: ['etag', 'referrer-policy', 'missing'] },
    )
    expect(lines).toEqual(['Last-Modified: then'])
  })

  it('gives a 304 no fields about content, but those that only look like it: RFC 9110 §15.4.5', () => {
    const set: FieldLine[] = [
      ['Content-Type', 'text/x'],
      ['content-language', 'de'],
      ['Content-Disposition', 'attachment'],
      ['Content-Location', '/a'],
      ['Content-Security-Policy', 'a'],
      ['Content-Security-Policy-Report-Only', 'b'],
      ['X-Content-Type-Options', 'nosniff'],
      ['Link', '</a>'],
    ]
    const names = (status: 200 | 304): string[] =>
      siteFields({ status, fields: [['ETag', '"a"']] }, [], { set, unset: [] }).map(
        ([name]) => name,
      )
    expect(names(304)).toEqual([
      'ETag',
      'Content-Location',
      'Content-Security-Policy',
      'Content-Security-Policy-Report-Only',
      'X-Content-Type-Options',
      'Link',
    ])
    expect(names(200)).toEqual(['ETag', ...set.map(([name]) => name)])
  })

  it('has one Vary, with each of what the answer varies by', () => {
    const lines = linesOf(
      [
        ['Vary', 'Accept-Encoding'],
        ['ETag', '"a"'],
      ],
      {
        onAll: [
          ['vary', 'Origin'],
          ['Vary', 'Accept-Encoding'],
        ],
      },
    )
    expect(lines).toEqual(['ETag: "a"', 'Vary: Accept-Encoding, Origin'])
    expect(linesOf([['ETag', '"a"']])).toEqual(['ETag: "a"'])
  })

  it('adds what a handler varies by: the answer varies by the rest all the same', () => {
    const lines = linesOf([['Vary', 'Accept-Encoding']], { set: [['Vary', 'Cookie']] })
    expect(lines).toEqual(['Vary: Accept-Encoding, Cookie'])
  })

  it.each<[Given['status'], string, string]>([
    [200, 'text/css', 'text/x'],
    [206, 'text/css', 'text/x'],
    // The parts of it could not be told apart.
    [206, 'multipart/byteranges; boundary=b', 'multipart/byteranges; boundary=b'],
    // What says that there is no file is not of its type.
    [404, 'text/html', 'text/html'],
    [412, 'text/plain', 'text/plain'],
  ])('a type that is set for a file is that of a %d of %s: %s', (status, type, expected) => {
    const set: FieldLine[] = [['Content-Type', 'text/x']]
    expect(linesOf([['Content-Type', type]], { status: status!, set })).toEqual([
      `Content-Type: ${expected}`,
    ])
  })
})
