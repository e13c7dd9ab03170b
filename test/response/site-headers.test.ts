import { describe, expect, it } from 'vitest'
import type { HeaderRule } from '../../src/response/matching-rules.ts'
import type { FieldLine } from '../../src/response/response-head.ts'
import { securityFields, withSiteHeaders } from '../../src/response/site-rules.ts'

const NO_RULE = { set: [], unset: [] }

type Options = Partial<Pick<HeaderRule, 'set' | 'unset'>> & {
  readonly status?: 200 | 206 | 304 | 404 | 412
  readonly onAll?: readonly FieldLine[]
}

/** Returns the field lines of a response with these fields. */
function linesOf(
  fields: readonly FieldLine[],
  { status = 200, onAll = [], ...rule }: Options = {},
): string[] {
  return withSiteHeaders({ status, fields }, { always: onAll, ...NO_RULE, ...rule }).map(field =>
    field.join(': '),
  )
}

describe('withSiteHeaders', () => {
  it('appends the fields of the site to those of the response', () => {
    const lines = linesOf([['ETag', '"a"']], { onAll: [['X-Frame-Options', 'SAMEORIGIN']] })
    expect(lines).toEqual(['ETag: "a"', 'X-Frame-Options: SAMEORIGIN'])
  })

  it('keeps a field of the response rather than the one of the site', () => {
    const lines = linesOf([['content-security-policy', "default-src 'none'"]], {
      onAll: [['Content-Security-Policy', "default-src 'self'"]],
    })
    expect(lines).toEqual(["content-security-policy: default-src 'none'"])
  })

  it('replaces all fields of a name by those that a rule sets', () => {
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

  it('removes what a rule unsets, from the response and from the site', () => {
    const lines = linesOf(
      [
        ['ETag', '"a"'],
        ['Last-Modified', 'then'],
      ],
      { onAll: [['Referrer-Policy', 'x']], unset: ['etag', 'referrer-policy', 'missing'] },
    )
    expect(lines).toEqual(['Last-Modified: then'])
  })

  it('removes content fields from a 304, not fields that only look like them: RFC 9110 §15.4.5', () => {
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
      withSiteHeaders({ status, fields: [['ETag', '"a"']] }, { always: [], set, unset: [] }).map(
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

  it('has one Vary, with each field that the response varies by', () => {
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

  it('adds the Vary of a handler to that of the response', () => {
    const lines = linesOf([['Vary', 'Accept-Encoding']], { set: [['Vary', 'Cookie']] })
    expect(lines).toEqual(['Vary: Accept-Encoding, Cookie'])
  })

  it.each<[Options['status'], string, string]>([
    [200, 'text/css', 'text/x'],
    [206, 'text/css', 'text/x'],
    // Its own type has the boundary of the parts.
    [206, 'multipart/byteranges; boundary=b', 'multipart/byteranges; boundary=b'],
    // An error does not have the type of the file.
    [404, 'text/html', 'text/html'],
    [412, 'text/plain', 'text/plain'],
  ])('a type set for a file makes the type of a %d with %s: %s', (status, type, expected) => {
    const set: FieldLine[] = [['Content-Type', 'text/x']]
    expect(linesOf([['Content-Type', type]], { status: status!, set })).toEqual([
      `Content-Type: ${expected}`,
    ])
  })
})

const HARDENED = [
  ['Referrer-Policy', 'strict-origin-when-cross-origin'],
  ['X-Frame-Options', 'SAMEORIGIN'],
]
const TRANSPORT = ['Strict-Transport-Security', 'max-age=63072000']
const POLICY = ['Content-Security-Policy', "default-src 'self'"]

describe('securityFields', () => {
  it.each<
    [
      securityHeaders: boolean,
      contentSecurityPolicy: string | undefined,
      isTls: boolean,
      string[][],
    ]
  >([
    [false, undefined, false, []],
    [false, undefined, true, []],
    [true, undefined, false, HARDENED],
    [true, undefined, true, [...HARDENED, TRANSPORT]],
    [true, "default-src 'self'", false, [...HARDENED, POLICY]],
    [true, "default-src 'self'", true, [...HARDENED, TRANSPORT, POLICY]],
    [false, "default-src 'self'", true, [POLICY]],
  ])(
    'with securityHeaders %s, policy %j, TLS %s: %j',
    (securityHeaders, contentSecurityPolicy, isTls, fields) => {
      expect(securityFields({ securityHeaders, contentSecurityPolicy, isTls })).toEqual(fields)
    },
  )
})
