import { brotliCompressSync } from 'node:zlib'

export const MIB: number = 1024 * 1024

/** Pseudorandom numbers of 32 bits, the same in every run: xorshift32. */
export function* pseudorandom(seed = 0x9e3779b9): Generator<number, never> {
  let state = seed
  for (;;) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    yield state >>> 0
  }
}

/** Bytes that no coding makes smaller. */
export function incompressibleBytes(length: number): Buffer {
  const numbers = pseudorandom()
  return Buffer.from(Array.from({ length }, () => numbers.next().value & 0xff))
}

/** JSON that Brotli compresses to 1 KiB. */
export function jsonOfOneKibInBrotli(): Buffer {
  const bytes = incompressibleBytes(4096)
  const items: { readonly id: string; readonly name: string }[] = []
  for (let i = 0; ; i++) {
    items.push({ id: bytes.readUInt32LE((i * 4) % 4096).toString(36), name: `Item ${i}` })
    const text = Buffer.from(JSON.stringify({ items }))
    if (brotliCompressSync(text).length >= 1024) return text
  }
}
