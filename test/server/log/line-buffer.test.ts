import { describe, expect, it } from 'vitest'
import { LineBuffer } from '../../../src/server/log/line-buffer.ts'

describe('LineBuffer', () => {
  it.each([0, 9, 10, 99, 100, 65_535, 4_294_967_296, Number.MAX_SAFE_INTEGER])(
    'writes %d',
    value => {
      const lines = new LineBuffer()
      lines.number(value)
      expect(lines.takeFront(lines.length).toString()).toBe(String(value))
    },
  )

  it('grows in the middle of a line without losing bytes', () => {
    const lines = new LineBuffer()
    const parts: string[] = []
    const plain = 'a'.repeat(1000)
    for (let i = 0; i < 200; i++) {
      lines.text(plain)
      lines.quoted(Buffer.from('"'.repeat(i)), 0, i)
      lines.number(i)
      parts.push(plain, '\\x22'.repeat(i), String(i))
    }
    expect(lines.takeFront(lines.length).toString()).toBe(parts.join(''))
  })

  it('gives its first bytes away and keeps the rest, however long', () => {
    const lines = new LineBuffer()
    lines.text('front')
    lines.text('r'.repeat(100_000))
    const front = lines.takeFront(5)
    lines.text('!')
    expect(front.toString()).toBe('front')
    expect(lines.takeFront(lines.length).toString()).toBe(`${'r'.repeat(100_000)}!`)
    expect([front.toString(), lines.length]).toEqual(['front', 0])
  })
})
