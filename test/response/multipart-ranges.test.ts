import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ByteRange, parseRange } from '../../src/response/byte-range.ts'
import { planMultipart } from '../../src/response/multipart-ranges.ts'

const BOUNDARY = '0123456789abcdef0123456789abcdef'
const MEDIA_TYPE = 'text/plain; charset=utf-8'

/** Formats the content as the server sends it. */
function contentOf(file: string, ranges: readonly ByteRange[], boundary = BOUNDARY): string {
  const { parts, end } = planMultipart(ranges, file.length, MEDIA_TYPE, boundary)
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
  return (
    parts.map(({ head, range }) => text(head) + file.slice(range.from, range.to)).join('') +
    text(end)
  )
}

/**
 * Parses multipart content by the grammar of RFC 2046 §5.1.1. The preamble is an empty line,
 * and there is no epilogue.
 */
function parseParts(content: string, boundary: string): { fields: string[]; body: string }[] {
  const pieces = content.split(`\r\n--${boundary}`)
  expect(pieces.shift()).toBe('')
  expect(pieces.pop()).toBe('--\r\n')
  return pieces.map(piece => {
    const headEnd = piece.indexOf('\r\n\r\n')
    expect(piece.startsWith('\r\n')).toBe(true)
    return { fields: piece.slice(2, headEnd).split('\r\n'), body: piece.slice(headEnd + 4) }
  })
}

describe('planMultipart', () => {
  it('formats parts as in RFC 9110 §14.6', () => {
    const ranges = [
      { from: 2, to: 4 },
      { from: 0, to: 1 },
    ]
    expect(contentOf('abcdef', ranges, 'THIS_STRING_SEPARATES')).toBe(
      [
        '',
        '--THIS_STRING_SEPARATES',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Range: bytes 2-3/6',
        '',
        'cd',
        '--THIS_STRING_SEPARATES',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Range: bytes 0-0/6',
        '',
        'a',
        '--THIS_STRING_SEPARATES--',
        '',
      ].join('\r\n'),
    )
  })

  it('matches the grammar and has the planned length, whatever the file contains', () => {
    const file = fc.string({
      unit: fc.constantFrom('\r', '\n', '-', '\r\n--', 'x', '\xff'),
      minLength: 1,
    })
    const cuts = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 16 })
    fc.assert(
      fc.property(file, cuts, (text, pairs) => {
        const ranges = pairs.map(([a, b]) => {
          const from = a % text.length
          return { from, to: from + 1 + (b % (text.length - from)) }
        })
        const content = contentOf(text, ranges)
        expect(planMultipart(ranges, text.length, MEDIA_TYPE, BOUNDARY).length).toBe(content.length)
        expect(parseParts(content, BOUNDARY)).toEqual(
          ranges.map(({ from, to }) => ({
            fields: [
              `Content-Type: ${MEDIA_TYPE}`,
              `Content-Range: bytes ${from}-${to - 1}/${text.length}`,
            ],
            body: text.slice(from, to),
          })),
        )
      }),
    )
  })

  it('counts lengths beyond 32 bits', () => {
    const ranges = [
      { from: 0, to: 5_000_000_000 },
      { from: 6_000_000_000, to: 6_000_000_001 },
    ]
    const { length, parts, end } = planMultipart(ranges, 7_000_000_000, MEDIA_TYPE, BOUNDARY)
    const heads = parts.reduce((sum, { head }) => sum + head.length, end.length)
    expect(length).toBe(5_000_000_001 + heads)
  })

  it('is larger than the file if it has many small parts: nginx#988', () => {
    const size = 1600
    const result = parseRange(
      `bytes=${Array.from({ length: 16 }, (_, i) => `${i * 100}-${i * 100}`)}`,
      size,
    )
    const ranges = result.kind === 'ranges' ? result.ranges : []
    expect(ranges).toHaveLength(16)
    expect(planMultipart(ranges, size, MEDIA_TYPE, BOUNDARY).length).toBeGreaterThan(size)
  })

  it('has at least 80 bytes of overhead per part: RFC 9110 §15.3.7.2', () => {
    const apart = [
      { from: 0, to: 1 },
      { from: 2, to: 3 },
    ]
    const { parts } = planMultipart(apart, 9, 'a/b', BOUNDARY)
    for (const { head } of parts) expect(head.length).toBeGreaterThanOrEqual(80)
    expect(parseRange('bytes=0-0,81-81', 1000)).toMatchObject({ ranges: { length: 2 } })
  })
})
