import { get } from '../ask.ts'
import { isAll, isNotModified } from '../expectations.ts'
import { fieldOf, inWords, type Reply } from '../reply.ts'
import { asked, type Group, judge, type Row } from '../row.ts'
import { THOUSAND } from '../site.ts'

const PATH = '/thousand.txt'
const LONG_AGO = 'Sat, 01 Jan 2000 00:00:00 GMT'
const RFC_850 = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone: 'UTC' })

type Fields = Readonly<Record<string, string>>

const row = (says: string, source: string, play: Row['play']): Row => ({
  says,
  source,
  profile: 'site',
  play,
})

/** Fields made of a current validator; a server that does not send it fails the row. */
function conditional(
  validator: 'ETag' | 'Last-Modified',
  fields: (value: string) => Fields,
  expected: (reply: Reply) => boolean,
): Row['play'] {
  return async ({ ask }) => {
    const value = fieldOf(await ask(get(PATH)), validator)
    if (value === undefined) return judge(false, `no ${validator} on 200`)
    const reply = await ask(get(PATH, fields(value)))
    return judge(expected(reply), inWords(reply, 'ETag'))
  }
}

const conditionally = (fields: Fields, expected: (reply: Reply) => boolean): Row['play'] =>
  asked(get(PATH, fields), expected, 'ETag')

const isWhole = (reply: Reply): boolean => isAll(reply, THOUSAND)
const isFailed = ({ status, content }: Reply): boolean =>
  status === 412 && !content.equals(THOUSAND)

export const preconditions: Group = {
  name: 'Validators and preconditions',
  rows: [
    row(
      'a strong ETag',
      'RFC 9110 §8.8.3',
      asked(get(PATH), reply => fieldOf(reply, 'etag')?.startsWith('"') === true, 'ETag'),
    ),
    row(
      'Last-Modified',
      'RFC 9110 §8.8.2.1',
      asked(get(PATH), reply => fieldOf(reply, 'last-modified') !== undefined, 'Last-Modified'),
    ),
    row(
      'If-None-Match with the tag: 304',
      'RFC 9110 §13.1.2',
      conditional('ETag', tag => ({ 'If-None-Match': tag }), isNotModified),
    ),
    row(
      'If-None-Match with a list: 304',
      'RFC 9110 §13.1.2',
      conditional('ETag', tag => ({ 'If-None-Match': `"a, b", ${tag}, W/"c"` }), isNotModified),
    ),
    row(
      'If-None-Match: `*`: 304',
      'RFC 9110 §13.1.2',
      conditionally({ 'If-None-Match': '*' }, isNotModified),
    ),
    row(
      'If-None-Match compares weakly: 304',
      'RFC 9110 §13.1.2',
      conditional(
        'ETag',
        tag => ({ 'If-None-Match': tag.startsWith('W/') ? tag.slice(2) : `W/${tag}` }),
        isNotModified,
      ),
    ),
    row(
      'If-None-Match wins over If-Modified-Since: 200',
      'RFC 9110 §13.2.2',
      conditional(
        'Last-Modified',
        modified => ({ 'If-None-Match': '"other"', 'If-Modified-Since': modified }),
        isWhole,
      ),
    ),
    row(
      'If-Modified-Since with the time: 304',
      'RFC 9110 §13.1.3',
      conditional('Last-Modified', modified => ({ 'If-Modified-Since': modified }), isNotModified),
    ),
    row(
      'If-Modified-Since in the form of RFC 850: 304',
      'RFC 9110 §5.6.7',
      conditional(
        'Last-Modified',
        modified => ({ 'If-Modified-Since': rfc850(modified) }),
        isNotModified,
      ),
    ),
    row(
      'If-Modified-Since in the form of asctime: 304',
      'RFC 9110 §5.6.7',
      conditional(
        'Last-Modified',
        modified => ({ 'If-Modified-Since': asctime(modified) }),
        isNotModified,
      ),
    ),
    row(
      'If-Modified-Since that is no date: ignored',
      'RFC 9110 §13.1.3',
      conditionally({ 'If-Modified-Since': 'tomorrow' }, isWhole),
    ),
    row(
      'If-Match with another tag: 412',
      'RFC 9110 §13.1.1',
      conditionally({ 'If-Match': '"other"' }, isFailed),
    ),
    row('If-Match: `*`: 200', 'RFC 9110 §13.1.1', conditionally({ 'If-Match': '*' }, isWhole)),
    row(
      'If-Unmodified-Since long ago: 412',
      'RFC 9110 §13.1.4',
      conditionally({ 'If-Unmodified-Since': LONG_AGO }, isFailed),
    ),
    row(
      'preconditions before ranges: 304 for both',
      'RFC 9110 §13.2.2',
      conditional('ETag', tag => ({ 'If-None-Match': tag, Range: 'bytes=0-1' }), isNotModified),
    ),
    row(
      '304 carries the ETag, Cache-Control and Vary of 200',
      'RFC 9110 §15.4.5',
      async ({ ask }) => {
        const wanted = ['ETag', 'Cache-Control', 'Vary']
        const coded = { 'Accept-Encoding': 'gzip' }
        const full = await ask(get('/app.js', coded))
        const tag = fieldOf(full, 'etag')
        const reply = await ask(get('/app.js', { ...coded, 'If-None-Match': tag ?? '*' }))
        const lost = wanted.filter(name => fieldOf(full, name) !== fieldOf(reply, name))
        const seen = inWords(reply, ...wanted)
        return judge(
          isNotModified(reply) && lost.length === 0,
          lost.length === 0 ? seen : `${seen}; 200 has others`,
        )
      },
    ),
  ],
}

/** "Sunday, 06-Nov-94 08:49:37 GMT" */
function rfc850(imfFixdate: string): string {
  const [, day, month, year, time] = imfFixdate.split(' ')
  return `${RFC_850.format(new Date(imfFixdate))}, ${day}-${month}-${year?.slice(2)} ${time} GMT`
}

/** "Sun Nov  6 08:49:37 1994" */
function asctime(imfFixdate: string): string {
  const [weekday, day, month, year, time] = imfFixdate.split(' ')
  return `${weekday?.slice(0, 3)} ${month} ${day?.replace(/^0/, ' ')} ${time} ${year}`
}
