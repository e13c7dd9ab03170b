import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entityTagMatches, entityTagOf } from '../../src/response/entity-tag.ts'

const etagChar = fc.integer({ min: 0x21, max: 0xff }).filter(code => code !== 0x22 && code !== 0x7f)
const opaque = fc.array(etagChar).map(codes => `"${String.fromCharCode(...codes)}"`)

describe('entityTagOf', () => {
  it('is strong, and spells modification time, size and coding', () => {
    expect(entityTagOf({ size: 36, mtimeNs: 35n })).toBe('"z-10"')
    expect(entityTagOf({ size: 36, mtimeNs: 35n }, 'gzip')).toBe('"z-10-gzip"')
  })

  it('differs if size, time or coding differ', () => {
    const tags = [0, 1, 36].flatMap(size =>
      [-1n, 0n, 1n, 36n, 1_764_000_000_000_000_000n, 1_764_000_000_000_000_001n].flatMap(mtimeNs =>
        [undefined, 'gzip', 'br', 'zstd'].map(coding => entityTagOf({ size, mtimeNs }, coding)),
      ),
    )
    expect(new Set(tags).size).toBe(tags.length)
  })

  it('matches itself', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }), (size, mtimeNs) => {
        const tag = entityTagOf({ size, mtimeNs }, 'br')
        return entityTagMatches(tag, tag)
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

  it('finds a tag among others, wherever it stands', () => {
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

  it('does not find a tag that is not there', () => {
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

  it.each(['"', ',', ' ', '",', '"a" ', 'W/', 'W/"', '" ,'])('reads 64 KiB of %j in linear time', part => {
    const startMs = performance.now()
    entityTagMatches(part.repeat(65_536 / part.length), '"a"')
    expect(performance.now() - startMs).toBeLessThan(250)
  })
})
