import * as fc from 'fast-check'
import { garbled } from './grammar.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** Days on which a rule of the calendar, or of two-digit years, changes. */
const EDGES = [
  '1970-01-01',
  '1994-11-06',
  '2000-02-29',
  '2100-02-28',
  '1900-03-01',
  '2069-12-31',
  '2076-06-15',
  '9999-12-31',
  '0100-01-01',
  '0099-12-31',
]

function printDate(date: Date, form: number): string {
  const [weekday, day, month, year, time] = date.toUTCString().replace(',', '').split(' ') as [
    string,
    string,
    string,
    string,
    string,
  ]
  const dayName = DAYS[date.getUTCDay()]
  if (form === 0) return `${weekday}, ${day} ${month} ${year} ${time} GMT`
  if (form === 1) return `${dayName}, ${day}-${month}-${year.slice(-2)} ${time} GMT`
  return `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`
}

/**
 * Generates HTTP-dates (RFC 9110 §5.6.7) as strings, in all three forms, from year 1 to 9999, most
 * often from 1900 to 2200. One in four may have a leap second, a wrong weekday, or a day or hour
 * that does not exist; one in three has up to three small random edits.
 *
 * @example
 * import fc from 'fast-check'
 * import { httpDate } from 'statewire/fuzz'
 * fc.sample(httpDate(), 10).every(value => typeof value === 'string') // => true
 */
export function httpDate(): fc.Arbitrary<string> {
  const any = fc.date({
    min: new Date('0001-01-01'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  })
  const near = fc.date({
    min: new Date('1900-01-01'),
    max: new Date('2200-01-01'),
    noInvalidDate: true,
  })
  const edge = fc
    .tuple(fc.constantFrom(...EDGES), fc.constantFrom('00:00:00', '23:59:59'))
    .map(([day, time]) => new Date(`${day}T${time}Z`))
  const printed = fc
    .tuple(fc.oneof(near, any, edge), fc.nat({ max: 2 }))
    .map(([date, form]) => printDate(date, form))
  const wrong = fc
    .tuple(
      printed,
      fc.constantFrom(
        ['23:59:59', '23:59:60'],
        ['Sun', 'Mon'],
        [/\d\d(?=[ -]\w{3})/, '31'],
        [/ \d\d:/, ' 24:'],
        [/0 (?=\d\d:)/, '  '],
      ),
    )
    .map(([text, [from, to]]) => text.replace(from as string | RegExp, to as string))
  return garbled(fc.oneof({ weight: 3, arbitrary: printed }, wrong), '0 1:-,SN+')
}
