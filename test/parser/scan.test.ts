import { describe, expect, it } from 'vitest'
import { EMPTY_VIEW, ReadBuffer } from '../../src/parser/byte-window.ts'
import { FIELD_VALUE_CHAR, SPACE, TARGET_CHAR } from '../../src/parser/char-classes.ts'
import {
  equals,
  equalsIgnoringCase,
  latin1,
  skip,
  skipTarget,
  skipValue,
  trimEnd,
} from '../../src/parser/scan.ts'

const BYTES = Array.from({ length: 256 }, (_, byte) => byte)
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, char => char.charCodeAt(0))

describe('skip and trimEnd', () => {
  const spaces = bytesOf('  a   ')

  it('stop at the first byte that is not in the class', () => {
    expect(skip(SPACE, spaces, 0, 6)).toBe(2)
    expect(trimEnd(SPACE, spaces, 0, 6)).toBe(3)
  })

  it('do not leave the span', () => {
    expect(skip(SPACE, spaces, 0, 1)).toBe(1)
    expect(trimEnd(SPACE, spaces, 4, 6)).toBe(4)
    expect(trimEnd(SPACE, spaces, 1, 1)).toBe(1)
  })
})

describe('ReadBuffer', () => {
  it('has a view of exactly its own bytes', () => {
    const buffer = new ReadBuffer(new ArrayBuffer(8), 2, 4)
    buffer[1] = 7
    expect([buffer.view.getUint8(1), buffer.view.byteLength]).toEqual([7, 4])
    expect(buffer.subarray(1)).not.toBeInstanceOf(ReadBuffer)
  })
})

describe.each([
  ['skipValue', skipValue, FIELD_VALUE_CHAR],
  ['skipTarget', skipTarget, TARGET_CHAR],
] as const)('%s', (_, skipFast, table) => {
  it('stops where skip() stops, for any two bytes at any index, with a view and without', () => {
    const differences: unknown[] = []
    for (let at = 0; at < 8; at++)
      for (let first = 0; first < 256; first++)
        for (const second of [0, 9, 0x1f, 0x20, 0x23, 0x41, 0x7e, 0x7f, 0x80, 0xff]) {
          const buffer = new ReadBuffer(12).fill(0x41)
          buffer[at] = first
          buffer[at + 1] = second
          for (const [from, to] of [
            [0, 12],
            [1, 10],
          ] as const) {
            const end = skip(table, buffer, from, to)
            const ends = [buffer.view, EMPTY_VIEW].map(view =>
              skipFast(table, view, buffer, from, to),
            )
            if (ends[0] !== end || ends[1] !== end)
              differences.push({ at, first, second, from, end, ends })
          }
        }
    expect(differences).toEqual([])
  })
})

describe('equalsIgnoringCase', () => {
  it('matches a letter in either case, and any other byte only itself', () => {
    for (const expected of BYTES.slice(0, 128)) {
      const lower = String.fromCharCode(expected)
      if (lower !== lower.toLowerCase()) continue
      const equal = BYTES.filter(byte => equalsIgnoringCase(Uint8Array.of(byte), 0, 1, lower))
      const either = new Set([lower.toUpperCase().charCodeAt(0), expected])
      expect(equal).toEqual([...either])
    }
  })
})

describe.each([
  ['equals', equals],
  ['equalsIgnoringCase', equalsIgnoringCase],
] as const)('%s', (_, equal) => {
  it('compares the whole span and nothing else', () => {
    const bytes = bytesOf('xcloses')
    expect(equal(bytes, 1, 6, 'close')).toBe(true)
    expect(equal(bytes, 1, 7, 'close')).toBe(false)
    expect(equal(bytes, 1, 5, 'close')).toBe(false)
    expect(equal(bytes, 0, 5, 'close')).toBe(false)
    expect(equal(bytes, 3, 3, '')).toBe(true)
  })
})

describe('latin1', () => {
  it('makes one char of each byte, for spans of any length', () => {
    expect(latin1(Uint8Array.from(BYTES), 1, 256)).toBe(String.fromCharCode(...BYTES.slice(1)))
    expect(latin1(Uint8Array.of(1, 2), 1, 1)).toBe('')
    for (const length of [4096, 4097, 200_000]) {
      const text = 'abcdefg'.repeat(length).slice(0, length)
      expect(latin1(bytesOf(text), 0, length) === text, `${length}`).toBe(true)
    }
  })
})
