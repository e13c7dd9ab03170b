import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePattern, matchPattern, type PathPattern } from '../../src/response/path-pattern.ts'
import { includesPattern } from '../../src/response/pattern-inclusion.ts'

function pattern(text: string): PathPattern {
  const result = compilePattern(text)
  if (!result.ok) throw new Error(result.reason)
  return result.value
}

const includes = (outer: string, inner: string): boolean =>
  includesPattern(pattern(outer), pattern(inner))

/** Canonical paths of at most three segments, over the letters of the patterns and another. */
const NAMES = ['a', 'b', 'z', 'aa', 'ab', 'az', 'ba', 'zb', 'zz', 'aba', 'aza', 'zaz', 'abzb']
const PATHS = ((): readonly string[] => {
  const below = (depth: number): string[] =>
    depth === 0
      ? []
      : ['', ...NAMES.flatMap(name => [name, ...below(depth - 1).map(end => `${name}/${end}`)])]
  return below(3).map(path => `/${path}`)
})()

describe('includesPattern', () => {
  it.each([
    ['/**', '/'],
    ['/**', '/**'],
    ['/**', '/a/:b/*.js'],
    ['/a/**', '/a'],
    ['/a/**', '/a/'],
    ['/a/**', '/a/b/**'],
    ['/:x', '/*'],
    ['/*', '/:x'],
    ['/*', '/a*b'],
    ['/a*', '/a*b'],
    ['/*.js', '/app-*.js'],
    ['/**/*.js', '/a/**/b.js'],
    ['/**/a/**', '/**/a/b/**'],
    ['/*a*', '/*a*a*'],
    ['/%C3%A9', '/é'],
  ])('%s includes %s', (outer, inner) => {
    expect(includes(outer, inner)).toBe(true)
  })

  it.each([
    ['/', '/**'],
    ['/a', '/a/'],
    ['/*', '/'],
    ['/*', '/**'],
    ['/a/*', '/a/**'],
    ['/a/**', '/ab'],
    ['/*.js', '/*'],
    ['/a*b', '/a*'],
    ['/**/*.js', '/**/*.mjs/**'],
    ['/A', '/a'],
  ])('%s does not include %s', (outer, inner) => {
    expect(includes(outer, inner)).toBe(false)
  })

  it('is true if and only if no path refutes it', () => {
    const segment = fc.constantFrom('a', 'b', '*', 'a*', '*b', 'a*b', '*a*', '**')
    const text = fc
      .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([segments, isFolder]) => `/${segments.join('/')}${isFolder ? '/' : ''}`)
    fc.assert(
      fc.property(text, text, (outer, inner) => {
        const [one, other] = [pattern(outer), pattern(inner)]
        const isRefuted = PATHS.some(
          path => matchPattern(other, path) !== undefined && matchPattern(one, path) === undefined,
        )
        // Patterns for longer paths are refuted only by such.
        const isShort = inner.split('/').length <= 4 && outer.split('/').length <= 4
        if (isRefuted) expect(includesPattern(one, other)).toBe(false)
        else if (isShort && !/\*\*/.test(outer + inner))
          expect(includesPattern(one, other)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('gives up on patterns that take too long', () => {
    const startMs = performance.now()
    const stars = `/${'*a'.repeat(30)}*`
    includes(`${stars}b`, `${stars}c`)
    expect(performance.now() - startMs).toBeLessThan(2000)
  })
})
