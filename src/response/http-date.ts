const firstMs = Date.parse('0000-01-01T00:00:00Z')
const lastMs = Date.parse('9999-12-31T23:59:59Z')
const fiftyYearsMs = 50 * 365.2425 * 86_400_000

/** `Sun Nov  6 08:49:37 1994` */
const ASCTIME = /^(.{3}) (.{3}) ([ \d]\d) (\S+) (\S+)$/
/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const RFC850 = /^(Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day, (..)-(...)-(.+)$/

/** Clamps a time to the years 0000 to 9999, because file systems also store other years. */
export function clampToFourDigitYears(ms: number): number {
  return Math.min(Math.max(ms, firstMs), lastMs)
}

/**
 * Formats milliseconds since 1970 as the 29 characters of an IMF-fixdate (RFC 9110 §5.6.7).
 *
 * @example
 * formatHttpDate(784111777000) // => 'Sun, 06 Nov 1994 08:49:37 GMT'
 */
export function formatHttpDate(ms: number): string {
  return new Date(clampToFourDigitYears(ms)).toUTCString()
}

/**
 * Parses an HTTP-date in any of its three forms (RFC 9110 §5.6.7), for years from 0100. Returns
 * milliseconds since 1970, or `undefined` if the text is not an HTTP-date. A leap second, 23:59:60,
 * is read as the second before it. `nowMs` determines the century of a two-digit year.
 *
 * @example
 * parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT', Date.now()) // => 784111777000
 * parseHttpDate('yesterday', Date.now()) // => undefined
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  const fixdate = toFixdate(text.replace('23:59:60', '23:59:59'), nowMs)
  if (fixdate.length !== 29) return undefined
  const ms = Date.parse(fixdate)
  // Date.parse accepts wrong weekdays, 31 Feb and 24:00. Such a date differs from its own result
  // when that is formatted again.
  return formatHttpDate(ms) === fixdate ? ms : undefined
}

/** Rewrites the two obsolete forms as an IMF-fixdate. Checks no values. */
function toFixdate(text: string, nowMs: number): string {
  if (text[3] === ',') return text
  if (text[3] === ' ')
    return text.replace(ASCTIME, (_, weekday, month, day, time, year) => {
      return `${weekday}, ${day.replace(' ', '0')} ${month} ${year} ${time} GMT`
    })
  const [, weekday, day, month, yearAndTime] = RFC850.exec(text) ?? []
  if (weekday === undefined) return ''
  const inCentury = (century: number): string =>
    `${weekday.slice(0, 3)}, ${day} ${month} ${century}${yearAndTime}`
  // RFC 9110 §5.6.7: a date that appears to be more than 50 years in the future is in the past.
  const century = Math.floor(new Date(nowMs).getUTCFullYear() / 100)
  const fixdate = inCentury(century)
  return Date.parse(fixdate) - nowMs > fiftyYearsMs ? inCentury(century - 1) : fixdate
}
