import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ByteRange, contentRange, parseRange } from '../../src/response/byte-range.ts'
import { countReads } from './count-reads.ts'

const KIB_64 = 65_536

/**
 * What a Range selects, in the notation of Content-Range: `0-0 5-6`, `*` for nothing, or `whole`.
 */
function parsed(value: string, size: number): string {
  const result = parseRange(value, size)
  if (result.kind === 'unsatisfiable') return '*'
  if (result.kind === 'whole') return 'whole'
  return result.ranges.map(({ from, to }) => `${from}-${to - 1}`).join(' ')
}

const list = (count: number, member: (i: number) => string): string =>
  `bytes=${Array.from({ length: count }, (_, i) => member(i)).join()}`

describe('parseRange', () => {
  describe('parses one range of 1000 bytes', () => {
    it.each([
      // RFC 9110 §14.1.2: from the first to the last position, inclusive.
      ['bytes=0-0', '0-0'],
      ['bytes=0-1', '0-1'],
      ['bytes=500-599', '500-599'],
      ['bytes=999-999', '999-999'],
      ['bytes=0-999', '0-999'],
      // RFC 9110 §14.1.2: a last position that is absent or beyond the end means the end.
      ['bytes=0-', '0-999'],
      ['bytes=500-', '500-999'],
      ['bytes=999-', '999-999'],
      ['bytes=0-1000', '0-999'],
      ['bytes=999-2000', '999-999'],
      // RFC 9110 §14.1.2: a suffix longer than the representation selects all of it.
      ['bytes=-1', '999-999'],
      ['bytes=-500', '500-999'],
      ['bytes=-1000', '0-999'],
      ['bytes=-2000', '0-999'],
      // RFC 9110 §14.1.2: satisfiable if the first position is before the end, or the suffix is not
      // 0.
      ['bytes=1000-', '*'],
      ['bytes=1000-1000', '*'],
      ['bytes=2000-', '*'],
      ['bytes=2000-3000', '*'],
      ['bytes=-0', '*'],
      ['bytes=-000', '*'],
      // RFC 9110 §14.1.1: positions are 1*DIGIT.
      ['bytes=007-0008', '7-8'],
      ['bytes=00000000000000000000000000-', '0-999'],
      ['bytes=0-00000000000000000000000000', '0-0'],
      // RFC 9110 §14.1.1: last before first is invalid. §14.2: an invalid field may be ignored.
      ['bytes=500-400', 'whole'],
      ['bytes=5-1', 'whole'],
      ['bytes=1-0', 'whole'],
      ['bytes=2000-1999', 'whole'],
      ['bytes=10-9', 'whole'],
      ['bytes=010-9', 'whole'],
      ['bytes=9-010', '9-10'],
      // RFC 9110 §14.1: units are case-insensitive.
      ['Bytes=0-0', '0-0'],
      ['BYTES=-1', '999-999'],
    ])('%s: %s', (value, expected) => {
      expect(parsed(value, 1000)).toBe(expected)
    })
  })

  describe('ignores a malformed field, RFC 9110 §14.2', () => {
    it.each([
      '',
      ' ',
      'hello',
      'bytes',
      'bytes=',
      'bytes= ',
      'bytes=-',
      'bytes=--',
      'bytes=--1',
      'bytes=0--1',
      'bytes=1',
      'bytes=a-b',
      'bytes=a-',
      'bytes=-b',
      'bytes=0-x',
      'bytes=x0-1',
      'bytes=0-1x',
      'bytes=0x0-0xf',
      'bytes=1e2-',
      'bytes=0.5-1',
      'bytes=+0-1',
      'bytes=0-+1',
      'bytes=0-1;q=1',
      'bytes=0-1/1000',
      'bytes=0-1-2',
      'bytes=0 -1',
      'bytes=0- 1',
      'bytes=- 1',
      'bytes=0-1 2-3',
      'bytes=0-1;2-3',
      'bytes=*',
      'bytes=*/1000',
      'bytes 0-1/1000',
      'bytes 0-1',
      'bytes:0-1',
      'bytes =0-1',
      ' bytes=0-1',
      'bytes==0-1',
      '"bytes=0-1"',
      'bytes=\u00a00-1',
      'bytes=0-1\u00a0',
      'bytes=0-1\n',
      'bytes=\u0661-\u0662',
      'bytes=0\u22121',
      'bytes=,',
      'bytes=, ,\t,',
      // One invalid member.
      'bytes=0-1,x',
      'bytes=x,0-1',
      'bytes=0-1,5-4',
      'bytes=5-4,0-1',
      'bytes=0-1,-',
      'bytes=0-1, bytes=2-3',
      // Other units: RFC 9110 §14.2.
      'units=0-1',
      'items=0-1',
      'lines=1-2',
      'none=0-1',
      'byte=0-1',
      'bytess=0-1',
      'kbytes=0-1',
      '=0-1',
      '0-1',
    ])('%j', value => {
      expect(parsed(value, 1000)).toBe('whole')
    })
  })

  describe('parses several ranges of 1000 bytes', () => {
    it.each([
      ['bytes=0-0,500-599', '0-0 500-599'],
      ['bytes=0-0,-1', '0-0 999-999'],
      ['bytes=0-99,200-299,-100', '0-99 200-299 900-999'],
      // RFC 9110 §15.3.7.2: in the order of the request.
      ['bytes=-1,0-0', '999-999 0-0'],
      ['bytes=900-,500-599,0-0', '900-999 500-599 0-0'],
      // RFC 9110 §5.6.1.2, and the example in §14.1.2 with a space before the first range.
      ['bytes= 0-99, 450-549, -100', '0-99 450-549 900-999'],
      ['bytes=,0-0', '0-0'],
      ['bytes=0-0,', '0-0'],
      ['bytes=,, ,\t0-0\t, ,\t,500-500 ,,', '0-0 500-500'],
      ['bytes=0-0 ', '0-0'],
      // RFC 9110 §15.3.7.2: without unsatisfiable ranges.
      ['bytes=2000-,0-0', '0-0'],
      ['bytes=0-0,2000-3000', '0-0'],
      ['bytes=-0,0-0', '0-0'],
      ['bytes=2000-,1000-1001,-0', '*'],
      // RFC 9110 §15.3.7.2: ranges that overlap or touch are merged.
      ['bytes=500-600,601-999', '500-999'],
      ['bytes=500-700,601-999', '500-999'],
      ['bytes=0-,0-', '0-999'],
      ['bytes=0-9,0-9', '0-9'],
      ['bytes=0-999,300-400', '0-999'],
      ['bytes=300-400,0-999', '0-999'],
      ['bytes=601-999,500-600', '500-999'],
      // A gap of 2 bytes is sent too, a gap of 3 is not.
      ['bytes=0-1,5-6', '0-1 5-6'],
      ['bytes=0-0,3-12', '0-12'],
      ['bytes=0-0,4-12', '0-0 4-12'],
      ['bytes=3-12,0-0', '0-12'],
      ['bytes=4-12,0-0', '4-12 0-0'],
      // In the position of the first merged range.
      ['bytes=900-999,0-9,500-509,12-29', '900-999 0-29 500-509'],
      ['bytes=500-509,900-999,0-9,450-498', '450-509 900-999 0-9'],
      // A range that joins two others.
      ['bytes=0-0,102-160,2-100', '0-160'],
      ['bytes=102-160,0-0,300-300,2-100', '0-160 300-300'],
      // A range within another does not shorten it.
      ['bytes=0-500,10-20,502-560', '0-560'],
    ])('%s: %s', (value, expected) => {
      expect(parsed(value, 1000)).toBe(expected)
    })
  })

  describe('parses numbers of any length exactly', () => {
    it.each([
      ['bytes=0-18446744073709551615', 1000, '0-999'],
      ['bytes=0-18446744073709551616', 1000, '0-999'],
      ['bytes=18446744073709551616-', 1000, '*'],
      ['bytes=18446744073709551616-18446744073709551617', 1000, '*'],
      ['bytes=4294967296-4294967297', 1000, '*'],
      ['bytes=2147483648-', 1000, '*'],
      ['bytes=-18446744073709551616', 1000, '0-999'],
      ['bytes=-9223372036854775808', 1000, '0-999'],
      [`bytes=0-${'9'.repeat(400)}`, 1000, '0-999'],
      [`bytes=${'9'.repeat(400)}-`, 1000, '*'],
      [`bytes=${'0'.repeat(400)}5-${'0'.repeat(300)}7`, 1000, '5-7'],
      // Numbers are compared as digits, not as doubles.
      ['bytes=9007199254740993-9007199254740992', 1000, 'whole'],
      ['bytes=9007199254740992-9007199254740993', 1000, '*'],
      ['bytes=100000000000000000000000001-100000000000000000000000000', 1000, 'whole'],
      ['bytes=100000000000000000000000000-99999999999999999999999999', 1000, 'whole'],
      ['bytes=99999999999999999999999999-100000000000000000000000000', 1000, '*'],
      // The largest file.
      ['bytes=9007199254740990-', Number.MAX_SAFE_INTEGER, '9007199254740990-9007199254740990'],
      ['bytes=9007199254740991-', Number.MAX_SAFE_INTEGER, '*'],
      ['bytes=-9007199254740990', Number.MAX_SAFE_INTEGER, '1-9007199254740990'],
      [
        'bytes=9007199254740989-9007199254740989',
        Number.MAX_SAFE_INTEGER,
        '9007199254740989-9007199254740989',
      ],
    ])('%s of %d bytes: %s', (value, size, expected) => {
      expect(parsed(value, size)).toBe(expected)
    })
  })

  describe('parses ranges of an empty file', () => {
    it.each([
      // RFC 9110 §14.1.2: no first position is before the end. §14.2: the field may be ignored.
      ['bytes=0-', 'whole'],
      ['bytes=0-0', 'whole'],
      ['bytes=0-0,5-', 'whole'],
      ['bytes=-0', 'whole'],
      // RFC 9110 §14.1.2: "the only satisfiable form of range-spec", but §14.4 has no
      // Content-Range.
      ['bytes=-1', 'whole'],
      ['bytes=-500', 'whole'],
      ['bytes=0-,-1', 'whole'],
    ])('%s: %s', (value, expected) => {
      expect(parsed(value, 0)).toBe(expected)
    })
  })

  it('accepts 200 ranges and no more', () => {
    const apart = (i: number): string => `${i * 200}-${i * 200}`
    expect(parseRange(list(200, apart), 100_000)).toMatchObject({ ranges: { length: 200 } })
    expect(parsed(list(201, apart), 100_000)).toBe('whole')
    expect(parsed(`${list(200, apart)},,, ,`, 100_000)).not.toBe('whole')
    // Unsatisfiable ranges count too.
    expect(
      parsed(
        list(201, () => '2000-'),
        1000,
      ),
    ).toBe('whole')
    expect(
      parsed(
        list(200, () => '2000-'),
        1000,
      ),
    ).toBe('*')
  })

  describe('withstands inputs that broke other servers', () => {
    it.each([
      ['CVE-2011-3192: many ranges that overlap', list(1300, i => `5-${i}`), 'whole'],
      ['CVE-2011-3192: as many as are accepted', list(200, i => `5-${i + 5}`), '5-204'],
      ['CVE-2017-7529: suffixes whose sum overflows', 'bytes=-623,-9223372036854775185', '0-999'],
      ['CVE-2017-7529: a negative offset', 'bytes=-9223372036854775809', '0-999'],
      ['CVE-2024-26141: the whole file 200 times', list(200, () => '0-'), '0-999'],
      ['CVE-2024-26141: the whole file 5000 times', list(5000, () => '0-'), 'whole'],
      ['CVE-2025-62727: many ranges to be merged', list(5000, i => `${2 * i}-${2 * i}`), 'whole'],
      ['nginx#988: many tiny ranges', list(201, i => `${i * 3}-${i * 3}`), 'whole'],
      ['nginx#988: as many as are accepted', list(200, i => `${i * 3}-${i * 3}`), '0-597'],
      ['sirv#175: beyond 64 bits', 'bytes=0-18446744073709551615', '0-999'],
      ['sirv: last before first', 'bytes=5-1', 'whole'],
      ['node-server#190: no range at all', 'hello', 'whole'],
      ['browsertrix-crawler#1127: a suffix beyond the start', 'bytes=-1001', '0-999'],
    ])('%s', (_, value, expected) => {
      expect(parsed(value, 1000)).toBe(expected)
    })
  })

  it.each([
    ['commas', `bytes=${','.repeat(KIB_64)}`],
    ['spaces', `bytes=${' '.repeat(KIB_64)}`],
    ['spaces before an invalid character', `bytes=${' '.repeat(KIB_64)}x`],
    ['commas and spaces', `bytes=${' ,\t'.repeat(KIB_64 / 3)}`],
    ['spaces after a range', `bytes=0-1${' '.repeat(KIB_64)}x`],
    ['digits', `bytes=${'9'.repeat(KIB_64)}`],
    ['digits, then a dash', `bytes=${'9'.repeat(KIB_64)}-`],
    ['digits on either side', `bytes=${'9'.repeat(KIB_64 / 2)}-${'9'.repeat(KIB_64 / 2)}`],
    ['zeros on either side', `bytes=${'0'.repeat(KIB_64 / 2)}-${'0'.repeat(KIB_64 / 2)}`],
    ['16 long ranges', list(16, () => `${'1'.repeat(2048)}-${'1'.repeat(2048)}`)],
    ['a long suffix', `bytes=-${'0'.repeat(KIB_64)}`],
    ['dashes', `bytes=${'-'.repeat(KIB_64)}`],
    ['ranges', list(KIB_64 / 2, () => '0-')],
    ['empty members between ranges', list(16, () => `${','.repeat(4096)}0-`)],
    ['a repeated unit', 'bytes'.repeat(KIB_64 / 5)],
  ])('reads 64 KiB of %s in linear steps', (_, value) => {
    const steps = countReads(value, counted => parseRange(counted, 1000))
    expect(steps).toBeGreaterThan(0)
    expect(steps).toBeLessThan(8 * value.length)
  })

  it('returns existing bytes, in no more ranges than requested, at least 3 bytes apart', () => {
    const spec = fc.oneof(
      fc.tuple(fc.nat(3000), fc.nat(3000)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc.nat(3000).map(first => `${first}-`),
      fc.nat(3000).map(length => `-${length}`),
    )
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 16 }), fc.nat(2000), (specs, size) => {
        const result = parseRange(`bytes=${specs.join()}`, size)
        if (result.kind !== 'ranges') return
        expect(result.ranges.length).toBeLessThanOrEqual(specs.length)
        for (const { from, to } of result.ranges)
          expect(0 <= from && from < to && to <= size).toBe(true)
        const ascending = [...result.ranges].sort((a, b) => a.from - b.from)
        for (const [i, { from }] of ascending.entries())
          if (i > 0) expect(from - ascending[i - 1]!.to).toBeGreaterThanOrEqual(3)
      }),
    )
  })

  it('parses a range that contentRange formatted', () => {
    const range = fc.tuple(fc.nat(9999), fc.nat(9999)).map(
      ([a, b]): ByteRange => ({
        from: Math.min(a, b),
        to: Math.max(a, b) + 1,
      }),
    )
    fc.assert(
      fc.property(range, one => {
        const value = contentRange(one, 10_000).replace('bytes ', 'bytes=').replace('/10000', '')
        expect(parseRange(value, 10_000)).toEqual({ kind: 'ranges', ranges: [one] })
      }),
    )
  })
})

describe('contentRange', () => {
  it.each<[ByteRange | undefined, number, string]>([
    [{ from: 0, to: 2 }, 1000, 'bytes 0-1/1000'],
    [{ from: 0, to: 1000 }, 1000, 'bytes 0-999/1000'],
    [
      { from: 9_007_199_254_740_990, to: Number.MAX_SAFE_INTEGER },
      Number.MAX_SAFE_INTEGER,
      'bytes 9007199254740990-9007199254740990/9007199254740991',
    ],
    // RFC 9110 §14.4: unsatisfied-range.
    [undefined, 1000, 'bytes */1000'],
    [undefined, 0, 'bytes */0'],
  ])('formats %j of %d bytes', (range, size, expected) => {
    expect(contentRange(range, size)).toBe(expected)
  })
})
