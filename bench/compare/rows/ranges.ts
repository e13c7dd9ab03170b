import {
  bytePartsOf,
  hasBytes,
  isIgnoredOrRejected,
  isSinglePart,
  isUnsatisfiable,
  isWholeFile,
} from '../expectations.ts'
import { fieldOf, inWords, type Reply } from '../reply.ts'
import { expectResponse, type Group, type Row, rowResult } from '../row.ts'
import { get, request } from '../send.ts'
import { THOUSAND } from '../site.ts'

const PATH = '/thousand.txt'
const INCLUSIVE_MAX = 999
/** The whole file, a hundred times. */
const OVERLAPPING = `bytes=${'0-,'.repeat(99)}0-`

const row = (title: string, reference: string, check: Row['check']): Row => ({
  title,
  reference,
  profile: 'site',
  check,
})

const ranged = (range: string, expected: (reply: Reply) => boolean): Row['check'] =>
  expectResponse(get(PATH, { Range: range }), expected, 'Content-Range')

/** Unusual and invalid ranges. */
const UNUSUAL = [
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
      ranged('bytes=0-0', reply => isSinglePart(reply, THOUSAND, 0, 0)),
    ),
    row(
      '`bytes=-500`: the last 500',
      'RFC 9110 §14.1.2',
      ranged('bytes=-500', reply => isSinglePart(reply, THOUSAND, 500, INCLUSIVE_MAX)),
    ),
    row(
      '`bytes=-2000`: all of it, as 206 or 200',
      'RFC 9110 §14.1.2',
      ranged('bytes=-2000', reply => isEverything(reply)),
    ),
    row(
      '`bytes=500-400`: ignored (200) or rejected (416)',
      'RFC 9110 §14.2',
      ranged('bytes=500-400', reply => isIgnoredOrRejected(reply, THOUSAND)),
    ),
    row(
      '`bytes=0-18446744073709551615`: all of it, as 206 or 200',
      'lukeed/sirv#175',
      ranged('bytes=0-18446744073709551615', reply => isEverything(reply)),
    ),
    row(
      '`bytes=2000-`: 416, `bytes */1000`, and not the file',
      'RFC 9110 §15.5.17',
      ranged('bytes=2000-', reply => isUnsatisfiable(reply, THOUSAND)),
    ),
    row(
      '`bytes=0-1,5-6`: both, all of it, or one with its Content-Range',
      'RFC 9110 §15.3.7',
      ranged(
        'bytes=0-1,5-6',
        reply => isWholeFile(reply, THOUSAND) || bytePartsOf(reply, THOUSAND) !== undefined,
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
      ranged('units=0-1', reply => isWholeFile(reply, THOUSAND)),
    ),
    row(
      'If-Range with another tag: all of it',
      'RFC 9110 §13.1.5',
      expectResponse(
        get(PATH, { Range: 'bytes=0-1', 'If-Range': '"stale"' }),
        reply => isWholeFile(reply, THOUSAND),
        'Content-Range',
      ),
    ),
    row('If-Range with the current validator: the range', 'RFC 9110 §13.1.5', async ({ send }) => {
      const current = await send(get(PATH))
      const validators = [fieldOf(current, 'etag'), fieldOf(current, 'last-modified')]
      const strong = validators.find(
        validator => validator !== undefined && !validator.startsWith('W/'),
      )
      if (strong === undefined) return rowResult(false, inWords(current, 'ETag', 'Last-Modified'))
      const reply = await send(get(PATH, { Range: 'bytes=0-1', 'If-Range': strong }))
      return rowResult(isSinglePart(reply, THOUSAND, 0, 1), inWords(reply, 'Content-Range'))
    }),
    row(
      'If-Range with a weak tag, which never matches: all of it',
      'RFC 9110 §13.1.5',
      async ({ send }) => {
        const tag = fieldOf(await send(get(PATH)), 'etag') ?? '"none"'
        const weak = tag.startsWith('W/') ? tag : `W/${tag}`
        const reply = await send(get(PATH, { Range: 'bytes=0-1', 'If-Range': weak }))
        return rowResult(isWholeFile(reply, THOUSAND), inWords(reply, 'Content-Range'))
      },
    ),
    row(
      'HEAD with Range: Range is ignored',
      'RFC 9110 §14.2',
      expectResponse(
        request('HEAD', PATH, { Range: 'bytes=0-1' }),
        reply =>
          reply.status === 200 &&
          reply.content.length === 0 &&
          fieldOf(reply, 'content-range') === undefined,
        'Content-Range',
      ),
    ),
    row(
      'a hundred ranges of the whole file: at most twice the file',
      'CVE-2011-3192',
      ranged(OVERLAPPING, ({ status, content, end }) => {
        const known = status === 200 || status === 206 || status === 416 || status === 400
        return known && content.length <= 2 * THOUSAND.length && end === 'closed'
      }),
    ),
    row(
      '`Accept-Ranges: bytes` on 200',
      'RFC 9110 §14.3',
      expectResponse(
        get(PATH),
        reply => fieldOf(reply, 'accept-ranges') === 'bytes',
        'Accept-Ranges',
      ),
    ),
    row(
      `the process survives ${UNUSUAL.length} unusual ranges`,
      'honojs/node-server#190',
      async ({ send }) => {
        for (const range of UNUSUAL) {
          const reply = await send(get(PATH, { Range: range }))
          if (reply.status === undefined) return rowResult(false, `\`${range}\`: ${inWords(reply)}`)
        }
        const after = await send(get(PATH))
        return rowResult(isWholeFile(after, THOUSAND), `after them: ${inWords(after)}`)
      },
    ),
  ],
}

function isEverything(reply: Reply): boolean {
  return isWholeFile(reply, THOUSAND) || isSinglePart(reply, THOUSAND, 0, INCLUSIVE_MAX)
}
