import { describe, expect, it } from 'vitest'
import { shrinkWire } from '../../../fuzz/runner/shrink-wire.ts'

async function shrink(text: string, fails: (text: string) => boolean): Promise<string> {
  const wire = await shrinkWire(new TextEncoder().encode(text), async candidate =>
    fails(String(Buffer.from(candidate))),
  )
  return String(Buffer.from(wire))
}

describe('shrinkWire', () => {
  it('keeps the bytes that the failure needs, wherever they are', async () => {
    expect(
      await shrink(`${'x'.repeat(1000)}a${'y'.repeat(777)}b${'z'.repeat(50)}`, text =>
        /a.*b/.test(text),
      ),
    ).toBe('ab')
  })

  it('tries again if removing one byte makes another removable', async () => {
    const fails = (text: string) => /^(ab)+$/.test(text) || /^(ab)*a?$/.test(text)
    expect(await shrink('ab'.repeat(40), fails)).toBe('')
  })

  it('does not change a wire that needs all its bytes', async () => {
    expect(await shrink('abcdefg', text => text === 'abcdefg')).toBe('abcdefg')
    expect(await shrink('', () => true)).toBe('')
  })
})
