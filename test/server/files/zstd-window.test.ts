import { describe, expect, it } from 'vitest'
import { needsLargeWindow } from '../../../src/server/files/zstd-window.ts'

/** Frames as the command zstd 1.5 writes them, up to their first block. */
const start = (hex: string): Uint8Array => Buffer.from(`28b52ffd${hex.replaceAll(' ', '')}`, 'hex')

describe('needsLargeWindow', () => {
  it.each([
    ['a window of 8 MiB, as zstd -19 has', '04 68', false],
    ['a window of 9 MiB', '04 69', true],
    ['a window of 128 MiB, as zstd --long has', '04 88', true],
    ['the largest window', '04 ff', true],
    ['the smallest window', '04 00', false],
    ['a single segment of 255 bytes', '20 ff', false],
    ['a single segment of 65791 bytes', '60 ffff', false],
    ['a single segment of 8 MiB', 'a0 00008000', false],
    ['a single segment of 8 MiB and a byte', 'a0 01008000', true],
    ['a single segment of 8 MiB, behind the id of a dictionary', 'a1 07 00008000', false],
    ['a single segment of more, behind the id of a dictionary', 'a3 07070707 01008000', true],
    ['a single segment of 2^63 bytes', 'e0 0000000000000080', true],
    ['a header that is cut', 'a0 0100', false],
  ])('of %s', (_, hex, expected) => {
    expect(needsLargeWindow(start(hex))).toBe(expected)
    const moved = Buffer.concat([Buffer.from('xyz'), start(hex)]).subarray(3)
    expect(needsLargeWindow(moved)).toBe(expected)
  })

  it('is false for what is no frame', () => {
    for (const bytes of ['', '28b52ffd', '1f8b0800000000000003', '502a4d1804000000'])
      expect(needsLargeWindow(Buffer.from(bytes, 'hex'))).toBe(false)
  })
})
