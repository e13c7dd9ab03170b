import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bytesOfText,
  percentDecode,
  percentEncode,
  shownText,
  textOfBytes,
} from '../../src/response/name-bytes.ts'

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }).map(text => new TextEncoder().encode(text)),
  fc
    .array(fc.constantFrom(0x61, 0xc3, 0xa9, 0xe9, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0xbf, 0xef, 0xbb))
    .map(each => Uint8Array.from(each)),
)

describe('the text of a name', () => {
  it.each<[bytes: number[], text: string]>([
    [[0x63, 0xe9], 'c\udce9'],
    [[0xc3, 0xa9], '\u00e9'],
    [[0xc0, 0xae], '\udcc0\udcae'],
    [[0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
    [[0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
    [[0xef, 0xbf, 0xbd], '\ufffd'],
    [[0xf0, 0x9f, 0x93, 0x80, 0x80], '\u{1f4c0}\udc80'],
    [[], ''],
  ])('of %j is %j', (given, text) => {
    expect(textOfBytes(Uint8Array.from(given))).toBe(text)
    expect([...bytesOfText(text)]).toEqual(given)
  })

  it('has the same bytes again, and so each name has its own', () => {
    fc.assert(
      fc.property(bytes, given => {
        expect([...bytesOfText(textOfBytes(given))]).toEqual([...given])
      }),
      { numRuns: 1000 },
    )
  })

  it('is that of Node for UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(textOfBytes(new TextEncoder().encode(text))).toBe(text)
      }),
    )
  })

  it('can be encoded for a URL, and decoded unless it has a lenient form', () => {
    fc.assert(
      fc.property(bytes, given => {
        const text = textOfBytes(given)
        const encoded = percentEncode(text)
        expect(encoded).toMatch(/^[!-~]*$/)
        expect([text, undefined]).toContain(percentDecode(encoded))
      }),
      { numRuns: 1000 },
    )
    expect(percentEncode('\u{1f4c0}\udc80\ud800')).toBe('%F0%9F%93%80%80%EF%BF%BD')
  })

  it('is shown as Latin-1', () => {
    expect(shownText('\u{1f4c0} caf\udce9')).toBe('\u{1f4c0} caf\u00e9')
  })
})
