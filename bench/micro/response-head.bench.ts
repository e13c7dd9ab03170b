import {
  type FieldLine,
  formatHead,
  headBytes,
  latin1Bytes,
} from '../../src/response/response-head.ts'
import { filler } from './requests.ts'
import { loopOver, type Workload } from './workload.ts'

const TIMES = 16

/** The heads of responses with a file. */
export const HEADS: readonly (readonly FieldLine[])[] = Array.from(
  { length: 8 },
  (_, i): FieldLine[] => [
    ['Date', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['Content-Type', 'text/css; charset=utf-8'],
    ['Content-Length', `${1000 + i}`],
    ['Last-Modified', 'Sat, 05 Nov 1994 08:49:37 GMT'],
    ['ETag', `"${filler(16, i)}"`],
    ['Cache-Control', 'public, max-age=31536000, immutable'],
    ['Vary', 'Accept-Encoding'],
    ['X-Content-Type-Options', 'nosniff'],
  ],
)

export const WRITERS: Readonly<Record<string, (fields: readonly FieldLine[]) => Uint8Array>> = {
  'validated, headBytes()': fields => headBytes(200, fields),
  'not validated, formatHead()': fields => latin1Bytes(formatHead(200, fields)),
  'Buffer.from() of joined lines': fields =>
    Buffer.from(
      `HTTP/1.1 200 OK\r\n${fields.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`,
      'latin1',
    ),
}

/** Builds a response head from fields. The server does it once per cached file. */
export function responseHead(): Workload[] {
  const expected = HEADS.reduce((sum, fields) => sum + formatHead(200, fields).length, 0) * TIMES
  const names = Object.keys(WRITERS)
  return [
    {
      name: 'response head of 8 fields',
      unit: 'ns/head',
      contenders: Object.entries(WRITERS).map(([name, write]) => ({
        name,
        operations: HEADS.length * TIMES,
        expected,
        prepare: () => loopOver(HEADS, TIMES, fields => write(fields).length),
      })),
      ratios: names
        .slice(1)
        .map(name => ({ numerator: name, denominator: names[0]!, better: 'more' })),
    },
  ]
}
