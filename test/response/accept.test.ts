import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acceptsMediaType, namesMediaType, preferredMediaType } from '../../src/response/accept.ts'
import { countReads } from './count-reads.ts'

const CHROMIUM =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'

describe('acceptsMediaType', () => {
  it.each<[accept: string | undefined, html: number, json: number]>([
    [undefined, 1000, 1000],
    ['*/*', 1000, 1000],
    ['text/html', 1000, 0],
    ['text/*', 1000, 0],
    ['application/*;q=0.5, text/html', 1000, 500],
    [CHROMIUM, 1000, 800],
    ['application/json, text/plain, */*', 1000, 1000],
    // The most specific range decides, whatever its position.
    ['text/*;q=0.3, text/html;q=0.7, */*;q=0.5', 700, 500],
    ['text/html;q=0, */*', 0, 1000],
    ['*/*, text/html;q=0', 0, 1000],
    ['text/*;q=0, text/html', 1000, 0],
    ['text/html;q=0.2, text/html;q=0.4', 400, 0],
    ['text/html;q=0.4, text/html;q=0.2', 400, 0],
    // Parameters.
    ['text/html;charset=utf-8', 1000, 0],
    ['text/html; charset="UTF-8"; q=0.4', 400, 0],
    ['text/html;charset=utf-8;q=0.1, text/html;q=0.9', 100, 0],
    ['text/*;charset=utf-8;q=0.1, text/html;q=0.9', 900, 0],
    ['text/html;level=1', 0, 0],
    ['text/html;level=1, text/html;level=2;q=0.4, */*;q=0.5', 500, 500],
    ['text/html;charset=latin1', 0, 0],
    ['text/html;q=0.5;charset=utf-8', 500, 0],
    ['text/html;', 1000, 0],
    ['text/html;;q=0.5', 500, 0],
    ['text/html;a="x,y;q=0.1\\",text/html";q=0.3, application/json', 0, 1000],
    // Case and white space.
    ['TEXT/HTML;Q=0.5', 500, 0],
    [' \ttext/html \t;\t q=0.5 ', 500, 0],
    // Weights.
    ['text/html;q=1.000', 1000, 0],
    ['text/html;q=0.001', 1, 0],
    ['text/html;q=0.', 0, 0],
    // Malformed members are ignored.
    ['', 0, 0],
    [',,', 0, 0],
    ['text', 0, 0],
    ['*', 0, 0],
    ['*/html', 0, 0],
    ['/*', 0, 0],
    ['t/*', 0, 0],
    ['text/', 0, 0],
    ['text/html/*', 0, 0],
    ['text /html', 0, 0],
    ['text/html;q=2', 0, 0],
    ['text/html;q=0.5555', 0, 0],
    ['text/html;q=-1', 0, 0],
    ['text/html;q=.2', 0, 0],
    ['text/html;q =1', 0, 0],
    ['text/html;q=0.5;q=0.7', 0, 0],
    ['text/html;q', 0, 0],
    ['text/html\u00a0', 0, 0],
    ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 1000, 0],
    ['"text/html, application/json', 0, 0],
    ['application/json, "\\', 0, 1000],
  ])('gives, for %j, HTML the weight %i and JSON %i', (accept, html, json) => {
    expect(acceptsMediaType(accept, 'text/html')).toBe(html)
    expect(acceptsMediaType(accept, 'application/json')).toBe(json)
  })

  it('reads 64 members and ignores the rest', () => {
    expect(acceptsMediaType(`${'a/b,'.repeat(63)}text/html`, 'text/html')).toBe(1000)
    expect(acceptsMediaType(`${'a/b,'.repeat(64)}text/html`, 'text/html')).toBe(0)
  })

  it('does not depend on the order of the members', () => {
    const member = fc
      .tuple(
        fc.constantFrom('text/html', 'text/*', '*/*', 'a/b', 'text/html;charset=utf-8'),
        fc.integer({ min: 0, max: 9 }),
      )
      .map(([range, tenths]) => `${range};q=0.${tenths}`)
    fc.assert(
      fc.property(fc.array(member, { maxLength: 8 }), members => {
        expect(acceptsMediaType(members.join(','), 'text/html')).toBe(
          acceptsMediaType(members.toReversed().join(', '), 'text/html'),
        )
      }),
    )
  })

  it.each([
    ',',
    ';',
    '"',
    '\\',
    '"\\',
    'a',
    ' ',
    'text/html',
    'text/html,',
    'text/html;a="',
    'q=',
    '\t;',
  ])('reads 64 KiB of %j in linear steps', part => {
    const text = part.repeat(65_536 / part.length)
    expect(countReads(text, counted => acceptsMediaType(counted, 'text/html'))).toBeLessThan(
      4 * 65_536,
    )
  })
})

describe('namesMediaType', () => {
  it.each<[accept: string | undefined, isNamed: boolean]>([
    ['text/html', true],
    [CHROMIUM, true],
    ['*/*, text/html;q=0.1', true],
    ['text/html;charset=utf-8', true],
    [undefined, false],
    ['*/*', false],
    ['text/*', false],
    ['text/*;charset=utf-8', false],
    ['text/html;q=0', false],
    ['text/html;q=0, */*', false],
    ['', false],
  ])('for %j returns %s', (accept, isNamed) => {
    expect(namesMediaType(accept, 'text/html')).toBe(isNamed)
  })
})

describe('preferredMediaType', () => {
  it.each<[accept: string | undefined, type: string]>([
    [undefined, 'text/html'],
    ['*/*', 'text/html'],
    ['', 'text/html'],
    ['image/png', 'text/html'],
    [CHROMIUM, 'text/html'],
    ['application/json', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['application/*, */*', 'application/json'],
    ['application/json, text/html', 'text/html'],
    ['application/json, text/html;q=0.9', 'application/json'],
    ['application/json;q=0.5, */*;q=0.1', 'application/json'],
    ['application/json;q=0.5, */*;q=0.6', 'text/html'],
    ['application/json;q=0, text/html;q=0', 'text/html'],
    ['text/html;q=0', 'text/html'],
  ])('for %j returns %s', (accept, type) => {
    expect(preferredMediaType(accept, ['text/html', 'application/json'])).toBe(type)
  })
})
