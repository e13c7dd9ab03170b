import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clampToFourDigitYears,
  formatHttpDate,
  parseHttpDate,
} from '../../src/response/http-date.ts'

const nowMs = Date.parse('2026-11-22T12:00:00Z')
const example = 784_111_777_000

const long = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

function asRfc850(ms: number): string {
  const [, day, month, year, time] = formatHttpDate(ms).split(' ')
  return `${long[new Date(ms).getUTCDay()]}, ${day}-${month}-${year!.slice(2)} ${time} GMT`
}

function asAsctime(ms: number): string {
  const [weekday, day, month, year, time] = formatHttpDate(ms).replace(',', '').split(' ')
  return `${weekday} ${month} ${day!.replace(/^0/, ' ')} ${time} ${year}`
}

const seconds = (from: string, to: string): fc.Arbitrary<number> =>
  fc
    .integer({ min: Date.parse(from) / 1000, max: Date.parse(to) / 1000 })
    .map(second => second * 1000)

describe('formatHttpDate', () => {
  it.each([
    [0, 'Thu, 01 Jan 1970 00:00:00 GMT'],
    [example, 'Sun, 06 Nov 1994 08:49:37 GMT'],
    [example + 999.9, 'Sun, 06 Nov 1994 08:49:37 GMT'],
    [Date.parse('2024-02-29T23:59:59Z'), 'Thu, 29 Feb 2024 23:59:59 GMT'],
    [9.3e21, 'Fri, 31 Dec 9999 23:59:59 GMT'],
    [-9.3e21, 'Sat, 01 Jan 0000 00:00:00 GMT'],
  ])('formats %d as %s', (ms, text) => {
    expect(formatHttpDate(ms)).toBe(text)
  })

  it('is 29 characters long at any time', () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), ms => formatHttpDate(ms).length === 29))
  })
})

describe('clampToFourDigitYears', () => {
  it('does not change years from 0000 to 9999', () => {
    expect(clampToFourDigitYears(example)).toBe(example)
  })
})

