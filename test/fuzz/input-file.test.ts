import { describe, expect, it } from 'vitest'
import { formatInput, parseInput } from '../../fuzz/input-file.ts'

describe('formatInput', () => {
  it('is reversed by parseInput, also for bytes anywhere in the input', () => {
    const input = {
      wire: Uint8Array.from({ length: 256 }, (_, i) => i),
      list: [new Uint8Array(0), { text: '\\x00ÿ' }],
      number: 1,
    }
    const saved = parseInput(formatInput('total', input))
    expect(saved).toEqual({ property: 'total', input })
  })

  it('shows printable bytes as they are', () => {
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
