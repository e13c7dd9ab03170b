import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cacheControlOf } from '../../src/response/matching-rules.ts'
import { compilePattern } from '../../src/response/path-pattern.ts'
import { compileRedirectTarget, compileRewriteTarget } from '../../src/response/path-template.ts'
import type { ParseResult } from '../../src/response/path-text.ts'
import {
  compilePrefix,
  isCanonical,
  NO_RULES,
  prefixText,
  type RedirectStatus,
  redirectOf,
  rewriteOf,
  type SiteRules,
  singleOf,
} from '../../src/response/site-rules.ts'
import { headersOf } from './headers-of.ts'

function unwrap<T>(result: ParseResult<T>): T {
  if (!result.ok) throw new Error(result.reason)
  return result.value
}

const pattern = (text: string) => unwrap(compilePattern(text))

type Redirect = readonly [match: string, to: string, status?: RedirectStatus]

function redirects(...rules: readonly Redirect[]): SiteRules {
  const compiled = rules.map(([match, to, status = 308]) => {
    return { match: pattern(match), to: unwrap(compileRedirectTarget(to)), status }
  })
  return { ...NO_RULES, redirects: compiled }
}

function rewrites(...rules: readonly (readonly [match: string, to: string])[]): SiteRules {
  const compiled = rules.map(([match, to]) => ({
    match: pattern(match),
    to: unwrap(compileRewriteTarget(to)),
  }))
  return { ...NO_RULES, rewrites: compiled }
}

describe('redirectOf', () => {
  it.each<[match: string, to: string, path: string, query: string, location: string]>([
    ['/a', '/b', '/a', '', '/b'],
    ['/old/**', '/new/:splat', '/old/x/y', '', '/new/x/y'],
    ['/old/**', '/new/:splat', '/old/x/', '', '/new/x/'],
    ['/old/**', '/new/:splat', '/old/', '', '/new/'],
    ['/old/**', '/new/:splat', '/old', '', '/new'],
    ['/old/**', '/new/:splat/', '/old/x/', '', '/new/x/'],
    ['/old/**', '/:splat/end', '/old/x/', '', '/x/end'],
    ['/old/**', '/:splat', '/old', '', '/'],
    ['/old/**', '/:splat', '/old/', '', '/'],
    ['/old/**', '/:splat', '/old/evil.example/x', '', '/evil.example/x'],
    ['/old/**', 'https://a.example/:splat', '/old/x y/', '', 'https://a.example/x%20y/'],
    ['/old/**', 'https://a.example/:splat', '/old', '', 'https://a.example/'],
    ['/**', 'https://a.example/:splat', '/', 'q', 'https://a.example/?q'],
    ['/a', 'HTTPS://A.example:443', '/a', '', 'https://a.example/'],
    ['/a', 'http://[::1]:80/x', '/a', '', 'http://[::1]/x'],
    ['/a', 'https://a.example?x=1', '/a', 'y=2', 'https://a.example/?x=1'],
    ['/u/:name', '/users/:name.html', '/u/émile/', '', ''],
    ['/u/:name', '/users/:name.html', '/u/émile', '', '/users/%C3%A9mile.html'],
    ['/u/:name', '/users/:name', '/u/a?b#c%d&e', '', '/users/a%3Fb%23c%25d%26e'],
    ['/:a/:b', '/:b-:a', '/1/2', '', '/2-1'],
    ['/u/:name', '/search?q=:name&x=1', '/u/a&b=c', 'z=9', '/search?q=a%26b%3Dc&x=1'],
    ['/u/**', '/search?q=:splat', '/u/a/b c', '', '/search?q=a/b%20c'],
    ['/a', '/b', '/a', 'x=1&y=%20', '/b?x=1&y=%20'],
    ['/a', '/b?', '/a', 'x=1', '/b'],
    ['/a', '/b#top', '/a', 'x=1', '/b?x=1#top'],
    ['/u/:name', '/b#:name', '/u/x y', '', '/b#x%20y'],
    ['/a', '/é b/(c),d;e=f/%C3%A9', '/a', '', '/%C3%A9%20b/(c),d;e=f/%C3%A9'],
    ['/a', '/50%25', '/a', '', '/50%25'],
    ['/a', '/12:30', '/a', '', '/12:30'],
    ['/a', '/x%3Ay', '/a', '', '/x%3Ay'],
    ['/u/:name', '/:name', '/u/\ud800', '', '/%EF%BF%BD'],
  ])('%s to %s: %s?%s → %s', (match, to, path, query, location) => {
    const expected = location === '' ? undefined : { status: 308, location }
    expect(redirectOf(redirects([match, to]), path, query)).toEqual(expected)
  })

  it('applies the first rule that matches, with its status', () => {
    const rules = redirects(['/b', '/1', 301], ['/a/*', '/2', 302], ['/a/**', '/3', 307])
    expect(redirectOf(rules, '/a/x', '')).toEqual({ status: 302, location: '/2' })
    expect(redirectOf(rules, '/a', '')).toEqual({ status: 307, location: '/3' })
    expect(redirectOf(rules, '/c', '')).toBeUndefined()
  })

  it('never redirects to the URL of the request', () => {
    const rules = redirects(['/docs/**', '/docs/start'], ['/é', '/%C3%A9?x=1'])
    expect(redirectOf(rules, '/docs/a', 'q')).toEqual({ status: 308, location: '/docs/start?q' })
    expect(redirectOf(rules, '/docs/start', 'q')).toBeUndefined()
    expect(redirectOf(rules, '/é', '')).toEqual({ status: 308, location: '/%C3%A9?x=1' })
    expect(redirectOf(rules, '/é', 'x=1')).toBeUndefined()
    expect(redirectOf(redirects(['/a', 'https://a.example/a']), '/a', '')).toBeDefined()
  })

  it('never returns a Location on another host, nor an invalid field value', () => {
    const segment = fc.oneof(
      fc.constantFrom('evil.example', 'a:b', '\\evil', '%2f', ' ', 'é', '\r\n', '@', '?', '#'),
      fc.string({ unit: 'binary', minLength: 1 }).map(text => text.replaceAll('/', '')),
    )
    const templates = [
      '/:splat',
      '/:splat/',
      '/:splat/x',
      '/x/:splat',
      '/:splat?q=:splat',
      '/#:splat',
    ]
    fc.assert(
      fc.property(
        fc.array(segment),
        fc.boolean(),
        fc.constantFrom(...templates),
        (found, isFolder, to) => {
          const path = `/o/${found.filter(Boolean).join('/')}${isFolder ? '/' : ''}`
          const { location = '' } = redirectOf(redirects(['/o/**', to]), path, '') ?? {}
          expect(location).toMatch(/^\/(?![/\\])[!-~]*$/)
          expect(new URL(location, 'https://own.example').origin).toBe('https://own.example')
        },
      ),
    )
  })
})

