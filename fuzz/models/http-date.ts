const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const NAMES = DAYS.join('|')
const SHORT = DAYS.map(day => day.slice(0, 3)).join('|')
const MONTH = MONTHS.join('|')

/** RFC 9110 §5.6.7: IMF-fixdate, rfc850-date, asctime-date. */
const FORMS = [
  new RegExp(
    `^(?<day>${SHORT}), (?<date>[0-9]{2}) (?<month>${MONTH}) (?<year>[0-9]{4}) (?<time>[0-9:]{8}) GMT$`,
  ),
  new RegExp(
    `^(?<day>${NAMES}), (?<date>[0-9]{2})-(?<month>${MONTH})-(?<short>[0-9]{2}) (?<time>[0-9:]{8}) GMT$`,
  ),
  new RegExp(
    `^(?<day>${SHORT}) (?<month>${MONTH}) (?<date>[0-9]{2}| [0-9]) (?<time>[0-9:]{8}) (?<year>[0-9]{4})$`,
  ),
]

const DAY_MS = 86_400_000
/** Fifty average years of the Gregorian calendar. */
const FIFTY_YEARS_MS = 50 * 365.2425 * DAY_MS
const YEAR_MIN = 100

/** Returns milliseconds since 1970; undefined for text that is not a date of the calendar. */
export function referenceHttpDate(text: string, nowMs: number): number | undefined {
  const parts = FORMS.map(form => form.exec(text)?.groups).find(found => found !== undefined)
  const time = /^([0-9]{2}):([0-9]{2}):([0-9]{2})$/.exec(parts?.time ?? '')
  if (parts === undefined || time === null) return undefined
  const month = MONTHS.indexOf(parts.month!)
  const date = Number(parts.date)
  const isLeapSecond = parts.time === '23:59:60'
  const [hours, minutes, seconds] = isLeapSecond ? [23, 59, 59] : time.slice(1).map(Number)
  if (hours! > 23 || minutes! > 59 || seconds! > 59) return undefined
  const msIn = (year: number): number =>
    daysBefore(year, month, date) * DAY_MS + ((hours! * 60 + minutes!) * 60 + seconds!) * 1000

  let year = Number(parts.year)
  if (parts.short !== undefined) {
    year = Math.floor(new Date(nowMs).getUTCFullYear() / 100) * 100 + Number(parts.short)
    if (msIn(year) - nowMs > FIFTY_YEARS_MS) year -= 100
  }
  if (year < YEAR_MIN || date < 1 || date > daysOf(year, month)) return undefined
  // 1970 began on a Thursday.
  const weekday = (((daysBefore(year, month, date) + 4) % 7) + 7) % 7
  return DAYS[weekday]!.startsWith(parts.day!) ? msIn(year) : undefined
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function daysOf(year: number, month: number): number {
  return month === 1 && isLeap(year) ? 29 : [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month]!
}

/** Returns the days from 1970-01-01 to a date, counted year by year. */
function daysBefore(year: number, month: number, date: number): number {
  let days = date - 1
  for (let m = 0; m < month; m++) days += daysOf(year, m)
  for (let y = 1970; y < year; y++) days += isLeap(y) ? 366 : 365
  for (let y = year; y < 1970; y++) days -= isLeap(y) ? 366 : 365
  return days
}
