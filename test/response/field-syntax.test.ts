import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseWeight, trimOws } from '../../src/response/field-syntax.ts'

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

describe('parseWeight', () => {
  it.each([
    ['q=0', 0],
    ['q=1', 1000],
    ['Q=0.5', 500],
    ['q=0.05', 50],
    ['q=0.005', 5],
    ['q=0.', 0],
    ['q=1.', 1000],
    ['q=1.000', 1000],
  ])('parses %s as %i thousandths', (text, thousandths) => {
    expect(parseWeight(text)).toBe(thousandths)
  })

  it.each([
    '',
    'q',
    'q=',
    'q=2',
    'q=1.001',
    'q=0.0000',
    'q=.5',
    'q=05',
    'q=-0',
    'q=0,5',
    'q=1e0',
    'p=1',
    'q= 1',
    'q=0.5 ',
  ])('refuses %j', text => {
    expect(parseWeight(text)).toBeUndefined()
  })
})
