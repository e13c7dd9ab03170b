import * as fc from 'fast-check'
import { rangeField } from '../../generators/range-field.ts'
import type { Attempt } from '../attempt.ts'
import { parseRequests } from '../parsed-requests.ts'
import { type FieldLine, lastRequest, latin1 } from '../request-text.ts'
import type { Resource } from '../target-site.ts'

/** Returns the table of Range attempts, for the length of the file. */
export function rangeTable(host: string, { path, response }: Resource): Attempt[] {
  const size = response.body.length
  const half = Math.floor(size / 2)
  const get = (range: string, fields: readonly FieldLine[] = [], method = 'GET'): Attempt => ({
    bytes: latin1(lastRequest(method, path, host, [['Range', range], ...fields])),
    isMinimal: true,
  })
  const plain = ['0-0', '0-', `${size - 1}-`, `${half}-${size - 1}`, `0-${size}`, `1-${2 * size}`]
  const suffixes = [`-${half}`, '-1', `-${size}`, `-${2 * size}`, '-0']
  const beyond = [`${size}-`, `${2 * size}-`, `${size}-${2 * size}`]
  const several = [
    '0-1,5-6',
    '0-1 , ,5-6,',
    '0-,0-,0-',
    `-1,0-0,${size}-`,
    `${'0-1,'.repeat(50)}0-1`,
  ]
  const invalid = [
    '-',
    '',
    ',',
    'a-b',
    '0-1-2',
    '1.5-2',
    '0x1-0x3',
    '+1-3',
    '1',
    '--1',
    '0-0;x',
    '\xd9\xa0-\xd9\xa0',
  ]
  const tag = response.field('etag') ?? '"none"'
  return [
    ...[...plain, ...suffixes, ...beyond, ...several].map(set => get(`bytes=${set}`)),
    get('BYTES=0-0'),
    ...['units=0-1', 'bytesx=0-1', 'seconds=1-2', 'none'].map(value => get(value)),
    get('bytes=0-0', [['If-Range', '"stale"']]),
    get('bytes=0-0', [['If-Range', 'Thu, 01 Jan 1970 00:00:00 GMT']]),
    get('bytes=0-0', [['If-Range', `W/${tag.replace('W/', '')}`]]),
    get('bytes=0-0', [], 'HEAD'),
    get(`bytes=${2 * size}-`, [], 'HEAD'),
    ...invalid.map(set => get(`bytes=${set}`)),
    { ...get(`bytes=${half}-${half - 1}`), label: 'Range: reversed', mayKill: true },
    { ...get('bytes=5-1'), label: 'Range: reversed', mayKill: true },
    ...['18446744073709551615', '9007199254740992', `1${'0'.repeat(400)}`].flatMap(
      (digits): Attempt[] =>
        [`0-${digits}`, `${digits}-`, `-${digits}`].map(set => ({
          ...get(`bytes=${set}`),
          label: 'Range: an absurd number',
          mayKill: true,
        })),
    ),
  ]
}

/** Generates Range attempts with positions around the file's length and the limits of numbers. */
export function randomRange(host: string, { path, response }: Resource): fc.Arbitrary<Attempt> {
  const size = response.body.length
  const digits = fc.oneof(
    fc.integer({ min: 0, max: size + 2 }).map(String),
    fc.constantFrom(
      '0',
      '00',
      String(size - 1),
      String(size),
      String(size + 1),
      '4294967296',
      '9223372036854775808',
    ),
  )
  const optional = fc.oneof(
    { weight: 3, arbitrary: digits },
    { weight: 1, arbitrary: fc.constant('') },
  )
  const spec = fc.tuple(optional, optional).map(([first, last]) => `${first}-${last}`)
  const set = fc
    .array(spec, { minLength: 1, maxLength: 4 })
    .map(specs => `bytes=${specs.join(',')}`)
  return fc
    .oneof({ weight: 4, arbitrary: set }, { weight: 1, arbitrary: rangeField() })
    .map(range => ({
      bytes: latin1(lastRequest('GET', path, host, [['Range', range]])),
      label: 'Range',
    }))
    .filter(({ bytes }) => parseRequests(bytes).requests.length === 1)
}
