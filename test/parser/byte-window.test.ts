import { afterEach, describe, expect, it, vi } from 'vitest'
import { ByteWindow, CarryBuffer } from '../../src/parser/byte-window.ts'
import { FieldSection } from '../../src/parser/request-head.ts'

const text = (window: ByteWindow): string =>
  String.fromCharCode(...window.bytes.subarray(window.at, window.end))
const bytesOf = (chars: string): Uint8Array => Uint8Array.from(chars, char => char.charCodeAt(0))

/** Returns a window that has consumed and released a slice, the first part of `section`. */
function windowWithin(start: string): { window: ByteWindow; section: FieldSection } {
  const window = new ByteWindow()
  const section = new FieldSection(0)
  window.feed(bytesOf(start), 0, start.length, undefined, 0)
  window.at = window.end
  Object.assign(section, { bytes: window.bytes, base: 0, length: start.length })
  window.release(section, undefined)
  return { window, section }
}

describe('ByteWindow', () => {
  it('joins to an incomplete section what can belong to it, and counts the rest as unread', () => {
    const { window, section } = windowWithin('abc')
    window.feed(bytesOf('--defghijk-'), 2, 10, section, 5)
    expect(text(window)).toBe('de')
    expect(window.unreadBytes).toBe(8)
    expect(window.position).toBe(2)
  })

  it('discards the message before a section', () => {
    const { window, section } = windowWithin('xxabc')
    Object.assign(section, { base: 2, length: 3 })
    const { messageStart } = window
    window.discardBefore(section)
    expect([section.base, window.at, window.messageStart]).toEqual([0, 3, messageStart - 2])
    window.feed(bytesOf('de'), 0, 2, section, 5)
    expect(String.fromCharCode(...window.bytes.subarray(0, window.end))).toBe('abcde')
    expect(text(window)).toBe('de')
    const at = window.at
    window.discardBefore(section)
    expect(window.at).toBe(at)
  })

  it('reads in place again behind a joined section', () => {
    const { window, section } = windowWithin('abc')
    const slice = bytesOf('defgh')
    window.feed(slice, 0, 5, section, 5)
    window.at++
    window.resumeInPlace()
    expect(window.bytes).toBe(slice)
    expect(text(window)).toBe('efgh')
    expect([window.position, window.unreadBytes]).toEqual([1, 4])
    window.resumeInPlace()
    expect([window.position, window.unreadBytes, window.messageStart]).toEqual([1, 4, -3])
  })

  it('keeps all unread bytes when the slice is released, joined or not', () => {
    const { window, section } = windowWithin('abc')
    window.feed(bytesOf('defgh'), 0, 5, section, 5)
    window.at++
    window.release(section, undefined)
    expect(text(window)).toBe('efgh')
    expect([window.position, window.unreadBytes]).toEqual([1, 4])
    expect(String.fromCharCode(...section.bytes.subarray(section.base, section.base + 3))).toBe(
      'abc',
    )
  })

  it('holds nothing after a reset', () => {
    const { window, section } = windowWithin('a'.repeat(100_000))
    window.feed(bytesOf('bcd'), 0, 3, section, 200_000)
    window.reset()
    expect([window.unreadBytes, window.position, window.heldBytes]).toEqual([0, 0, 0])
    window.release(section, undefined)
    expect(window.unreadBytes).toBe(0)
  })
})

describe('ByteWindow: copying', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('copies no byte twice', () => {
    const { window, section } = windowWithin('abc')
    const appended = vi.spyOn(CarryBuffer.prototype, 'append')
    for (let i = 0; i < 10; i++) {
      window.feed(bytesOf('--'), 0, 2, undefined, 0)
      window.at++
      window.release(section, undefined)
      window.at++
    }
    const copied = appended.mock.calls.reduce((sum, [, from, to]) => sum + to - from, 0)
    expect(copied).toBe(10)
    expect(section.length).toBe(3)
  })
})
