import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { systemCoder } from '../../src/server/coder.ts'

describe('systemCoder', () => {
  it.each([0, 1, 100_000])('makes gzip of %d bytes that is read back as they were', async size => {
    const bytes = Uint8Array.from({ length: size }, (_, i) => i % 7)
    const coded = await systemCoder.compress(bytes, 'gzip')
    expect(new Uint8Array(gunzipSync(coded))).toEqual(bytes)
    if (size > 1000) expect(coded.length).toBeLessThan(size / 10)
  })

  it('makes the same of the same bytes: no time and no name in it', async () => {
    const [one, two] = await Promise.all(
      ['same', 'same'].map(text => systemCoder.compress(Buffer.from(text), 'gzip')),
    )
    expect(one).toEqual(two)
    // RFC 1952 §2.3.1: FLG and MTIME.
    expect([...one!.subarray(3, 8)]).toEqual([0, 0, 0, 0, 0])
  })

  it.each(['br', 'zstd'] as const)('knows no %s', coding => {
    expect(() => systemCoder.compress(new Uint8Array(1), coding)).toThrow(RangeError)
  })
})
