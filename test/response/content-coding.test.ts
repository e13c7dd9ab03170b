import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  acceptableCodings,
  type Coding,
  chooseCoding,
  isMalformedAcceptEncoding,
} from '../../src/response/content-coding.ts'
import { countReads } from './count-reads.ts'

const all: readonly Coding[] = ['br', 'zstd', 'gzip']

describe('chooseCoding', () => {
  it.each<[string | undefined, readonly Coding[], Coding | 'identity' | undefined]>([
    // What clients send.
    ['gzip, deflate, br, zstd', all, 'br'],
    ['gzip, deflate, br, zstd', ['zstd', 'br', 'gzip'], 'zstd'],
    ['gzip, deflate, br, zstd', ['gzip'], 'gzip'],
    ['gzip, deflate, br, zstd', [], 'identity'],
    ['gzip, deflate', all, 'gzip'],
    ['gzip', all, 'gzip'],
    ['gzip', ['br'], 'identity'],
    ['deflate', all, 'identity'],
    ['identity', all, 'identity'],
    // Absent and empty.
    [undefined, all, 'identity'],
    ['', all, 'identity'],
    [' , ,', all, 'identity'],
    // Weights.
    ['gzip;q=1.0', all, 'gzip'],
    ['br;q=1', all, 'br'],
    ['br;q=0.5, gzip;q=0.8', all, 'gzip'],
    ['br;q=0.998, gzip;q=0.999', all, 'gzip'],
    ['br;q=0.5, gzip;q=0.500', all, 'br'],
    ['gzip;q=0.001', all, 'gzip'],
    ['gzip;q=0', all, 'identity'],
    ['gzip;q=0.000', all, 'identity'],
    ['gzip;q=0., br;q=1.', all, 'br'],
    ['gzip \t; \tQ=0.5 , br;q=0.4', all, 'gzip'],
    // Wildcard.
    ['*', all, 'br'],
    ['*;q=0.1', all, 'br'],
    ['br;q=0, *', all, 'zstd'],
    ['gzip, *;q=0.5', all, 'gzip'],
    ['gzip;q=0.2, *;q=0.5', ['gzip'], 'identity'],
    ['*;q=0, gzip', all, 'gzip'],
    // Identity.
    ['gzip;q=0.5, identity;q=1', all, 'identity'],
    ['gzip;q=0.5, identity', all, 'identity'],
    ['gzip;q=0.5, identity;q=0.5', all, 'gzip'],
    ['gzip, identity;q=0', all, 'gzip'],
    ['identity;q=0.5, *;q=0', all, 'identity'],
    ['identity;q=0', all, undefined],
    ['identity;q=0, *', all, 'br'],
    ['*;q=0', all, undefined],
    ['*;q=0, deflate', all, undefined],
    ['gzip, identity;q=0', [], undefined],
    // Names.
    ['GZIP', all, 'gzip'],
    ['x-gzip', all, 'gzip'],
    ['X-Gzip;q=0.5', all, 'gzip'],
    ['gzipped', all, 'identity'],
    ['not-br', all, 'identity'],
    ['gzip br', all, 'identity'],
    ['gzip\u00a0', all, 'identity'],
    // A malformed weight makes the whole member invalid.
    ['gzip;q=', all, 'identity'],
    ['gzip;q=, *', ['gzip'], 'gzip'],
    ['gzip;', all, 'identity'],
    ['gzip;1', all, 'identity'],
    ['gzip;p=1', all, 'identity'],
    ['gzip;q=2', all, 'identity'],
    ['gzip;q=1.001', all, 'identity'],
    ['gzip;q=9', all, 'identity'],
    ['gzip;q=-1', all, 'identity'],
    ['gzip;q=.5', all, 'identity'],
    ['gzip;q=05', all, 'identity'],
    ['gzip;q=0.5555', all, 'identity'],
    ['gzip;q=0.5.', all, 'identity'],
    ['gzip;q=0.5a', all, 'identity'],
    ['gzip;q=0,5', all, 'identity'],
    ['gzip;q="1"', all, 'identity'],
    ['gzip;q = 1', all, 'identity'],
    ['gzip;q=1e0', all, 'identity'],
    ['gzip;q=1;q=1', all, 'identity'],
    ['gzip;q=NaN', all, 'identity'],
    ['identity;q=zero', all, 'identity'],
    ['gzip;q=oops, br', all, 'br'],
    // What a malformed field means cannot be known, so it does not exclude identity.
    ['identity;q=1chunked;q=0.1,*;q=0', all, 'identity'],
    ['identity;q=0, gzip;q=x', all, 'identity'],
    ['*;q=0, a b', all, 'identity'],
    ['*;q=0, ;q=1', all, 'identity'],
    ['br, identity;q=0, "x"', ['gzip'], 'identity'],
    ['br, identity;q=0, "x"', all, 'br'],
    [`*;q=0${',x'.repeat(64)}`, all, 'identity'],
    // Empty members are allowed in a list.
    [',*;q=0, ,', all, undefined],
  ])('for %j, offering %j, chooses %j', (field, offered, coding) => {
    expect(chooseCoding(field, offered)).toBe(coding)
  })

  it('reads 64 members and ignores the rest', () => {
    expect(chooseCoding(`${'x,'.repeat(63)}gzip`, all)).toBe('gzip')
    expect(chooseCoding(`${'x,'.repeat(64)}gzip`, all)).toBe('identity')
  })

  it('never chooses a coding that is not offered, and never throws', () => {
    const part = fc.constantFrom(
      'gzip',
      'br',
      'zstd',
      'x-gzip',
      'identity',
      '*',
      ';',
      'q=',
      '0',
      '.',
      '1',
      '5',
      ',',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.string({ unit: part, maxLength: 40 }),
        fc.subarray([...all]),
        (field, offered) => {
          expect(['identity', undefined, ...offered]).toContain(chooseCoding(field, offered))
        },
      ),
    )
  })

  it('orders codings by weight', () => {
    const weight = fc.integer({ min: 1, max: 1000 })
    const text = (thousandths: number): string => (thousandths / 1000).toFixed(3)
    fc.assert(
      fc.property(weight, weight, (gzip, br) => {
        const chosen = chooseCoding(`gzip;q=${text(gzip)}, br;q=${text(br)}`, ['gzip', 'br'])
        expect(chosen).toBe(br > gzip ? 'br' : 'gzip')
      }),
    )
  })

  it.each([',', ';', ' ', 'gzip;q=0.', 'a', '\t;'])('reads 64 KiB of %j in linear steps', part => {
    const field = part.repeat(65_536 / part.length)
    expect(countReads(field, counted => chooseCoding(counted, all))).toBeLessThan(2 * 65_536)
    const startMs = performance.now()
    chooseCoding(field, all)
    expect(performance.now() - startMs).toBeLessThan(250)
  })
})

