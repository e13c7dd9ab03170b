import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePattern, matchPattern, type PathPattern } from '../../src/response/path-pattern.ts'

function compiled(text: string): PathPattern {
  const result = compilePattern(text)
  if (!result.ok) throw new Error(`${text}: must ${result.reason}`)
  return result.value
}

function match(pattern: string, path: string): Record<string, readonly string[]> | undefined {
  const captures = matchPattern(compiled(pattern), path)
  return captures && Object.fromEntries(captures)
}

describe('compilePattern', () => {
  it.each<[pattern: string, reason: string]>([
    ['', 'begin with a slash'],
    ['a', 'begin with a slash'],
    ['*', 'begin with a slash'],
    ['https://a.example/', 'begin with a slash'],
    ['//a', 'not contain an empty segment'],
    ['/a//b', 'not contain an empty segment'],
    ['/a//', 'not contain an empty segment'],
    ['/.', 'not contain a segment . or ..'],
    ['/a/../b', 'not contain a segment . or ..'],
    ['/%2E%2e/b', 'not contain a segment . or ..'],
    ['/a?b', 'be a path, without a query or fragment'],
    ['/a#b', 'be a path, without a query or fragment'],
    ['/a\\b', 'contain neither backslashes nor control characters'],
    ['/a%5cb', 'contain neither backslashes nor control characters'],
    ['/a\nb', 'contain neither backslashes nor control characters'],
    ['/a%00b', 'contain neither backslashes nor control characters'],
    ['/a%2Fb', 'not contain an encoded slash'],
    ['/50%', 'write a percent sign as %25'],
    ['/%ff', 'write a percent sign as %25'],
    ['/***', 'use ** only as a whole segment'],
    ['/a**', 'use ** only as a whole segment'],
    ['/**.js', 'use ** only as a whole segment'],
    ['/:', 'use :name only as a whole segment, and write a literal colon as %3A'],
    ['/:1', 'use :name only as a whole segment, and write a literal colon as %3A'],
    ['/a:b', 'use :name only as a whole segment, and write a literal colon as %3A'],
    ['/:a.html', 'use :name only as a whole segment, and write a literal colon as %3A'],
    ['/:a:b', 'use :name only as a whole segment, and write a literal colon as %3A'],
    ['/:a/:a', 'use each capture name once, and not :splat, the name of what ** captures'],
    ['/:splat', 'use each capture name once, and not :splat, the name of what ** captures'],
  ])('refuses %j', (pattern, reason) => {
    expect(compilePattern(pattern)).toEqual({ ok: false, reason })
  })

  it.each<[pattern: string, names: string[]]>([
    ['/', []],
    ['/a/*/b*', []],
    ['/:a/:b_2', ['a', 'b_2']],
    ['/**', ['splat']],
    ['/:a/**/:b', ['a', 'b', 'splat']],
    // With two `**`, `:splat` would be ambiguous.
    ['/**/:a/**', ['a']],
  ])('lists the captures of %s', (pattern, names) => {
    expect(compiled(pattern).captureNames).toEqual(names)
  })
})

