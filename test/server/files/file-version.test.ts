import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Digest } from '../../../src/server/files/digest.ts'
import type { FileStatus } from '../../../src/server/files/file-system.ts'
import {
  contentKeyOf,
  isRecent,
  isUnchanged,
  isUnwritten,
  lastModifiedMsOf,
} from '../../../src/server/files/file-version.ts'

const MS = 1_000_000n
const NOW_MS = Date.UTC(2026, 10, 22, 12)
const NOW_NS = BigInt(NOW_MS) * MS

const file: FileStatus = {
  kind: 'file',
  size: 1000,
  mtimeNs: NOW_NS,
  ctimeNs: NOW_NS,
  birthtimeNs: NOW_NS,
  device: 66_309n,
  inode: 1_234_567_890_123_456_789n,
  links: 1n,
}

describe('contentKeyOf', () => {
  it('is the same for the same status', () => {
    expect(contentKeyOf({ ...file })).toBe(contentKeyOf(file))
  })

  it.each<[keyof FileStatus, Partial<FileStatus>]>([
    ['size', { size: 1001 }],
    ['mtimeNs', { mtimeNs: NOW_NS + 1n }],
    // An inode may be used again.
    ['birthtimeNs', { birthtimeNs: NOW_NS + 1n }],
    ['device', { device: 66_310n }],
    // A difference of one, which a JavaScript number of this size cannot represent.
    ['inode', { inode: file.inode + 1n }],
  ])('differs if %s differs', (_, other) => {
    expect(contentKeyOf({ ...file, ...other })).not.toBe(contentKeyOf(file))
  })

  it.each<[string, Partial<FileStatus>]>([
    ['another name', { links: 2n, ctimeNs: NOW_NS + 1n }],
    ['another mode, owner or place', { ctimeNs: NOW_NS + 1n }],
  ])('is the same for a file that got %s', (_, other) => {
    expect(contentKeyOf({ ...file, ...other })).toBe(contentKeyOf(file))
  })

  it('separates the numbers: 1 and 11 differ from 11 and 1', () => {
    expect(contentKeyOf({ ...file, device: 1n, inode: 11n })).not.toBe(
      contentKeyOf({ ...file, device: 11n, inode: 1n }),
    )
    // 37 is 11 in base 36.
    expect(contentKeyOf({ ...file, inode: 1n, size: 37 })).not.toBe(
      contentKeyOf({ ...file, inode: 37n, size: 1 }),
    )
    expect(contentKeyOf({ ...file, mtimeNs: -1n })).not.toBe(contentKeyOf({ ...file, mtimeNs: 1n }))
  })
})

describe('isUnchanged', () => {
  const LATER = { ctimeNs: NOW_NS + 5n }

  it.each<[string, Partial<FileStatus>, boolean]>([
    ['is the same', {}, true],
    ['has lost its name', { ...LATER, links: 0n }, true],
    ['has lost its name and was written', { ...LATER, links: 0n, mtimeNs: NOW_NS + 5n }, false],
    ['was written, and its mtime set back', LATER, false],
    ['has got a second name', { ...LATER, links: 2n }, false],
    ['was written', { ...LATER, mtimeNs: NOW_NS + 5n }, false],
    ['has grown', { ...LATER, size: 1001 }, false],
  ])('compares the status of a file that %s', (_, after, expected) => {
    expect(isUnchanged(file, { ...file, ...after })).toBe(expected)
  })
})

describe('isUnwritten', () => {
  it.each<[string, Partial<FileStatus>, boolean]>([
    ['has got a second name', { ctimeNs: NOW_NS + 5n, links: 2n }, true],
    ['was written', { mtimeNs: NOW_NS + 5n }, false],
    ['has grown', { size: 1001 }, false],
  ])('compares the status of a file that %s', (_, after, expected) => {
    expect(isUnwritten(file, { ...file, ...after })).toBe(expected)
  })
})

describe('isRecent', () => {
  it.each([
    [0, true],
    [999, true],
    [1000, false],
    [60_000, false],
    // The clock was set back: the time of the change is not known.
    [-5000, true],
  ])('of a file that was changed %d ms ago is %s', (ms, expected) => {
    expect(isRecent({ ...file, ctimeNs: NOW_NS - BigInt(ms) * MS }, NOW_MS)).toBe(expected)
  })

  it('ignores mtime, which a tool can set', () => {
    expect(isRecent({ ...file, mtimeNs: 0n }, NOW_MS)).toBe(true)
    expect(isRecent({ ...file, ctimeNs: 0n }, NOW_MS)).toBe(false)
  })
})

describe('lastModifiedMsOf', () => {
  it.each([
    ['now', NOW_NS, NOW_MS],
    ['a fraction of a millisecond', NOW_NS + 999_999n, NOW_MS],
    ['just after the defaults of tools', 1_000_000_001n, 1000],
    ['the epoch', 0n, undefined],
    ['a second later, as Nix sets it', 1_000_000_000n, undefined],
    ['before the epoch', -1n, undefined],
  ])('of %s', (_, mtimeNs, expected) => {
    expect(lastModifiedMsOf({ ...file, mtimeNs })).toBe(expected)
  })
})

describe('Digest', () => {
  const letters = Buffer.from('abc')
  /** FIPS 180-2, appendix B.1. */
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

  it('is the first 132 bits of SHA-256 in base64url', () => {
    const digest = Digest.of(letters)
    expect(digest).toBe(Buffer.from(sha256, 'hex').toString('base64url').slice(0, 22))
    expect(digest).toMatch(/^[\w-]{22}$/)
  })

  it('is the same for bytes in pieces, and for the same bytes as text', () => {
    expect(new Digest().update(letters.subarray(0, 1)).update(letters.subarray(1)).end()).toBe(
      Digest.of(letters),
    )
    expect(Digest.of('abc')).toBe(Digest.of(letters))
    expect(new Digest().end()).toBe(createHash('sha256').digest('base64url').slice(0, 22))
  })
})