describe('acceptableCodings', () => {
  type Codings = readonly (Coding | 'identity')[]
  const withIdentity: Codings = [...all, 'identity']

  it.each<[string | undefined, Codings, Codings]>([
    // Without the field.
    [undefined, withIdentity, ['identity']],
    [undefined, ['identity', 'gzip'], ['identity']],
    [undefined, ['br', 'gzip'], ['br', 'gzip']],
    [undefined, [], []],
    // An empty field: the client wants no coding.
    ['', withIdentity, ['identity']],
    ['', ['br', 'gzip'], []],
    // What browsers send.
    ['gzip, deflate, br, zstd', withIdentity, ['br', 'zstd', 'gzip', 'identity']],
    ['gzip, deflate, br, zstd', ['identity', 'gzip', 'br'], ['gzip', 'br', 'identity']],
    ['gzip, deflate, br, zstd', ['gzip'], ['gzip']],
    // Weights, and ties in the order offered.
    ['br;q=0.5, gzip;q=0.8, zstd;q=0.5', withIdentity, ['gzip', 'br', 'zstd', 'identity']],
    ['zstd, br, gzip', ['gzip', 'br', 'zstd'], ['gzip', 'br', 'zstd']],
    ['br;q=0, *', withIdentity, ['zstd', 'gzip', 'identity']],
    ['*;q=0.1', withIdentity, ['br', 'zstd', 'gzip', 'identity']],
    ['gzip;q=0.001', withIdentity, ['gzip', 'identity']],
    ['deflate', withIdentity, ['identity']],
    ['br', ['gzip'], []],
    // Identity.
    ['gzip;q=0.5, identity', withIdentity, ['identity', 'gzip']],
    ['gzip;q=0.5, identity;q=0.5', ['identity', 'gzip'], ['gzip', 'identity']],
    ['gzip;q=0.2, *;q=0.5', ['gzip', 'identity'], ['identity', 'gzip']],
    ['gzip;q=0.9, br, identity;q=0.95', withIdentity, ['br', 'identity', 'gzip']],
    ['gzip, identity;q=0', withIdentity, ['gzip']],
    ['gzip, *;q=0', withIdentity, ['gzip']],
    ['identity;q=0.5, *;q=0', withIdentity, ['identity']],
    ['identity;q=0', withIdentity, []],
    ['*;q=0', withIdentity, []],
    ['x-gzip;q=0.5', withIdentity, ['gzip', 'identity']],
  ])('for %j, offering %j, returns %j', (field, offered, codings) => {
    expect(acceptableCodings(field, offered)).toEqual(codings)
  })

  it.each([
    ['identity;q=0, gzip;q=x', ['br'], ['br']],
    ['br, identity;q=0, gzip;q=x', ['br', 'gzip'], ['br']],
    ['br, identity;q=0, gzip;q=x', ['br', 'identity'], ['br', 'identity']],
    ['identity;q=0', ['br'], []],
  ] as const)('for %j, offering %j without a 406, are %j', (field, offered, acceptable) => {
    expect(acceptableCodings(field, offered)).toEqual(acceptable)
  })

  it('returns the chosen coding first', () => {
    const part = fc.constantFrom(
      'gzip',
      'br',
      'zstd',
      'identity',
      '*',
      ';q=0',
      ';q=0.5',
      ';q=1',
      ',',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.string({ unit: part, maxLength: 20 }),
        fc.subarray([...all]),
        (field, offered) => {
          const codings = acceptableCodings(field, [...offered, 'identity'])
          expect(codings[0]).toBe(chooseCoding(field, offered))
          expect(new Set(codings).size).toBe(codings.length)
          // Not offering identity does not change the others, unless there are none.
          const others = codings.filter(coding => coding !== 'identity')
          if (others.length > 0 || !isMalformedAcceptEncoding(field))
            expect(acceptableCodings(field, offered)).toEqual(others)
        },
      ),
    )
  })
})
