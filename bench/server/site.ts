import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'

const MIB = 1024 * 1024
/** Long past, so that no server takes the files for ones that still change. */
const WRITTEN = new Date('2024-02-29T12:00:00Z')
export const BIG_BYTES: number = 100 * MIB

/** The files that all contenders serve. */
export const FILES = {
  small: '/1k.bin',
  medium: '/16k.bin',
  large: '/1m.bin',
  big: '/100m.bin',
  items: '/items.json',
} as const

export type Site = {
  /** What is served. */
  readonly root: string
  /** For configurations and logs, beside it. */
  readonly work: string
  readonly remove: () => void
}

/** A new tree in a folder of its own. The big file is real bytes, not a hole, and in the page cache since it was just written. */
export function makeSite(withBig: boolean): Site {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-bench-'))
  // A server that gives its rights away has to get in still.
  chmodSync(folder, 0o755)
  const [root, work] = [join(folder, 'site'), join(folder, 'work')]
  mkdirSync(root)
  mkdirSync(work)
  const contents: readonly (readonly [string, Buffer])[] = [
    [FILES.small, noise(1024)],
    [FILES.medium, noise(16 * 1024)],
    [FILES.large, noise(MIB)],
    [FILES.items, itemsOfOneKibInBrotli()],
    ...(withBig
      ? ([[FILES.big, Buffer.concat(Array<Buffer>(BIG_BYTES / MIB).fill(noise(MIB)))]] as const)
      : []),
  ]
  for (const [name, content] of contents) {
    writeFileSync(join(root, name), content)
    utimesSync(join(root, name), WRITTEN, WRITTEN)
  }
  return { root, work, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The same bytes in each run, and none that compress: xorshift32 */
function noise(length: number): Buffer {
  let state = 0x9e3779b9
  return Buffer.from(
    Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 0xff
    }),
  )
}

/** Grows until Brotli makes a kibibyte of it. */
function itemsOfOneKibInBrotli(): Buffer {
  const bytes = noise(4096)
  const items: { readonly id: string; readonly name: string }[] = []
  for (let i = 0; ; i++) {
    items.push({ id: bytes.readUInt32LE((i * 4) % 4096).toString(36), name: `Item ${i}` })
    const text = Buffer.from(JSON.stringify({ items }))
    if (brotliCompressSync(text).length >= 1024) return text
  }
}