describe('matchPattern', () => {
  it.each<[pattern: string, yes: string[], no: string[]]>([
    ['/', ['/'], ['/a', '/a/']],
    ['/a', ['/a'], ['/', '/a/', '/A', '/ab', '/a/b']],
    ['/a/', ['/a/'], ['/a', '/a/b', '/a/b/']],
    ['/*', ['/a', '/.a', '/*'], ['/', '/a/', '/a/b']],
    ['/*/', ['/a/'], ['/', '/a', '/a/b/']],
    ['/a/*/c', ['/a/b/c', '/a/*/c'], ['/a/c', '/a/b/b/c', '/a/b/c/']],
    ['/*.js', ['/a.js', '/.js', '/a.js.js'], ['/a.jsx', '/a.js/', '/b/a.js', '/a.JS']],
    ['/app-*.css', ['/app-1.css', '/app-.css'], ['/app.css', '/app-1.css.map']],
    ['/a*a', ['/aa', '/aaa', '/aba'], ['/a', '/ab']],
    ['/a*b*c', ['/abc', '/axbxc', '/abbcc', '/abcbc'], ['/ac', '/acb', '/abcx', '/acbb']],
    ['/*a*b*', ['/ab', '/xaxbx', '/bab'], ['/ba', '/a', '/b']],
    ['/a*', ['/a', '/ab'], ['/', '/ba']],
    ['/**', ['/', '/a', '/a/', '/a/b/c', '/a/b/c/'], []],
    ['/a/**', ['/a', '/a/', '/a/b', '/a/b/', '/a/b/c'], ['/', '/ab', '/ab/c', '/b/a/c']],
    ['/a/**/', ['/a/', '/a/b/', '/a/b/c/'], ['/a', '/a/b']],
    ['/**/a', ['/a', '/b/a', '/a/a', '/a/b/a'], ['/', '/a/', '/b', '/a/b']],
    ['/**/*.js', ['/a.js', '/a/b/c.js', '/a.js/b.js'], ['/a.js/', '/a', '/a.js/b']],
    ['/a/**/z', ['/a/z', '/a/b/z', '/a/z/z', '/a/b/z/c/z'], ['/a', '/z', '/a/b', '/a/z/b']],
    ['/**/a/**', ['/a', '/a/', '/x/a', '/x/a/y', '/a/a'], ['/', '/x', '/x/y/']],
    ['/**/a/b/**/c', ['/a/b/c', '/a/a/b/c', '/a/x/a/b/x/c'], ['/a/c', '/a/x/b/c', '/a/b/c/d']],
    ['/**/**', ['/', '/a', '/a/b/'], []],
    ['/a/**/**', ['/a', '/a/'], ['/b']],
    ['/:a', ['/x', '/:a'], ['/', '/x/', '/x/y']],
    ['/a%2Ab%3Ac%25', ['/a*b:c%'], ['/axb:c%', '/a%2Ab%3Ac%25']],
    ['/caf%C3%A9/ü', ['/café/ü'], ['/caf%C3%A9/ü']],
    ['/a b/[x](y){z}|$^+.', ['/a b/[x](y){z}|$^+.'], ['/a b/x(y){z}|$^+x']],
    ['/a%3Fb', ['/a?b'], ['/a']],
  ])('%s', (pattern, yes, no) => {
    expect(yes.filter(path => match(pattern, path) === undefined)).toEqual([])
    expect(no.filter(path => match(pattern, path) !== undefined)).toEqual([])
  })

  it.each<[pattern: string, path: string, captures: Record<string, string[]>]>([
    ['/:a/x/:b', '/1/x/2', { a: ['1'], b: ['2'] }],
    ['/old/**', '/old', { splat: [] }],
    ['/old/**', '/old/', { splat: [''] }],
    ['/old/**', '/old/a/b', { splat: ['a', 'b'] }],
    ['/old/**', '/old/a/b/', { splat: ['a', 'b', ''] }],
    ['/**', '/', { splat: [''] }],
    ['/**/:name', '/a/b/c', { splat: ['a', 'b'], name: ['c'] }],
    ['/:a/**/z/:b', '/1/z/x/2/z/3', { a: ['1'], splat: ['z', 'x', '2'], b: ['3'] }],
    ['/**/:a/x/**', '/1/2/x/3', { a: ['2'] }],
    ['/a/*', '/a/b', {}],
  ])('%s captures from %s', (pattern, path, captures) => {
    expect(match(pattern, path)).toEqual(captures)
  })

  it('agrees with a backtracking matcher', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', 'ba', 'aab')
    const wanted = fc.constantFrom('a', 'ab', '*', '**', 'a*', '*b', '*a*', 'a*b', ':n')
    const paths = fc.tuple(fc.array(segment, { maxLength: 7 }), fc.boolean())
    const patterns = fc.tuple(fc.array(wanted, { maxLength: 6 }), fc.boolean())
    fc.assert(
      fc.property(patterns, paths, ([segments, endsInSlash], [found, isFolder]) => {
        const pattern = [
          ...segments.map((text, i) => text.replace(':n', `:n${i}`)),
          ...(endsInSlash ? [''] : []),
        ]
        const path = [...found, ...(isFolder || found.length === 0 ? [''] : [])]
        const matched = match(`/${pattern.join('/')}`, `/${path.join('/')}`) !== undefined
        expect(matched).toBe(matchesByGrammar(pattern.length === 0 ? [''] : pattern, path))
      }),
      { numRuns: 5000 },
    )
  })

  it.each<[what: string, pattern: string, path: string]>([
    ['many stars in a segment', `/${'*a'.repeat(2000)}*b`, `/${'a'.repeat(8000)}`],
    [
      'long texts between stars',
      `/*${'a'.repeat(2000)}*${'a'.repeat(2000)}b`,
      `/${'a'.repeat(8000)}`,
    ],
    ['many ** ', `${'/**/a'.repeat(1000)}/b`, '/a'.repeat(4000)],
    ['a long end', `/**${'/a'.repeat(1000)}/b`, '/a'.repeat(4000)],
    ['** and stars', `${'/**/*a*a'.repeat(500)}/b`, '/aaa'.repeat(2000)],
  ])('is fast for %s', (_, pattern, path) => {
    const one = compiled(pattern)
    const start = performance.now()
    expect(matchPattern(one, path)).toBeUndefined()
    // Backtracking would take billions of years; pattern × path takes some ten milliseconds.
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

/** Matches by the grammar, with backtracking in exponential time. */
function matchesByGrammar(wanted: readonly string[], found: readonly string[]): boolean {
  const [first, ...others] = wanted
  if (first === undefined) return found.length === 0
  if (first === '**')
    return found
      .concat('')
      .some((_, i) => i <= found.length && matchesByGrammar(others, found.slice(i)))
  const [segment, ...rest] = found
  if (segment === undefined) return false
  const fits = first.startsWith(':') ? segment !== '' : fitsText([...first], [...segment])
  return fits && matchesByGrammar(others, rest)
}

function fitsText(wanted: readonly string[], found: readonly string[]): boolean {
  if (found.length === 0 && wanted.length === 1 && wanted[0] === '*') return false
  const walk = (w: number, f: number): boolean => {
    if (w === wanted.length) return f === found.length
    if (wanted[w] === '*') return walk(w + 1, f) || (f < found.length && walk(w, f + 1))
    return wanted[w] === found[f] && walk(w + 1, f + 1)
  }
  return walk(0, 0)
}
