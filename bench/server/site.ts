import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'

const MIB = 1024 * 1024
/** Long ago, so that no server considers the files recently modified. */
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
  /** The folder that is served. */
  readonly root: string
  /** The folder for configuration and logs. */
  readonly workFolder: string
  readonly remove: () => void
}

/**
 * Creates the files in a temporary folder. The 100 MiB file is not sparse, and is in the page cache
 * because it has just been written.
 */
export function makeSite(withBig: boolean): Site {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-bench-'))
  // Readable by servers that drop their privileges.
  chmodSync(folder, 0o755)
  const [root, workFolder] = [join(folder, 'site'), join(folder, 'work')]
  mkdirSync(root)
  mkdirSync(workFolder)
  const contents: readonly (readonly [string, Buffer])[] = [
    [FILES.small, incompressibleBytes(1024)],
    [FILES.medium, incompressibleBytes(16 * 1024)],
    [FILES.large, incompressibleBytes(MIB)],
    [FILES.items, jsonOfOneKibInBrotli()],
    ...(withBig ? [[FILES.big, bigBytes()] as const] : []),
  ]
  for (const [name, content] of contents) {
    writeFileSync(join(root, name), content)
    utimesSync(join(root, name), WRITTEN, WRITTEN)
  }
  return { root, workFolder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

function bigBytes(): Buffer {
  return Buffer.concat(Array<Buffer>(BIG_BYTES / MIB).fill(incompressibleBytes(MIB)))
}

/** Pseudorandom bytes, the same in every run: xorshift32. */
function incompressibleBytes(length: number): Buffer {
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

/** JSON that Brotli compresses to 1 KiB. */
function jsonOfOneKibInBrotli(): Buffer {
  const bytes = incompressibleBytes(4096)
  const items: { readonly id: string; readonly name: string }[] = []
  for (let i = 0; ; i++) {
    items.push({ id: bytes.readUInt32LE((i * 4) % 4096).toString(36), name: `Item ${i}` })
    const text = Buffer.from(JSON.stringify({ items }))
    if (brotliCompressSync(text).length >= 1024) return text
  }
}
