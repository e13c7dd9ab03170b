import * as fc from 'fast-check'
import { insignificantFields } from './field-model.ts'
import { quotedString, token } from './grammar.ts'
import { bytesOf } from './latin1.ts'
import type { ChunkModel, ContentModel } from './request-model.ts'

/** RFC 9112 §7.1 sets no limit for the digits of a chunk size. */
const ZEROS_MAX = 40

/** Generates content: any bytes, or text that looks like a chunk or like another request. */
function contentBytes(minLength: number): fc.Arbitrary<Uint8Array> {
  const misleading = fc.constantFrom(
    'GET /b HTTP/1.1\r\nHost: b\r\n\r\n',
    '0\r\n\r\n',
    '\r\n\r\n',
    '5\r\nhello\r\n',
    '\n',
  )
  return fc.oneof(
    { withCrossShrink: true },
    fc.uint8Array({ minLength, maxLength: 20, size: 'max' }),
    misleading.map(bytesOf),
    fc
      .integer({ min: Math.max(minLength, 254), max: 258 })
      .map(length => new Uint8Array(length).fill(0x61)),
  )
}

/** RFC 9112 §7.1.1, without BWS: chunk-ext = *( ";" chunk-ext-name [ "=" chunk-ext-val ] ) */
function chunkExtensions(): fc.Arbitrary<string> {
  const value = fc.oneof(token(), quotedString()).map(text => `=${text}`)
  const extension = fc
    .tuple(token(), fc.oneof(fc.constant(''), value))
    .map(([name, rest]) => `;${name}${rest}`)
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    fc.array(extension, { maxLength: 3 }).map(list => list.join('')),
  )
}

function chunk(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<ChunkModel> {
  const zeros = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: ZEROS_MAX }))
  return fc
    .record({ bytes, zeros, upper: fc.boolean(), extensions: chunkExtensions() })
    .map(({ bytes, zeros, upper, extensions }) => {
      const digits = bytes.length.toString(16)
      const padded = '0'.repeat(zeros) + digits
      return {
        size: upper ? padded.toUpperCase() : padded,
        extensions,
        bytes,
      }
    })
}

/** Generates the content of a request: none, with a Content-Length, or chunked. */
export function requestContent(): fc.Arbitrary<ContentModel> {
  const chunks = fc.tuple(
    fc.array(chunk(contentBytes(1)), { maxLength: 4 }),
    chunk(fc.constant(new Uint8Array(0))),
  )
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.constant<ContentModel>({ kind: 'none' }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('length' as const), bytes: contentBytes(0) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('chunked' as const),
        chunks: chunks.map(([data, last]) => [...data, last]),
        trailers: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, insignificantFields(3)),
      }),
    },
  )
}