describe('parseHttpDate', () => {
  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    'Sun Nov 06 08:49:37 1994',
  ])('parses %s', text => {
    expect(parseHttpDate(text, nowMs)).toBe(example)
  })

  it.each([
    ['Sat, 31 Dec 2016 23:59:60 GMT', '2016-12-31T23:59:59Z'],
    ['Saturday, 31-Dec-16 23:59:60 GMT', '2016-12-31T23:59:59Z'],
    ['Sat Dec 31 23:59:60 2016', '2016-12-31T23:59:59Z'],
    ['Thursday, 31-Dec-98 23:59:60 GMT', '1998-12-31T23:59:59Z'],
    ['Thu, 29 Feb 2024 00:00:00 GMT', '2024-02-29T00:00:00Z'],
    ['Tue, 29 Feb 2000 00:00:00 GMT', '2000-02-29T00:00:00Z'],
  ])('parses %s as %s', (text, iso) => {
    expect(parseHttpDate(text, nowMs)).toBe(Date.parse(iso))
  })

  it.each([
    ['a year ahead is in the future', 'Monday, 22-Nov-27 12:00:00 GMT', '2027-11-22T12:00:00Z'],
    [
      'just under 50 years ahead is in the future',
      'Saturday, 21-Nov-76 12:00:00 GMT',
      '2076-11-21T12:00:00Z',
    ],
    [
      'just over 50 years ahead is in the past',
      'Wednesday, 24-Nov-76 12:00:00 GMT',
      '1976-11-24T12:00:00Z',
    ],
    ['73 years ahead is in the past', 'Friday, 31-Dec-99 00:00:00 GMT', '1999-12-31T00:00:00Z'],
    ['00 is this century', 'Saturday, 01-Jan-00 00:00:00 GMT', '2000-01-01T00:00:00Z'],
  ])('determines the century of a two-digit year: %s', (_rule, text, iso) => {
    expect(parseHttpDate(text, nowMs)).toBe(Date.parse(iso))
  })

  it.each([
    ['nothing', ''],
    ['words', 'Invalid Date'],
    ['a number', '784111777000'],
    ['ISO 8601', '1994-11-06T08:49:37Z'],
    ['a wrong weekday', 'Mon, 06 Nov 1994 08:49:37 GMT'],
    ['a wrong weekday, rfc850', 'Monday, 06-Nov-94 08:49:37 GMT'],
    ['a wrong weekday, asctime', 'Mon Nov  6 08:49:37 1994'],
    ['an unknown weekday', 'Xyz, 06 Nov 1994 08:49:37 GMT'],
    ['an incomplete long weekday', 'Sund, 06-Nov-94 08:49:37 GMT'],
    ['31 February', 'Fri, 31 Feb 2023 00:00:00 GMT'],
    ['29 February of a common year', 'Wed, 29 Feb 2023 00:00:00 GMT'],
    ['day 0', 'Mon, 00 Nov 1994 08:49:37 GMT'],
    ['hour 24', 'Sun, 06 Nov 1994 24:00:00 GMT'],
    ['minute 60', 'Sun, 06 Nov 1994 08:60:00 GMT'],
    ['second 60 except at 23:59', 'Sun, 06 Nov 1994 08:49:60 GMT'],
    ['second 61', 'Sat, 31 Dec 2016 23:59:61 GMT'],
    ['a month in lower case', 'Sun, 06 nov 1994 08:49:37 GMT'],
    ['another zone', 'Sun, 06 Nov 1994 08:49:37 UTC'],
    ['an offset', 'Sun, 06 Nov 1994 08:49:37 +0000'],
    ['no zone', 'Sun, 06 Nov 1994 08:49:37'],
    ['one digit for the day', 'Sun, 6 Nov 1994 08:49:37 GMT'],
    ['two spaces', 'Sun,  6 Nov 1994 08:49:37 GMT'],
    ['a space before the date', ' Sun, 06 Nov 1994 08:49:37 GMT'],
    ['text after the date', 'Sun, 06 Nov 1994 08:49:37 GMT; length=5'],
    ['two dates', 'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT'],
    ['rfc850 with a four-digit year', 'Sunday, 06-Nov-1994 08:49:37 GMT'],
    ['rfc850 with spaces', 'Sunday, 06 Nov 94 08:49:37 GMT'],
    ['rfc850 with one hyphen', 'Sunday, 06-Nov 94 08:49:37 GMT'],
    ['asctime with a zone', 'Sun Nov  6 08:49:37 1994 GMT'],
    ['asctime with a day of one digit first', 'Sun Nov 6  08:49:37 1994'],
    [
      'asctime with a day of one digit first, which could be read as 30',
      'Sat Mar 3  00:00:00 2143',
    ],
    ['asctime with other separators', 'Sun Nov-06-08:49:37-1994'],
    ['asctime with one other separator', 'Sun Nov 06 08:49:37-1994'],
    ['asctime with a two-digit year', 'Sun Nov  6 08:49:37 94'],
    ['a comment', 'Sun, 06 Nov 1994 (x) 08:49:37'],
  ])('refuses %s', (_what, text) => {
    expect(parseHttpDate(text, nowMs)).toBeUndefined()
  })

  it('parses what formatHttpDate returns', () => {
    fc.assert(
      fc.property(
        seconds('0100-01-01', '9999-12-31'),
        ms => parseHttpDate(formatHttpDate(ms), nowMs) === ms,
      ),
    )
  })

  it('parses the obsolete forms as the same time', () => {
    fc.assert(
      fc.property(seconds('1977-01-01', '2076-01-01'), ms => {
        expect(parseHttpDate(asRfc850(ms), nowMs)).toBe(ms)
        expect(parseHttpDate(asAsctime(ms), nowMs)).toBe(ms)
      }),
    )
  })

  it('parses an rfc850 date up to 49 years before the current time', () => {
    fc.assert(
      fc.property(
        seconds('1970-01-01', '2400-01-01'),
        fc.integer({ min: 0, max: 86_400 * 365 * 49 }),
        (now, ago) => {
          const ms = now - ago * 1000
          const sameCentury =
            new Date(ms).getUTCFullYear() / 100 >= Math.floor(new Date(now).getUTCFullYear() / 100)
          if (sameCentury) expect(parseHttpDate(asRfc850(ms), now)).toBe(ms)
        },
      ),
    )
  })

  it('returns a whole second or undefined for any text, and never throws', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom(formatHttpDate(example), asRfc850(example), asAsctime(example)),
        fc.nat(32),
        fc.string({ maxLength: 3 }),
      )
      .map(([text, at, patch]) => text.slice(0, at) + patch + text.slice(at + 1))
    fc.assert(
      fc.property(fc.oneof(fc.string(), mutated), text => {
        const ms = parseHttpDate(text, nowMs)
        expect(ms === undefined || ms % 1000 === 0).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