describe('compileRedirectTarget', () => {
  it.each<[to: string, reason: string]>([
    ['', 'begin with one slash, http:// or https://'],
    ['b', 'begin with one slash, http:// or https://'],
    ['//evil.example/', 'begin with one slash, http:// or https://'],
    ['javascript:alert(1)', 'begin with one slash, http:// or https://'],
    ['ftp://a.example/', 'begin with one slash, http:// or https://'],
    ['?x', 'begin with one slash, http:// or https://'],
    ['/\\evil.example', 'contain neither backslashes nor control characters'],
    ['/a\r\nSet-Cookie: b', 'contain neither backslashes nor control characters'],
    ['/a?\n', 'contain neither backslashes nor control characters'],
    ['/a%0d%0ab', 'contain neither backslashes nor control characters'],
    ['https://', 'have a host without user information or captures'],
    ['https:///a', 'have a host without user information or captures'],
    ['https://:host/', 'have a host without user information or captures'],
    ['https://:splat', 'have a host without user information or captures'],
    ['https://a.example::port/', 'have a host without user information or captures'],
    ['https://me@a.example/', 'have a host without user information or captures'],
    ['https://me:pw@a.example/', 'have a host without user information or captures'],
    ['https://a b/', 'have a host without user information or captures'],
    ['https://a.example//b', 'not contain an empty segment'],
    ['/a//b', 'not contain an empty segment'],
    ['/a/../b', 'not contain a segment . or ..'],
    ['/a/%2e', 'not contain a segment . or ..'],
    ['/a%2fb', 'not contain an encoded slash'],
    ['/50%', 'write a percent sign as %25'],
    ['/a?b=50%', 'write a percent sign as %25'],
    ['/a#50%', 'write a percent sign as %25'],
    ['/new/*', 'use :splat for what ** captures, and write a literal star as %2A'],
    ['/new/:splat.html', 'use :splat only as a whole segment'],
    ['/new/x:splat', 'use :splat only as a whole segment'],
  ])('refuses %j', (to, reason) => {
    expect(compileRedirectTarget(to)).toEqual({ ok: false, reason })
  })
})

