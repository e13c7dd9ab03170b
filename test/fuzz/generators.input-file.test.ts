import { describe, expect, it } from 'vitest'
import { formatInput, parseInput } from '../../fuzz/input-file.ts'

describe('formatInput', () => {
  it('is read back, arrays of bytes anywhere included', () => {
    const input = {
      wire: Uint8Array.from({ length: 256 }, (_, i) => i),
      list: [new Uint8Array(0), { text: '\\x00ÿ' }],
      number: 1,
    }
    const kept = parseInput(formatInput('total', input))
    expect(kept).toEqual({ property: 'total', input })
  })

  it('shows bytes as they stand on the wire', () => {
    const text = formatInput('total', { wire: Uint8Array.of(0x47, 0x5c, 0x0d, 0xff) })
    expect(JSON.parse(text)).toEqual({
      property: 'total',
      input: { wire: { $bytes: 'G\\x5c\\x0d\\xff' } },
    })
  })
})

describe('parseInput', () => {
  it.each([
    '{"property":"a","input":{"$bytes":"\\\\x0"}}',
    '{"property":"a","input":{"$bytes":"é"}}',
    '{"input":1}',
    '{"property":"a"}',
  ])('refuses %s', text => {
    expect(() => parseInput(text)).toThrow(SyntaxError)
  })
})
