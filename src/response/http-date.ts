const firstMs = Date.parse('0000-01-01T00:00:00Z')
const lastMs = Date.parse('9999-12-31T23:59:59Z')
const fiftyYearsMs = 50 * 365.2425 * 86_400_000

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

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

/**
 * Rewrites any of the three forms as an IMF-fixdate, without checking values; returns `''` for
 * others.
 */
function toFixdate(text: string, nowMs: number): string {
  if (text[3] === ',') return text
  return text[3] === ' ' ? fromAsctime(text) : fromRfc850(text, nowMs)
}

/** Rewrites `Sun Nov  6 08:49:37 1994`. */
function fromAsctime(text: string): string {
  if (text[7] !== ' ' || text[10] !== ' ' || text[19] !== ' ') return ''
  const day = text[8] === ' ' ? `0${text[9]}` : text.slice(8, 10)
  return `${text.slice(0, 3)}, ${day} ${text.slice(4, 7)} ${text.slice(20)} ${text.slice(11, 19)} GMT`
}

/** Rewrites `Sunday, 06-Nov-94 08:49:37 GMT`. */
function fromRfc850(text: string, nowMs: number): string {
  const weekday = weekdays.find(name => text.startsWith(`${name}, `))
  if (weekday === undefined) return ''
  const date = text.slice(weekday.length + 2)
  if (date[2] !== '-' || date[6] !== '-') return ''
  const inCentury = (century: number): string =>
    `${weekday.slice(0, 3)}, ${date.slice(0, 2)} ${date.slice(3, 6)} ${century}${date.slice(7)}`

  // RFC 9110 §5.6.7: a date that appears to be more than 50 years in the future is in the past.
  const century = Math.floor(new Date(nowMs).getUTCFullYear() / 100)
  const fixdate = inCentury(century)
  return Date.parse(fixdate) - nowMs > fiftyYearsMs ? inCentury(century - 1) : fixdate
}
