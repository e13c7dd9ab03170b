import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planCanonicalRedirect, relativeReference } from '../../src/response/redirect.ts'
import { encodePath, encodeSegment, parseTargetPath } from '../../src/response/target-path.ts'

function partsOf(path: string) {
  const parsed = parseTargetPath(path, { dotfiles: true })
  if (!parsed.ok) throw new Error(`${path}: ${parsed.reason}`)
  return parsed
}

describe('relativeReference', () => {
  it.each<[from: string, to: string, reference: string]>([
    ['/docs', '/docs/', 'docs/'],
    ['/a/b', '/a/b/', 'b/'],
    ['/about/', '/about', '../about'],
    ['/about.html', '/about', 'about'],
    ['/index.html', '/', './'],
    ['/docs/index.html', '/docs/', './'],
    ['/docs/index/', '/docs/', '../'],
    ['/index/', '/', '../'],
    ['/a:b', '/a:b/', './a:b/'],
    ['/a%3Ab', '/a:b/', './a:b/'],
    ['/x/a:b/', '/x/a:b', '../a:b'],
    ['/mailto:x/y:z', '/mailto:x/y:z/', './y:z/'],
    ['/a%3Fb', '/a%3Fb/', 'a%3Fb/'],
    ['/a%23b', '/a%23b/', 'a%23b/'],
    ['/%2525', '/%2525/', '%2525/'],
    ['/%252e%252e', '/%252e%252e/', '%252e%252e/'],
    ['/a%20b', '/a%20b/', 'a%20b/'],
    ['/caf%C3%A9', '/caf%C3%A9/', 'caf%C3%A9/'],
    ['/.well-known', '/.well-known/', '.well-known/'],
    ['/a|b', '/a|b/', 'a%7Cb/'],
    ['/http:', '/http:/', './http:/'],
  ])('from %s to %s is %s', (from, to, reference) => {
    expect(relativeReference(partsOf(from), partsOf(to))).toBe(reference)
    expect(new URL(reference, `http://a${from}?q#f`).href).toBe(
      new URL(encoded(partsOf(to)), 'http://a').href,
    )
  })

  const segment = fc
    .oneof(
      fc.constantFrom('a', 'b', 'index', 'a:b', 'http:', '%2e', '%2e%2e', 'ü', ' ', '?', '#', ';@'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }),
    )
    .filter(text => !/^\.|[/\\\0-\x1f\x7f]/.test(text) && !/\p{Surrogate}/u.test(text))
  const parts = fc
    .record({ segments: fc.array(segment, { maxLength: 4 }), isFolder: fc.boolean() })
    .map(path => (path.segments.length === 0 ? { ...path, isFolder: true } : path))

  it('leads to the same path for every client, also behind a proxy that removes a prefix', () => {
    fc.assert(
      fc.property(parts, parts, fc.constantFrom('', '/x', '/x:y/z'), (from, to, prefix) => {
        const reference = relativeReference(from, to)
        expect(reference).toMatch(/^[^/][!-~]*$/)
        // The server encodes more than some clients do.
        for (const path of [encoded(from), encodePath(from.segments, from.isFolder)]) {
          const base = `http://a${prefix}${path}?q=//b/c`
          expect(namesIn(reference, base)).toEqual(namesIn(prefix + encoded(to), base))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

/** The origin, and the names in the path, however they are spelt. */
function namesIn(reference: string, base: string): string[] {
  const { origin, pathname, search } = new URL(reference, base)
  return [origin, ...pathname.split('/').map(decodeURIComponent), search]
}

describe('planCanonicalRedirect', () => {
  it('is a 301 that keeps the query, and is not kept by caches', () => {
    const { status, fields } = planCanonicalRedirect('docs/', 'a=/b&c')
    expect(status).toBe(301)
    expect(fields).toContainEqual(['Location', 'docs/?a=/b&c'])
    expect(fields).toContainEqual(['Cache-Control', 'no-cache'])
  })
})

function encoded({ segments, isFolder }: { segments: readonly string[]; isFolder: boolean }) {
  return `/${segments.map(encodeSegment).join('/')}${isFolder && segments.length > 0 ? '/' : ''}`
}
