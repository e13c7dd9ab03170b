import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatHead, latin1Bytes } from '../../src/response/response-head.ts'

describe('formatHead', () => {
  it.each<[number, [string, string][], string]>([
    [200, [], 'HTTP/1.1 200 OK\r\n\r\n'],
    [304, [['ETag', '"a"']], 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'],
    [
      200,
      [
        ['B', '2'],
        ['A', ''],
        ['B', '1'],
      ],
      'HTTP/1.1 200 OK\r\nB: 2\r\nA: \r\nB: 1\r\n\r\n',
    ],
  ])('formats %i with %j', (status, fields, head) => {
    expect(formatHead(status, fields)).toBe(head)
  })

  it('keeps the space before an empty reason phrase (RFC 9112 §4)', () => {
    expect(formatHead(599, [])).toBe('HTTP/1.1 599 \r\n\r\n')
  })
})

describe('latin1Bytes', () => {
  it('has one byte per character', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xff)), codes => {
        expect([...latin1Bytes(String.fromCharCode(...codes))]).toEqual(codes)
      }),
    )
  })

  it.each(['', 'ascii', '\u00e9', 'ascii\u00ff', '\u0080ascii'])('encodes %j', text => {
    expect([...latin1Bytes(text)]).toEqual([...text].map(char => char.charCodeAt(0)))
  })
})
