import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trimOws } from '../../src/response/ows.ts'

describe('trimOws', () => {
  it.each([
    ['', ''],
    [' \t ', ''],
    ['a', 'a'],
    [' \ta b\t ', 'a b'],
    ['\u00a0a\u00a0', '\u00a0a\u00a0'],
    ['\na\v', '\na\v'],
  ])('trims %j to %j', (text, trimmed) => {
    expect(trimOws(text)).toBe(trimmed)
  })

  it('removes spaces and tabs at both ends and nothing else', () => {
    const spaces = fc.string({ unit: fc.constantFrom(' ', '\t') })
    const inner = fc.string().filter(text => !/^[ \t]|[ \t]$/.test(text))
    fc.assert(fc.property(spaces, inner, spaces, (a, text, b) => trimOws(a + text + b) === text))
  })
})
