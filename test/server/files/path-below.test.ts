import { describe, expect, it } from 'vitest'
import { isBelow, isHidden, pathBelow } from '../../../src/server/files/path-below.ts'

/** The systems, with their separator and the drive of absolute paths. */
const SYSTEMS = [
  ['POSIX', '/', ''],
  ['Windows', '\\', 'C:'],
] as const

describe.each(SYSTEMS)('on %s', (_, separator, drive) => {
  /** Returns the path as the system writes it: `|` stands for the separator. */
  const path = (text: string): string => drive + text.replaceAll('|', separator)

  it.each([
    ['|site', [], '|site'],
    ['|site', ['a'], '|site|a'],
    ['|site', ['a', 'b c'], '|site|a|b c'],
    ['|', [], '|'],
    ['|', ['a', 'b'], '|a|b'],
  ])('the path below %s of %j is %s', (folder, segments, expected) => {
    expect(pathBelow(path(folder), segments, separator)).toBe(path(expected))
  })

  it.each([
    ['|site', '|site', true],
    ['|site|a', '|site', true],
    ['|site|a|b.txt', '|site', true],
    ['|a', '|', true],
    ['|site|.well-known|a', '|site', true],
    ['|site-secret|a', '|site', false],
    ['|sit', '|site', false],
    ['|', '|site', false],
    ['|other|site|a', '|site', false],
    // Only the names that clients ask for are hidden.
    ['|site|..2026_01|a', '|site', true],
  ])('isBelow(%s, %s) is %s', (realPath, realRoot, expected) => {
    expect(isBelow(path(realPath), path(realRoot), separator)).toBe(expected)
  })
})

describe('on Windows', () => {
  it.each([
    ['another drive', 'D:\\site\\a', 'C:\\site'],
    ['a share', '\\\\host\\share\\a', 'C:\\site'],
    ['another share', '\\\\host\\share-b\\a', '\\\\host\\share'],
    ['the other separator', 'C:\\site/../a', 'C:\\other'],
  ])('isBelow() is false for %s', (_, realPath, realRoot) => {
    expect(isBelow(realPath, realRoot, '\\')).toBe(false)
  })

  it('the root may be a drive or a share', () => {
    expect(isBelow('D:\\a', 'D:\\', '\\')).toBe(true)
    expect(isBelow('\\\\host\\share\\a', '\\\\host\\share', '\\')).toBe(true)
    expect(pathBelow('D:\\', ['a'], '\\')).toBe('D:\\a')
  })
})

describe('isHidden', () => {
  it.each([
    ['.env', 0, true],
    ['..', 0, true],
    ['.well-known', 0, false],
    ['.well-known', 1, true],
    ['.well-known-2', 0, true],
    ['a.b', 0, false],
  ])('of %s at depth %d is %s', (name, depth, hidden) => {
    expect(isHidden(name, depth)).toBe(hidden)
  })
})
