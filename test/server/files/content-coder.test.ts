import * as zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Coding } from '../../../src/response/index.ts'
import { nodeContentCoder } from '../../../src/server/files/content-coder.ts'

describe('nodeContentCoder', () => {
  it.each([0, 1, 100_000])(
    'compresses %d bytes to gzip that decompresses to the same bytes',
    async size => {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i % 7)
      const coded = await nodeContentCoder.compress(bytes, 'gzip')
      expect(new Uint8Array(zlib.gunzipSync(coded))).toEqual(bytes)
      if (size > 1000) expect(coded.length).toBeLessThan(size / 10)
    },
  )

  it('is deterministic: gzip holds neither a time nor a file name', async () => {
    const [one, two] = await Promise.all(
      ['same', 'same'].map(text => nodeContentCoder.compress(Buffer.from(text), 'gzip')),
    )
    expect(one).toEqual(two)
    // RFC 1952 §2.3.1: FLG and MTIME.
    expect([...one!.subarray(3, 8)]).toEqual([0, 0, 0, 0, 0])
  })

  it('compresses to Brotli, and to Zstandard if this Node supports it', async () => {
    const bytes = Buffer.from('a text that repeats itself, '.repeat(1000))
    const entries = nodeContentCoder.codings.map(async coding => [
      coding,
      await nodeContentCoder.compress(bytes, coding),
    ])
    const coded = new Map(await Promise.all(entries as Promise<[Coding, Uint8Array]>[]))
    expect(zlib.brotliDecompressSync(coded.get('br')!)).toEqual(bytes)
    expect(zlib.gunzipSync(coded.get('gzip')!)).toEqual(bytes)
    const { zstdDecompressSync } = zlib as {
      zstdDecompressSync?: (coded: Uint8Array) => Uint8Array
    }
    expect(coded.has('zstd')).toBe(zstdDecompressSync !== undefined)
    if (zstdDecompressSync !== undefined)
      expect(zstdDecompressSync(coded.get('zstd')!)).toEqual(bytes)
  })

  it('returns an array with a buffer of exactly its length, so that caches count its memory', async () => {
    for (const coding of nodeContentCoder.codings) {
      const coded = await nodeContentCoder.compress(
        Buffer.from('a text that repeats itself, '.repeat(100)),
        coding,
      )
      expect(coded.buffer.byteLength, coding).toBe(coded.length)
    }
  })

  it('rejects other codings', async () => {
    await expect(nodeContentCoder.compress(new Uint8Array(1), 'lzma' as Coding)).rejects.toThrow(
      RangeError,
    )
  })
})
