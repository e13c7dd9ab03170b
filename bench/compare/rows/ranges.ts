import { get, request } from '../ask.ts'
import {
  hasBytes,
  isAll,
  isIgnoredOrRejected,
  isPart,
  isUnsatisfiable,
  partsOf,
} from '../expectations.ts'
import { fieldOf, inWords, type Reply } from '../reply.ts'
import { asked, type Group, judge, type Row } from '../row.ts'
import { THOUSAND } from '../site.ts'

const PATH = '/thousand.txt'
const INCLUSIVE_MAX = 999
/** A hundred times the whole file. */
const OVERLAPPING = `bytes=${'0-,'.repeat(99)}0-`

const row = (says: string, source: string, play: Row['play']): Row => ({
  says,
  source,
  profile: 'site',
  play,
})

const ranged = (range: string, expected: (reply: Reply) => boolean): Row['play'] =>
  asked(get(PATH, { Range: range }), expected, 'Content-Range')

/** Every odd range of this group. */
const ODD = [
  'bytes=-2000',
  'bytes=500-400',
  'bytes=0-18446744073709551615',
  'bytes=18446744073709551615-',
  'bytes=-18446744073709551616',
  'bytes=2000-',
  'bytes=0-1,5-6',
  'units=0-1',
  'bytes=',
  'bytes=-',
  'bytes=--1',
  'bytes=a-b',
  'bytes=1e3-',
  'bytes',
]

export const ranges: Group = {
  name: 'Ranges of a file of 1000 bytes',
  rows: [
    row(
      '`bytes=0-0`: the first byte',
      'RFC 9110 §14.1.2',
      ranged('bytes=0-0', reply => isPart(reply, THOUSAND, 0, 0)),
    ),
    row(
      '`bytes=-500`: the last 500',
      'RFC 9110 §14.1.2',
      ranged('bytes=-500', reply => isPart(reply, THOUSAND, 500, INCLUSIVE_MAX)),
    ),
    row(
      '`bytes=-2000`: all of it, as 206 or 200',
      'RFC 9110 §14.1.2',
      ranged('bytes=-2000', reply => isAllAnyhow(reply)),
    ),
    row(
      '`bytes=500-400`: ignored (200) or rejected (416)',
      'RFC 9110 §14.2',
      ranged('bytes=500-400', reply => isIgnoredOrRejected(reply, THOUSAND)),
    ),
    row(
      '`bytes=0-18446744073709551615`: all of it, as 206 or 200',
      'lukeed/sirv#175',
      ranged('bytes=0-18446744073709551615', reply => isAllAnyhow(reply)),
    ),
    row(
      '`bytes=2000-`: 416, `bytes */1000`, and not the file',
      'RFC 9110 §15.5.17',
      ranged('bytes=2000-', reply => isUnsatisfiable(reply, THOUSAND)),
    ),
    row(
      '`bytes=0-1,5-6`: both, all of it, or one that says so',
      'RFC 9110 §15.3.7',
      ranged(
        'bytes=0-1,5-6',
        reply => isAll(reply, THOUSAND) || partsOf(reply, THOUSAND) !== undefined,
      ),
    ),
    row(
      '`bytes=0-1,5-6`: both parts in one 206',
      'pillarjs/send#165',
      ranged('bytes=0-1,5-6', reply => hasBytes(reply, THOUSAND, [0, 1, 5, 6])),
    ),
    row(
      '`units=0-1`: ignored',
      'RFC 9110 §14.2',
      ranged('units=0-1', reply => isAll(reply, THOUSAND)),
    ),
    row(
      'If-Range with another tag: all of it',
      'RFC 9110 §13.1.5',
      asked(
        get(PATH, { Range: 'bytes=0-1', 'If-Range': '"stale"' }),
        reply => isAll(reply, THOUSAND),
        'Content-Range',
      ),
    ),
    row('If-Range with the current validator: the part', 'RFC 9110 §13.1.5', async ({ ask }) => {
      const current = await ask(get(PATH))
      const validators = [fieldOf(current, 'etag'), fieldOf(current, 'last-modified')]
      const strong = validators.find(
        validator => validator !== undefined && !validator.startsWith('W/'),
      )
      if (strong === undefined) return judge(false, inWords(current, 'ETag', 'Last-Modified'))
      const reply = await ask(get(PATH, { Range: 'bytes=0-1', 'If-Range': strong }))
      return judge(isPart(reply, THOUSAND, 0, 1), inWords(reply, 'Content-Range'))
    }),
    row(
      'If-Range with a weak tag, which never matches: all of it',
      'RFC 9110 §13.1.5',
      async ({ ask }) => {
        const tag = fieldOf(await ask(get(PATH)), 'etag') ?? '"none"'
        const weak = tag.startsWith('W/') ? tag : `W/${tag}`
        const reply = await ask(get(PATH, { Range: 'bytes=0-1', 'If-Range': weak }))
        return judge(isAll(reply, THOUSAND), inWords(reply, 'Content-Range'))
      },
    ),
    row(
      'HEAD with Range: Range is ignored',
      'RFC 9110 §14.2',
      asked(
        request('HEAD', PATH, { Range: 'bytes=0-1' }),
        reply =>
          reply.status === 200 &&
          reply.content.length === 0 &&
          fieldOf(reply, 'content-range') === undefined,
        'Content-Range',
      ),
    ),
    row(
      'a hundred times the whole file: not more than twice the file',
      'CVE-2011-3192',
      ranged(OVERLAPPING, ({ status, content, end }) => {
        const known = status === 200 || status === 206 || status === 416 || status === 400
        return known && content.length <= 2 * THOUSAND.length && end === 'closed'
      }),
    ),
    row(
      '`Accept-Ranges: bytes` on 200',
      'RFC 9110 §14.3',
      asked(get(PATH), reply => fieldOf(reply, 'accept-ranges') === 'bytes', 'Accept-Ranges'),
    ),
    row(
      `the process survives ${ODD.length} odd ranges`,
      'honojs/node-server#190',
      async ({ ask }) => {
        for (const range of ODD) {
          const reply = await ask(get(PATH, { Range: range }))
          if (reply.status === undefined) return judge(false, `\`${range}\`: ${inWords(reply)}`)
        }
        const after = await ask(get(PATH))
        return judge(isAll(after, THOUSAND), `afterwards ${inWords(after)}`)
      },
    ),
  ],
}

function isAllAnyhow(reply: Reply): boolean {
  return isAll(reply, THOUSAND) || isPart(reply, THOUSAND, 0, INCLUSIVE_MAX)
}
