import { describe, expect, it } from 'vitest'
import { annotatedWire } from '../../../fuzz/runner/annotated-wire.ts'

const shown = (text: string, mark?: number) =>
  annotatedWire(
    Uint8Array.from(text, char => char.charCodeAt(0)),
    mark,
  )

describe('annotatedWire', () => {
  it('shows each line in a row, with its offset and escapes', () => {
    expect(shown('GET /\\ HTTP/1.1\r\nA:\t\x00\xff\r\n\r\n')).toEqual([
      ' 0  GET /\\\\ HTTP/1.1\\r\\n',
      '17  A:\\t\\x00\\xff\\r\\n',
      '24  \\r\\n',
    ])
  })

  it('marks a byte, also after escapes and at the end', () => {
    expect(shown('a\r\n\x00b', 4)).toEqual(['0  a\\r\\n', '3  \\x00b', '       ^ 4'])
    expect(shown('a\r\n', 3)).toEqual(['0  a\\r\\n', '        ^ 3'])
    expect(shown('', 0)).toEqual(['0  ', '   ^ 0'])
  })

  it('splits long lines into rows', () => {
    expect(shown('a'.repeat(100))).toEqual([`  0  ${'a'.repeat(88)}`, ` 88  ${'a'.repeat(12)}`])
  })

  it('omits the middle of a long wire, but not the rows around the mark', () => {
    const rows = shown('a\r\n'.repeat(1000), 1500)
    expect(rows.length).toBeLessThan(50)
    expect(rows.join('\n')).toContain(
      '  …\n1494  a\\r\\n\n1497  a\\r\\n\n1500  a\\r\\n\n      ^ 1500\n1503',
    )
    expect(rows.at(-1)).toBe('2997  a\\r\\n')
  })
})