describe('rewriteOf', () => {
  it.each<[match: string, to: string, path: string, target: string | undefined]>([
    ['/app/:page', '/pages/:page.html', '/app/a', '/pages/a.html'],
    ['/app/:page', '/pages/:page.html', '/app/é ü', '/pages/é ü.html'],
    ['/app/:page', '/pages/:page.html', '/app/a/b', undefined],
    ['/app/**', '/:splat', '/app/a/b/', '/a/b/'],
    ['/app/**', '/:splat', '/app', '/'],
    ['/app/**', '/x/:splat/index.html', '/app/a/', '/x/a/index.html'],
    ['/a', '/%C3%A9%20b', '/a', '/é b'],
    ['/a', '/12:30', '/a', '/12:30'],
    // A rewrite cannot reach a path that is refused in a request.
    ['/**', '/site/:splat', '/.well-known/x', undefined],
    ['/x/:a', '/.:a', '/x/git', undefined],
    ['/x/:a', `/${'y'.repeat(250)}:a`, '/x/abcdef', undefined],
  ])('%s to %s: %s → %s', (match, to, path, target) => {
    expect(rewriteOf(rewrites([match, to]), path)).toBe(target)
  })

  it('applies the first rule that matches and leads to a valid path', () => {
    const rules = rewrites(['/x/:a', '/.:a'], ['/x/*', '/1'], ['/x/**', '/2'])
    expect(rewriteOf(rules, '/x/a')).toBe('/1')
    expect(rewriteOf(rules, '/x/a/b')).toBe('/2')
    expect(rewriteOf(rules, '/y')).toBeUndefined()
  })

  it.each<[to: string, reason: string]>([
    ['https://a.example/', 'begin with a slash'],
    ['/a?b', 'be a path, without a query or fragment'],
    ['/a#b', 'be a path, without a query or fragment'],
    ['//a', 'not contain an empty segment'],
    ['/../a', 'not contain a segment . or ..'],
    ['/*', 'use :splat for what ** captures, and write a literal star as %2A'],
  ])('cannot lead to %s', (to, reason) => {
    expect(compileRewriteTarget(to)).toEqual({ ok: false, reason })
  })
})

describe('cacheControlOf and headersOf', () => {
  const rules: SiteRules = {
    ...NO_RULES,
    caches: [
      { match: pattern('/img/*.svg'), control: 'no-store' },
      { match: pattern('/img/**'), control: 'public, max-age=600' },
    ],
    headers: [
      { match: pattern('/img/**'), set: [['X-Team', 'web']], unset: ['last-modified'] },
      { match: pattern('/**'), set: [['X-All', '1']], unset: [] },
    ],
  }

  it.each([
    ['/img/a.svg', 'no-store', ['X-Team', 'X-All'], ['last-modified']],
    ['/img/a/a.svg', 'public, max-age=600', ['X-Team', 'X-All'], ['last-modified']],
    ['/a', undefined, ['X-All'], []],
  ])(
    'apply the first cache rule and all header rules that match %s',
    (path, control, names, unset) => {
      expect(cacheControlOf(rules, path)).toBe(control)
      expect(headersOf(rules, path).set.map(([name]) => name)).toEqual(names)
      expect(headersOf(rules, path).unset).toEqual(unset)
    },
  )

  it('return nothing without rules', () => {
    expect(cacheControlOf(NO_RULES, '/a')).toBeUndefined()
    expect(headersOf(NO_RULES, '/a')).toEqual({ set: [], unset: [] })
  })
})

type Header = readonly [
  match: string,
  set: Record<string, string>,
  unset?: string[],
  status?: number[],
]

const headers = (...rules: readonly Header[]): SiteRules => ({
  ...NO_RULES,
  headers: rules.map(([match, set, unset = [], status]) => {
    return { match: pattern(match), set: Object.entries(set), unset, status }
  }),
})

