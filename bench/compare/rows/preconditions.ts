import { isNotModified, isWholeFile } from '../expectations.ts'
import { fieldOf, inWords, type Reply } from '../reply.ts'
import { expectResponse, type Group, type Row, rowResult } from '../row.ts'
import { get } from '../send.ts'
import { THOUSAND } from '../site.ts'

const PATH = '/thousand.txt'
const LONG_AGO = 'Sat, 01 Jan 2000 00:00:00 GMT'
const RFC_850 = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone: 'UTC' })

type Fields = Readonly<Record<string, string>>

const row = (title: string, reference: string, check: Row['check']): Row => ({
  title,
  reference,
  profile: 'site',
  check,
})

/** A check with fields that contain a current validator; a server without it fails. */
function conditional(
  validator: 'ETag' | 'Last-Modified',
  fields: (value: string) => Fields,
  expected: (reply: Reply) => boolean,
): Row['check'] {
  return async ({ send }) => {
    const value = fieldOf(await send(get(PATH)), validator)
    if (value === undefined) return rowResult(false, `no ${validator} on 200`)
    const reply = await send(get(PATH, fields(value)))
    return rowResult(expected(reply), inWords(reply, 'ETag'))
  }
}

const conditionally = (fields: Fields, expected: (reply: Reply) => boolean): Row['check'] =>
  expectResponse(get(PATH, fields), expected, 'ETag')

const isWhole = (reply: Reply): boolean => isWholeFile(reply, THOUSAND)
const isPreconditionFailed = ({ status, content }: Reply): boolean =>
  status === 412 && !content.equals(THOUSAND)

export const preconditions: Group = {
  name: 'Validators and preconditions',
  rows: [
    row(
      'a strong ETag',
      'RFC 9110 §8.8.3',
      expectResponse(get(PATH), reply => fieldOf(reply, 'etag')?.startsWith('"') === true, 'ETag'),
    ),
    row(
      'Last-Modified',
      'RFC 9110 §8.8.2.1',
      expectResponse(
        get(PATH),
        reply => fieldOf(reply, 'last-modified') !== undefined,
        'Last-Modified',
      ),
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
      'If-None-Match takes precedence over If-Modified-Since: 200',
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
      'If-Modified-Since in the format of RFC 850: 304',
      'RFC 9110 §5.6.7',
      conditional(
        'Last-Modified',
        modified => ({ 'If-Modified-Since': rfc850(modified) }),
        isNotModified,
      ),
    ),
    row(
      'If-Modified-Since in the format of asctime: 304',
      'RFC 9110 §5.6.7',
      conditional(
        'Last-Modified',
        modified => ({ 'If-Modified-Since': asctime(modified) }),
        isNotModified,
      ),
    ),
    row(
      'If-Modified-Since that is not a date: ignored',
      'RFC 9110 §13.1.3',
      conditionally({ 'If-Modified-Since': 'tomorrow' }, isWhole),
    ),
    row(
      'If-Match with another tag: 412',
      'RFC 9110 §13.1.1',
      conditionally({ 'If-Match': '"other"' }, isPreconditionFailed),
    ),
    row('If-Match: `*`: 200', 'RFC 9110 §13.1.1', conditionally({ 'If-Match': '*' }, isWhole)),
    row(
      'If-Unmodified-Since long ago: 412',
      'RFC 9110 §13.1.4',
      conditionally({ 'If-Unmodified-Since': LONG_AGO }, isPreconditionFailed),
    ),
    row(
      'preconditions before ranges: 304 for If-None-Match with Range',
      'RFC 9110 §13.2.2',
      conditional('ETag', tag => ({ 'If-None-Match': tag, Range: 'bytes=0-1' }), isNotModified),
    ),
    row(
      '304 carries the ETag, Cache-Control and Vary of 200',
      'RFC 9110 §15.4.5',
      async ({ send }) => {
        const names = ['ETag', 'Cache-Control', 'Vary']
        const coded = { 'Accept-Encoding': 'gzip' }
        const full = await send(get('/app.js', coded))
        const tag = fieldOf(full, 'etag')
        const reply = await send(get('/app.js', { ...coded, 'If-None-Match': tag ?? '*' }))
        const differing = names.filter(name => fieldOf(full, name) !== fieldOf(reply, name))
        const observed = inWords(reply, ...names)
        return rowResult(
          isNotModified(reply) && differing.length === 0,
          differing.length === 0 ? observed : `${observed}; the 200 has others`,
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
