import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Coding } from '../../src/response/content-coding.ts'
import {
  entityTag,
  entityTagMatches,
  entityTagMatchesStrongly,
  isWeakTag,
} from '../../src/response/validators.ts'
import { countReads } from './count-reads.ts'

const etagChar = fc.integer({ min: 0x21, max: 0xff }).filter(code => code !== 0x22 && code !== 0x7f)
const opaque = fc.array(etagChar).map(codes => `"${String.fromCharCode(...codes)}"`)

const codings: readonly (Coding | 'identity')[] = ['identity', 'gzip', 'br', 'zstd']

describe('entityTag', () => {
  it.each([
    ['v', 'identity', false, '"v"'],
    ['v', 'gzip', false, '"v-gzip"'],
    ['v', 'br', false, '"v-br"'],
    ['v', 'zstd', false, '"v-zstd"'],
    ['v', 'identity', true, 'W/"v"'],
    ['v', 'gzip', true, 'W/"v-gzip"'],
    ['_-09azAZ', 'identity', false, '"_-09azAZ"'],
  ] as const)('of version %s in %s, weak %j, is %s', (version, coding, isWeak, expected) => {
    expect(entityTag(version, coding, isWeak)).toBe(expected)
    expect(isWeakTag(expected)).toBe(isWeak)
  })

  it('has its own opaque tag for each version and coding: RFC 9110 §8.8.3.3', () => {
    const tags = ['a', 'b'].flatMap(version =>
      codings.map(coding => entityTag(version, coding, false)),
    )
    for (const tag of tags)
      expect(tags.filter(other => entityTagMatches(tag, other))).toEqual([tag])
  })

  it('matches itself weakly, and if it is strong also strongly', () => {
    const version = fc.stringMatching(/^[0-9A-Za-z_-]{1,40}$/)
    fc.assert(
      fc.property(version, fc.constantFrom(...codings), fc.boolean(), (text, coding, isWeak) => {
        const tag = entityTag(text, coding, isWeak)
        expect(entityTagMatches(tag, tag)).toBe(true)
        expect(entityTagMatchesStrongly(tag, tag)).toBe(!isWeak)
      }),
    )
  })
})

describe('entityTagMatches', () => {
  it.each([
    ['"a"', '"a"'],
    ['*', '"a"'],
    [' *\t', '"a"'],
    ['W/"a"', '"a"'],
    ['"a"', 'W/"a"'],
    ['W/"a"', 'W/"a"'],
    ['"b", "a"', '"a"'],
    ['"a","b"', '"a"'],
    [' \t"b"\t,\t W/"a" \t', '"a"'],
    [',, ,"a",', '"a"'],
    ['"x,y"', '"x,y"'],
    ['"p", "x,y", "q"', '"x,y"'],
    ['""', '""'],
    ['"caf\u00e9"', '"caf\u00e9"'],
    ['"W/"', '"W/"'],
    ['nonsense, "a"', '"a"'],
    ['"b c", "a"', '"a"'],
    ['"b"c, "a"', '"a"'],
  ])('finds in %s the tag %s', (list, tag) => {
    expect(entityTagMatches(list, tag)).toBe(true)
  })

  it.each([
    ['', '"a"'],
    [' , ,', '"a"'],
    ['"b"', '"a"'],
    ['"A"', '"a"'],
    ['a', '"a"'],
    ["'a'", '"a"'],
    ['"a', '"a"'],
    ['a"', '"a"'],
    ['"a"b', '"a"'],
    ['b"a"', '"a"'],
    ['"a" "b"', '"a"'],
    ['" a "', '"a"'],
    ['""a""', '"a"'],
    ['w/"a"', '"a"'],
    ['W/ "a"', '"a"'],
    ['W/W/"a"', '"a"'],
    ['"a"\u00a0', '"a"'],
    ['"x,"a",y"', '"a"'],
    ['"x, a"', '"a"'],
    ['"x,y"', '"x"'],
    ['"*"', '"a"'],
    ['*, "b"', '"a"'],
    ['"b", *', '"a"'],
    ['**', '"a"'],
    ['"prefix-a"', '"a"'],
    ['"a-gzip"', '"a"'],
  ])('does not find in %s the tag %s', (list, tag) => {
    expect(entityTagMatches(list, tag)).toBe(false)
  })

  it('finds a tag among others, in any position', () => {
    fc.assert(
      fc.property(
        fc.array(opaque),
        opaque,
        fc.array(opaque),
        fc.constantFrom(',', ', ', '\t,, '),
        (a, tag, b, comma) => entityTagMatches([...a, tag, ...b].join(comma), tag),
      ),
    )
  })

  it('finds no tag that is not listed', () => {
    fc.assert(
      fc.property(
        fc.array(opaque),
        opaque,
        (tags, tag) => entityTagMatches(tags.join(), tag) === tags.includes(tag),
      ),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', 'W', '/', ' ', 'a', '*') }), list => {
        entityTagMatches(list, '"a"')
      }),
    )
  })

  it.each(['"', ',', ' ', '",', '"a" ', 'W/', 'W/"', '" ,'])(
    'reads 64 KiB of %j in linear steps',
    part => {
      const list = part.repeat(65_536 / part.length)
      const steps = countReads(list, counted => entityTagMatches(counted, '"a"'))
      expect(steps).toBeGreaterThanOrEqual(list.length)
      expect(steps).toBeLessThan(8 * list.length)
    },
  )
})

// RFC 9110 §8.8.3.2: the tags are equal and neither is weak.
describe('entityTagMatchesStrongly', () => {
  it.each([
    ['"a"', '"a"'],
    ['*', '"a"'],
    // RFC 9110 §13.1.1: `*` matches any representation, also one with a weak tag.
    [' *\t', 'W/"a"'],
    ['"b", "a"', '"a"'],
    ['W/"a", "a"', '"a"'],
    [' \t"b"\t,\t "a" \t', '"a"'],
    [',, ,"a",', '"a"'],
    ['"p", "x,y", "q"', '"x,y"'],
    ['"W/"', '"W/"'],
    ['nonsense, "a"', '"a"'],
  ])('finds in %s the tag %s', (list, tag) => {
    expect(entityTagMatchesStrongly(list, tag)).toBe(true)
  })

  it.each([
    ['W/"a"', '"a"'],
    ['"a"', 'W/"a"'],
    ['W/"a"', 'W/"a"'],
    ['"b", W/"a"', '"a"'],
    ['', '"a"'],
    [' , ,', '"a"'],
    ['"b"', '"a"'],
    ['"A"', '"a"'],
    ['a', '"a"'],
    ['"a', '"a"'],
    ['"a"b', '"a"'],
    ['"x,"a",y"', '"a"'],
    ['*, "b"', '"a"'],
    ['"a-gzip"', '"a"'],
  ])('does not find in %s the tag %s', (list, tag) => {
    expect(entityTagMatchesStrongly(list, tag)).toBe(false)
  })

  it('finds only strong tags, each of which the weak comparison finds too', () => {
    const tag = fc.tuple(fc.constantFrom('', 'W/'), opaque).map(parts => parts.join(''))
    fc.assert(
      fc.property(fc.array(tag), tag, (tags, sought) => {
        const isFound = entityTagMatchesStrongly(tags.join(), sought)
        expect(isFound).toBe(!isWeakTag(sought) && tags.includes(sought))
        if (isFound) expect(entityTagMatches(tags.join(), sought)).toBe(true)
      }),
    )
  })
})