describe('headersOf', () => {
  it('applies rules in order: of each name, the last change counts', () => {
    const rules = headers(
      ['/**', { 'X-A': '1', 'X-B': '1', 'X-C': '1' }],
      ['/a/**', { 'x-a': '2' }, ['x-b']],
      ['/a/b', { 'X-B': '3' }, ['x-c']],
      ['/other', { 'X-A': '4' }],
    )
    expect(headersOf(rules, '/a/b')).toEqual({
      set: [
        ['x-a', '2'],
        ['X-B', '3'],
      ],
      unset: ['x-c'],
    })
    expect(headersOf(rules, '/a/')).toEqual({
      set: [
        ['X-C', '1'],
        ['x-a', '2'],
      ],
      unset: ['x-b'],
    })
  })

  it('matches the path of the URL or of the file', () => {
    const rules = headers(['/**/*.html', { 'X-Page': '1' }], ['/about', { 'X-About': '1' }])
    const names = (path: string, file: string): string[] =>
      headersOf(rules, path, file).set.map(([name]) => name)
    expect(names('/', '/index.html')).toEqual(['X-Page'])
    expect(names('/about', '/about.html')).toEqual(['X-Page', 'X-About'])
    expect(names('/docs/', '/docs/index.html')).toEqual(['X-Page'])
    expect(names('/a.js', '/a.js')).toEqual([])
  })

  it('applies a rule with statuses to these only; 206 and 304 are forms of 200', () => {
    const rules = headers(['/**', { 'X-A': '1' }, [], [200]], ['/**', { 'X-B': '1' }, [], [404]])
    const names = (status: 200 | 206 | 304 | 404 | 403): string[] =>
      headersOf(rules, '/', '/', status).set.map(([name]) => name)
    expect([names(200), names(206), names(304)]).toEqual([['X-A'], ['X-A'], ['X-A']])
    expect(names(404)).toEqual(['X-B'])
    expect(names(403)).toEqual([])
  })

  it.each(['Cache-Control', 'cdn-cache-control', 'Expires', 'Surrogate-Control'])(
    'leaves %s of an error alone, unless the rule has its status',
    name => {
      const file = headers(['/**', { [name]: 'x', 'X-A': '1' }])
      expect(headersOf(file, '/', '/', 200).set).toHaveLength(2)
      expect(headersOf(file, '/', '/', 404).set).toEqual([['X-A', '1']])
      expect(headersOf(headers(['/**', {}, [name.toLowerCase()]]), '/', '/', 404).unset).toEqual([])
      const error = headers(['/**', { [name]: 'x' }, [], [404, 410]])
      expect(headersOf(error, '/', '/', 404).set).toEqual([[name, 'x']])
      expect(headersOf(error, '/', '/', 500).set).toEqual([])
    },
  )

  it('has the Cache-Control of a cache rule for the status, which a header rule replaces', () => {
    const caches = [
      { match: pattern('/**'), control: 'max-age=1', status: [404] },
      { match: pattern('/a'), control: 'max-age=2', status: [404, 200] },
      { match: pattern('/**'), control: 'max-age=3' },
    ]
    const rules = { ...NO_RULES, caches }
    expect(headersOf(rules, '/a', '/a', 404).set).toEqual([['Cache-Control', 'max-age=1']])
    expect(headersOf(rules, '/a', '/a', 403).set).toEqual([])
    expect(headersOf(rules, '/a', '/a', 200).set).toEqual([])
    expect(cacheControlOf(rules, '/a')).toBe('max-age=2')
    expect(cacheControlOf(rules, '/b')).toBe('max-age=3')
    const both = { ...headers(['/a', { 'Cache-Control': 'no-store' }, [], [404]]), caches }
    expect(headersOf(both, '/a', '/a', 404).set).toEqual([['Cache-Control', 'no-store']])
  })
})

describe('singleOf', () => {
  const singles = [
    { prefix: '/', file: '/index.html' },
    { prefix: '/admin/', file: '/admin/index.html' },
    { prefix: '/admin/old/', file: '/old.html' },
    { prefix: '/é/', file: '/é.html' },
  ]
  const rules: SiteRules = { ...NO_RULES, singles }

  it.each([
    ['/', '/index.html'],
    ['/a', '/index.html'],
    ['/administrator', '/index.html'],
    ['/admin', '/admin/index.html'],
    ['/admin/', '/admin/index.html'],
    ['/admin/a/b', '/admin/index.html'],
    ['/admin/old/a', '/old.html'],
    ['/é/x', '/é.html'],
  ])('applies the longest prefix, in any order of the rules: %s → %s', (path, file) => {
    expect(singleOf(rules, path)).toBe(file)
    expect(singleOf({ ...rules, singles: singles.toReversed() }, path)).toBe(file)
  })

  it('is undefined outside all prefixes', () => {
    expect(singleOf({ ...NO_RULES, singles: singles.slice(1) }, '/a')).toBeUndefined()
    expect(singleOf(NO_RULES, '/')).toBeUndefined()
  })
})

describe('compilePrefix', () => {
  it.each([
    ['/', '/'],
    ['/a', '/a/'],
    ['/a/b/', '/a/b/'],
    ['/%C3%A9', '/é/'],
    ['/a:b', '/a:b/'],
    ['/50%25%2A%3F%23', '/50%*?#/'],
  ])('compiles %s to %s', (text, prefix) => {
    expect(compilePrefix(text)).toEqual({ ok: true, value: prefix })
    expect(compilePrefix(prefixText(prefix))).toEqual({ ok: true, value: prefix })
  })

  it.each([
    '',
    'a',
    '//',
    '/a//',
    '/../',
    '/*',
    '/a/**',
    '/a?b',
    '/.git/',
    '/a\\b',
    '/%',
    '/a%2fb',
  ])('refuses %j', text => {
    expect(compilePrefix(text).ok).toBe(false)
  })
})

describe('isCanonical', () => {
  it.each(['/', '/a', '/a/', '/a b/é%2f', '/.well-known/x'])('is true for %s', path => {
    expect(isCanonical(path)).toBe(true)
  })

  it.each([
    '',
    'a',
    '//',
    '/a//b',
    '/a//',
    '/.',
    '/../a',
    '/.git',
    '/a\\b',
    '/a\0',
    `/${'a'.repeat(256)}`,
  ])('is false for %j', path => {
    expect(isCanonical(path)).toBe(false)
  })
})
