import { formatHttpDate, parseHttpDate } from '../../src/response/http-date.ts'
import { DateField } from '../../src/server/connection/clock.ts'
import { type Contender, loopOver, type Workload } from './workload.ts'

const NOW_MS = Date.UTC(2026, 0, 31, 12)
/** One moment in each of 64 weeks. */
const MOMENTS = Array.from({ length: 64 }, (_, i) => NOW_MS - i * 608_461_000)
const TIMES = 4

export const FORMS: Readonly<Record<string, readonly string[]>> = {
  'IMF-fixdate': MOMENTS.map(formatHttpDate),
  'RFC 850': MOMENTS.map(ms => {
    const [weekday, day, month, year, time] = formatHttpDate(ms).split(/,? /)
    const long = {
      Sun: 'Sun',
      Mon: 'Mon',
      Tue: 'Tues',
      Wed: 'Wednes',
      Thu: 'Thurs',
      Fri: 'Fri',
      Sat: 'Satur',
    }
    return `${long[weekday as keyof typeof long]}day, ${day}-${month}-${year!.slice(2)} ${time} GMT`
  }),
  asctime: MOMENTS.map(ms => {
    const [weekday, day, month, year, time] = formatHttpDate(ms).split(/,? /)
    return `${weekday} ${month} ${day!.replace(/^0/, ' ')} ${time} ${year}`
  }),
}

/** Formats and parses HTTP dates. */
export function httpDate(): Workload[] {
  const lengths = MOMENTS.length * TIMES * 29
  const write = (name: string, make: () => (ms: number) => string): Contender => ({
    name,
    operations: MOMENTS.length * TIMES,
    expected: lengths,
    prepare: () => {
      const format = make()
      return loopOver(MOMENTS, TIMES, ms => format(ms).length)
    },
  })
  const sum = MOMENTS.reduce((all, ms) => all + Math.floor(ms / 1000), 0) * TIMES
  const read = (
    name: string,
    texts: readonly string[],
    parse: (text: string) => number | undefined,
  ): Contender => ({
    name,
    operations: texts.length * TIMES,
    expected: sum,
    prepare: () => loopOver(texts, TIMES, text => parse(text)! / 1000),
  })
  const fixdates = FORMS['IMF-fixdate']!
  return [
    {
      name: 'date, formatted',
      unit: 'ns/date',
      contenders: [
        write('formatHttpDate()', () => formatHttpDate),
        write('DateField, cached second', () => {
          const clock = { monotonicMs: () => 0, wallMs: () => NOW_MS, every: () => () => {} }
          const date = new DateField(clock)
          return () => date.value()
        }),
      ],
      ratios: [
        {
          numerator: 'formatHttpDate()',
          denominator: 'DateField, cached second',
          better: 'more',
        },
      ],
    },
    {
      name: 'date, parsed',
      unit: 'ns/date',
      contenders: [
        ...Object.entries(FORMS).map(([form, texts]) =>
          read(form, texts, text => parseHttpDate(text, NOW_MS)),
        ),
        read('Date.parse(), not strict', fixdates, text => Date.parse(text)),
      ],
      ratios: [{ numerator: 'IMF-fixdate', denominator: 'Date.parse(), not strict' }],
    },
  ]
}
