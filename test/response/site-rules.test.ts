import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePattern } from '../../src/response/path-pattern.ts'
import { compileLocation, compileTarget } from '../../src/response/path-template.ts'
import type { ParseResult } from '../../src/response/path-text.ts'
import {
  cacheControlOf,
  compilePrefix,
  headersOf,
  isCanonical,
  NO_RULES,
  prefixText,
  type RedirectStatus,
  redirectOf,
  rewriteOf,
  type SiteRules,
  singleOf,
} from '../../src/response/site-rules.ts'

function unwrap<T>(result: ParseResult<T>): T {
  if (!result.ok) throw new Error(result.reason)
  return result.value
}

const pattern = (text: string) => unwrap(compilePattern(text))

type Redirect = readonly [match: string, to: string, status?: RedirectStatus]

function redirects(...rules: readonly Redirect[]): SiteRules {
  const compiled = rules.map(([match, to, status = 308]) => {
    return { match: pattern(match), to: unwrap(compileLocation(to)), status }
  })
  return { ...NO_RULES, redirects: compiled }
}

function rewrites(...rules: readonly (readonly [match: string, to: string])[]): SiteRules {
  const compiled = rules.map(([match, to]) => ({
    match: pattern(match),
    to: unwrap(compileTarget(to)),
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

  it('takes the first that matches, with its status', () => {
    const rules = redirects(['/b', '/1', 301], ['/a/*', '/2', 302], ['/a/**', '/3', 307])
    expect(redirectOf(rules, '/a/x', '')).toEqual({ status: 302, location: '/2' })
    expect(redirectOf(rules, '/a', '')).toEqual({ status: 307, location: '/3' })
    expect(redirectOf(rules, '/c', '')).toBeUndefined()
  })

  it('never sends back to where the request came from', () => {
    const rules = redirects(['/docs/**', '/docs/start'], ['/é', '/%C3%A9?x=1'])
    expect(redirectOf(rules, '/docs/a', 'q')).toEqual({ status: 308, location: '/docs/start?q' })
    expect(redirectOf(rules, '/docs/start', 'q')).toBeUndefined()
    expect(redirectOf(rules, '/é', '')).toEqual({ status: 308, location: '/%C3%A9?x=1' })
    expect(redirectOf(rules, '/é', 'x=1')).toBeUndefined()
    expect(redirectOf(redirects(['/a', 'https://a.example/a']), '/a', '')).toBeDefined()
  })

  it('never has a Location that leads to another host, nor one that is no field value', () => {
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

describe('compileLocation', () => {
  it.each<[to: string, reason: string]>([
    ['', 'begin with one slash, http:// or https://'],
    ['b', 'begin with one slash, http:// or https://'],
    ['//evil.example/', 'begin with one slash, http:// or https://'],
    ['javascript:alert(1)', 'begin with one slash, http:// or https://'],
    ['ftp://a.example/', 'begin with one slash, http:// or https://'],
    ['?x', 'begin with one slash, http:// or https://'],
    ['/\\evil.example', 'have neither backslashes nor control characters'],
    ['/a\r\nSet-Cookie: b', 'have neither backslashes nor control characters'],
    ['/a?\n', 'have neither backslashes nor control characters'],
    ['/a%0d%0ab', 'have neither backslashes nor control characters'],
    ['https://', 'name a host, without a user and without captures'],
    ['https:///a', 'name a host, without a user and without captures'],
    ['https://:host/', 'name a host, without a user and without captures'],
    ['https://:splat', 'name a host, without a user and without captures'],
    ['https://a.example::port/', 'name a host, without a user and without captures'],
    ['https://me@a.example/', 'name a host, without a user and without captures'],
    ['https://me:pw@a.example/', 'name a host, without a user and without captures'],
    ['https://a b/', 'name a host, without a user and without captures'],
    ['https://a.example//b', 'have no empty segment'],
    ['/a//b', 'have no empty segment'],
    ['/a/../b', 'have no segment . or ..'],
    ['/a/%2e', 'have no segment . or ..'],
    ['/a%2fb', 'have no encoded slash'],
    ['/50%', 'have a percent sign as %25'],
    ['/a?b=50%', 'have a percent sign as %25'],
    ['/a#50%', 'have a percent sign as %25'],
    ['/new/*', 'have :splat for what ** captures, and a star itself as %2A'],
    ['/new/:splat.html', 'have :splat as a whole segment only'],
    ['/new/x:splat', 'have :splat as a whole segment only'],
  ])('refuses %j', (to, reason) => {
    expect(compileLocation(to)).toEqual({ ok: false, reason })
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
    // What would be refused if it were asked for is not reached by a rewrite.
    ['/**', '/site/:splat', '/.well-known/x', undefined],
    ['/x/:a', '/.:a', '/x/git', undefined],
    ['/x/:a', `/${'y'.repeat(250)}:a`, '/x/abcdef', undefined],
  ])('%s to %s: %s → %s', (match, to, path, target) => {
    expect(rewriteOf(rewrites([match, to]), path)).toBe(target)
  })

  it('takes the first that matches and leads to a path', () => {
    const rules = rewrites(['/x/:a', '/.:a'], ['/x/*', '/1'], ['/x/**', '/2'])
    expect(rewriteOf(rules, '/x/a')).toBe('/1')
    expect(rewriteOf(rules, '/x/a/b')).toBe('/2')
    expect(rewriteOf(rules, '/y')).toBeUndefined()
  })

  it.each<[to: string, reason: string]>([
    ['https://a.example/', 'begin with a slash'],
    ['/a?b', 'be a path, without a query or fragment'],
    ['/a#b', 'be a path, without a query or fragment'],
    ['//a', 'have no empty segment'],
    ['/../a', 'have no segment . or ..'],
    ['/*', 'have :splat for what ** captures, and a star itself as %2A'],
  ])('does not lead to %s', (to, reason) => {
    expect(compileTarget(to)).toEqual({ ok: false, reason })
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
    ['/img/a.svg', 'no-store', [['X-Team', 'web']], ['last-modified']],
    ['/img/a/a.svg', 'public, max-age=600', [['X-Team', 'web']], ['last-modified']],
    ['/a', undefined, [['X-All', '1']], []],
  ])('take the first that matches %s', (path, control, set, unset) => {
    expect(cacheControlOf(rules, path)).toBe(control)
    expect(headersOf(rules, path)).toMatchObject({ set, unset })
  })

  it('give nothing where there are no rules', () => {
    expect(cacheControlOf(NO_RULES, '/a')).toBeUndefined()
    expect(headersOf(NO_RULES, '/a')).toEqual({ set: [], unset: [] })
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
  ])('takes the longest prefix, whatever the order: %s → %s', (path, file) => {
    expect(singleOf(rules, path)).toBe(file)
    expect(singleOf({ ...rules, singles: singles.toReversed() }, path)).toBe(file)
  })

  it('is not for what lies beside the prefix', () => {
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
  ])('%s is %s', (text, prefix) => {
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
  it.each(['/', '/a', '/a/', '/a b/é%2f', '/.well-known/x'])('%s is', path => {
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
  ])('%j is not', path => {
    expect(isCanonical(path)).toBe(false)
  })
})
