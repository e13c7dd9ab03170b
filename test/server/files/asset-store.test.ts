import { appendFileSync, linkSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Coding } from '../../../src/response/index.ts'
import type { Representation } from '../../../src/response/static-plan.ts'
import type { Options } from '../../../src/server/config/settings.ts'
import { systemClock } from '../../../src/server/connection/clock.ts'
import { AssetStore } from '../../../src/server/files/asset-store.ts'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import type { ContentCoder } from '../../../src/server/files/content-coder.ts'
import { type FoundAsset, findFile } from '../../../src/server/files/resolve-path.ts'
import type { StoredAsset } from '../../../src/server/files/stored-asset.ts'
import { systemError } from '../fake-file-system.ts'
import { configWith } from '../fake-server.ts'
import { SpiedFileSystem } from '../spied-file-system.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

const KIB = 1024
const TEXT = 'body { margin: 0 }\n'.repeat(100)
const LARGE = 'x'.repeat(300 * KIB)
const ALL = 'br, zstd, gzip'

/** Compresses to so many bytes, and remembers what. */
class FakeCoder implements ContentCoder {
  readonly codings = ['br', 'gzip'] as const
  readonly made: string[] = []
  size = 100
  before: () => Promise<void> = async () => {}

  async compress(bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
    this.made.push(`${coding} of ${bytes.length}`)
    await this.before()
    return new Uint8Array(this.size).fill(coding === 'br' ? 1 : 2)
  }
}

/** A store over a folder whose files are a while old. */
function storing(tree: Tree, options: Options = {}) {
  const folder = temporaryFolder(tree)
  const coder = new FakeCoder()
  const time = { aheadMs: 10_000 }
  const spy = new SpiedFileSystem()
  const store = new AssetStore(configWith({ memoryFileBytesMax: '256KiB', ...options }), {
    fileSystem: spy.fileSystem,
    coder,
    clock: { ...systemClock, wallMs: () => Date.now() + time.aheadMs },
    buffers: new BufferPool(64 * KIB, 64 * KIB, 4),
  })
  const root = rootOf(folder, spy.fileSystem)
  const find = async (name: string): Promise<FoundAsset> => {
    const found = await findFile(await root, name.split('/'))
    if (found.kind !== 'asset') throw new Error(`${name} is ${found.kind}`)
    return found
  }
  const describeFound = async (
    found: FoundAsset,
    accepted: string | undefined,
  ): Promise<StoredAsset> => {
    const stored = await store.describe(await root, found, accepted)
    if (stored.kind !== 'stored') throw new Error(`it is ${stored.kind}`)
    return stored
  }
  const describe = async (name: string, accepted?: string) =>
    describeFound(await find(name), accepted)
  const etagOf = async (name: string): Promise<string> => first(await describe(name)).etag
  return { folder, coder, time, spy, store, root, find, describe, describeFound, etagOf }
}

function representations(stored: StoredAsset): readonly Representation[] {
  return stored.asset('').representations
}

function first(stored: StoredAsset): Representation {
  return representations(stored)[0]!
}

/** The codings, each with its size as far as it is there. */
const sizes = (stored: StoredAsset): string =>
  representations(stored)
    .map(({ coding, size }) => `${coding} ${size ?? 'unmade'}`)
    .join(', ')

function textOf(stored: StoredAsset, coding: Coding | 'identity' = 'identity'): string {
  const source = stored.sourceOf(coding)
  return source.kind === 'memory' ? Buffer.from(source.bytes).toString() : 'on the disk'
}

const STRONG = /^"[\w-]{22}"$/

describe('the entity-tag', () => {
  it('of a small file is of its content alone, so that replicas agree', async () => {
    const { folder, etagOf } = storing({ 'a.css': TEXT, 'b.txt': TEXT, 'c.css': `${TEXT} ` })
    utimesSync(join(folder, 'b.txt'), 1_000_000_000, 1_000_000_000)
    expect(await etagOf('a.css')).toMatch(STRONG)
    expect(await etagOf('b.txt')).toBe(await etagOf('a.css'))
    expect(await etagOf('c.css')).not.toBe(await etagOf('a.css'))
  })

  it('of a large file is of its figures', async () => {
    const { etagOf, spy } = storing({ 'a.bin': LARGE, 'b.bin': LARGE })
    expect(await etagOf('a.bin')).toMatch(STRONG)
    expect(await etagOf('a.bin')).toBe(await etagOf('a.bin'))
    expect(await etagOf('b.bin')).not.toBe(await etagOf('a.bin'))
    expect(spy.opened).toEqual([])
  })

  it('of a large file is of its content too where that is asked for, and is made once', async () => {
    const { etagOf, describe, spy } = storing(
      { 'a.bin': LARGE, 'b.bin': LARGE, 'c.bin': `${LARGE.slice(1)}y` },
      { etag: 'content' },
    )
    expect(await etagOf('b.bin')).toBe(await etagOf('a.bin'))
    expect(await etagOf('c.bin')).not.toBe(await etagOf('a.bin'))
    expect(textOf(await describe('a.bin'))).toBe('on the disk')
    expect([spy.opened.length, spy.open.size]).toEqual([3, 0])
  })

  it('is the same for a file whether it is in memory or hashed from the disk', async () => {
    const small = storing({ 'a.bin': LARGE }, { etag: 'content', memoryFileBytesMax: '1KiB' })
    const large = storing({ 'a.bin': LARGE }, { memoryFileBytesMax: '1MiB' })
    expect(await small.etagOf('a.bin')).toBe(await large.etagOf('a.bin'))
  })

  it('has one for each coding', async () => {
    const { describe } = storing({ 'a.css': TEXT })
    const [br, gzip, identity] = representations(await describe('a.css', ALL)).map(
      ({ etag }) => etag,
    )
    const bare = identity!.slice(0, -1)
    expect([br, gzip]).toEqual([`${bare}-br"`, `${bare}-gzip"`])
  })

  it('of a coded file beside it is of that', async () => {
    const { describe, folder, etagOf } = storing({ 'a.css': TEXT, 'a.css.br': 'coded' })
    const before = first(await describe('a.css', 'br'))
    const identity = await etagOf('a.css')
    writeFileSync(join(folder, 'a.css.br'), 'CODED')
    const after = first(await describe('a.css', 'br'))
    expect([before.coding, after.coding]).toEqual(['br', 'br'])
    expect(after.etag).not.toBe(before.etag)
    expect(await etagOf('a.css')).toBe(identity)
  })
})

describe('a file that was just changed', () => {
  it.each([
    ['small', TEXT],
    ['large', LARGE],
  ])('has a weak tag for a second: %s', async (_, content) => {
    const { etagOf, time } = storing({ 'a.css': content })
    time.aheadMs = 0
    const weak = await etagOf('a.css')
    expect(weak).toMatch(/^W\/"/)
    time.aheadMs = 1000
    expect(await etagOf('a.css')).toBe(weak.slice(2))
  })

  it('is not kept, nor is anything made of it', async () => {
    const { describe, time, spy, coder } = storing({ 'a.css': TEXT })
    time.aheadMs = 0
    for (let i = 0; i < 3; i++) await (await describe('a.css', ALL)).compressInBackground('br')
    expect(spy.opened).toHaveLength(3)
    expect(coder.made).toEqual([])
    time.aheadMs = 1000
    for (let i = 0; i < 3; i++) await (await describe('a.css', ALL)).compressInBackground('br')
    expect(spy.opened).toHaveLength(4)
    expect(coder.made).toHaveLength(1)
  })

  it('is not taken for empty where it was large when it was looked at', async () => {
    const { find, describeFound, describe, folder } = storing(
      { 'a.css': LARGE },
      { etag: 'content' },
    )
    const found = await find('a.css')
    writeFileSync(join(folder, 'a.css'), TEXT)
    await describeFound(found, undefined)
    expect(textOf(await describe('a.css'))).toBe(TEXT)
  })

  it('is compressed for who takes nothing else, and that is not kept', async () => {
    const { describe, time, coder } = storing({ 'a.css': TEXT })
    time.aheadMs = 0
    for (let i = 0; i < 2; i++) {
      const stored = await describe('a.css', 'gzip, identity;q=0')
      expect(sizes(stored)).toBe('gzip unmade')
      await stored.compressNow('gzip')
      expect(sizes(stored)).toBe('gzip 100')
      expect(first(stored).etag).toMatch(/^W\/".*-gzip"$/)
    }
    expect(coder.made).toHaveLength(2)
  })
})

describe('a file in memory', () => {
  it('is read once', async () => {
    const { describe, spy } = storing({ 'a.css': TEXT })
    for (let i = 0; i < 3; i++) expect(textOf(await describe('a.css'))).toBe(TEXT)
    expect([spy.opened.length, spy.open.size]).toEqual([1, 0])
  })

  it('is read once by all who ask at the same time', async () => {
    const { describe, spy } = storing({ 'a.css': TEXT })
    const all = await Promise.all(Array.from({ length: 20 }, () => describe('a.css', ALL)))
    for (const stored of all) expect(textOf(stored)).toBe(TEXT)
    expect(spy.opened).toHaveLength(1)
  })

  it('is the file that it is read as, whatever it was when it was looked at', async () => {
    const { describeFound, find, folder, spy } = storing({ 'a.css': TEXT })
    const found = await find('a.css')
    writeFileSync(join(folder, 'a.css'), 'short')
    const stored = await describeFound(found, undefined)
    expect([first(stored).size, textOf(stored)]).toEqual([5, 'short'])
    // It is kept under its own version.
    expect(first(await describeFound(await find('a.css'), undefined)).etag).toBe(first(stored).etag)
    expect(spy.opened).toHaveLength(1)
  })

  it.each<[string, (path: string) => void]>([
    ['written', path => writeFileSync(path, 'NEW')],
    [
      'written, and its time set back',
      path => {
        writeFileSync(path, 'NEW')
        utimesSync(path, 1_000_000_000, 1_000_000_000)
      },
    ],
    [
      'replaced by one of the same size and time',
      path => {
        writeFileSync(`${path}.new`, 'NEW')
        utimesSync(`${path}.new`, 1_000_000_000, 1_000_000_000)
        renameSync(`${path}.new`, path)
      },
    ],
  ])('is read again when it is %s', async (_, change) => {
    const { describe, folder } = storing({ 'a.css': 'OLD' })
    const path = join(folder, 'a.css')
    utimesSync(path, 1_000_000_000, 1_000_000_000)
    expect(textOf(await describe('a.css'))).toBe('OLD')
    await new Promise(done => setTimeout(done, 20))
    change(path)
    expect(textOf(await describe('a.css'))).toBe('NEW')
  })

  it('takes only so much of it, and leaves when others are used more', async () => {
    const names = ['a', 'b', 'c', 'd']
    const tree = Object.fromEntries(names.map(name => [name, name.repeat(400)]))
    const { describe, spy, folder } = storing(tree, { memoryBytesMax: '1KiB' })
    await describe('a')
    await describe('b')
    await describe('a')
    await describe('c')
    expect(spy.opened.map(path => path.slice(folder.length + 1))).toEqual(['a', 'b', 'c'])
    spy.opened.length = 0
    await describe('a')
    await describe('b')
    expect(spy.opened.map(path => path.slice(folder.length + 1))).toEqual(['b'])
  })

  it('is not kept where there is no memory for it', async () => {
    const { describe, spy } = storing({ a: 'A' }, { memoryBytesMax: 0 })
    for (let i = 0; i < 2; i++) expect(textOf(await describe('a'))).toBe('A')
    expect(spy.opened).toHaveLength(2)
  })

  it('is on the disk from one byte more on than is kept of one file', async () => {
    const { describe } = storing(
      { a: 'x'.repeat(100), b: 'x'.repeat(101) },
      { memoryFileBytesMax: 100 },
    )
    expect(textOf(await describe('a'))).toBe('x'.repeat(100))
    expect(textOf(await describe('b'))).toBe('on the disk')
  })

  it('is asked for by its bytes alone', async () => {
    const { store, root, find } = storing({ a: 'A', 'b.bin': LARGE })
    expect(
      Buffer.from((await store.contentOf(await root, (await find('a')).identity!))!).toString(),
    ).toBe('A')
    expect(await store.contentOf(await root, (await find('b.bin')).identity!)).toBeUndefined()
  })

  it('tells the same file below another root by the path that it has there', async () => {
    const { folder, store, spy } = storing(
      { 'one/a.bin': LARGE, 'two/b.bin/': '' },
      { etag: 'content' },
    )
    rmSync(join(folder, 'two/b.bin'), { recursive: true })
    linkSync(join(folder, 'one/a.bin'), join(folder, 'two/b.bin'))
    const one = await rootOf(join(folder, 'one'), spy.fileSystem)
    const two = await rootOf(join(folder, 'two'), spy.fileSystem)
    const found = [await findFile(one, ['a.bin']), await findFile(two, ['b.bin'])] as FoundAsset[]
    const [, stored] = await Promise.all([
      store.describe(one, found[0]!, undefined),
      store.describe(two, found[1]!, undefined),
    ])
    expect((stored as StoredAsset).sourceOf('identity')).toMatchObject({
      kind: 'disk',
      segments: ['b.bin'],
    })
  })
})

describe('what is compressed', () => {
  it('is made when it is wanted, once, and is there for the next', async () => {
    const { describe, coder, spy } = storing({ 'a.css': TEXT })
    const stored = await describe('a.css', ALL)
    expect(sizes(stored)).toBe('br unmade, gzip unmade, identity 1900')
    await Promise.all([
      stored.compressInBackground('br'),
      stored.compressInBackground('br'),
      (await describe('a.css', ALL)).compressInBackground('br'),
    ])
    expect(coder.made).toEqual(['br of 1900'])
    const next = await describe('a.css', ALL)
    expect(sizes(next)).toBe('br 100, gzip unmade, identity 1900')
    expect(textOf(next, 'br')).toBe('\x01'.repeat(100))
    await next.compressInBackground('br')
    expect(coder.made).toHaveLength(1)
    expect(spy.opened).toHaveLength(1)
  })

  it('is there for who has waited for it', async () => {
    const { describe } = storing({ 'a.css': TEXT })
    const stored = await describe('a.css', 'gzip, identity;q=0')
    await stored.compressNow('gzip')
    expect(sizes(stored)).toBe('gzip 100')
    expect(textOf(stored, 'gzip')).toBe('\x02'.repeat(100))
  })

  it('is not made again for who waits, where it was made meanwhile', async () => {
    const { describe, coder } = storing({ 'a.css': TEXT })
    const [one, other] = [await describe('a.css', ALL), await describe('a.css', 'br, identity;q=0')]
    await one.compressInBackground('br')
    await other.compressNow('br')
    expect(sizes(other)).toBe('br 100')
    expect(coder.made).toEqual(['br of 1900'])
  })

  it('is not sent where it came out no smaller, nor tried again, but for who takes nothing else', async () => {
    const { describe, coder } = storing({ 'a.css': TEXT })
    coder.size = TEXT.length
    for (let i = 0; i < 3; i++) {
      const stored = await describe('a.css', 'gzip')
      expect(sizes(stored)).toBe('gzip unmade, identity 1900')
      await stored.compressInBackground('gzip')
    }
    expect(coder.made).toHaveLength(1)
    const stored = await describe('a.css', 'gzip, identity;q=0')
    await stored.compressNow('gzip')
    expect(sizes(stored)).toBe('gzip 1900')
  })

  it('is tried again where it could not be made', async () => {
    const { describe, coder } = storing({ 'a.css': TEXT })
    coder.before = () => Promise.reject(new Error('no memory'))
    const stored = await describe('a.css', 'gzip, identity;q=0')
    await expect(stored.compressNow('gzip')).rejects.toThrow('no memory')
    await stored.compressInBackground('gzip')
    coder.before = async () => {}
    await stored.compressNow('gzip')
    expect(sizes(stored)).toBe('gzip 100')
  })

  it('is read from the disk where the file is too large for memory', async () => {
    const { describe, coder, spy } = storing({ 'a.css': LARGE })
    const stored = await describe('a.css', ALL)
    await stored.compressInBackground('br')
    expect(coder.made).toEqual([`br of ${LARGE.length}`])
    expect(sizes(await describe('a.css', ALL))).toBe(
      `br 100, gzip unmade, identity ${LARGE.length}`,
    )
    expect([spy.opened.length, spy.open.size]).toEqual([1, 0])
  })

  it('is nothing where the file is another by then', async () => {
    const { describe, coder, folder } = storing({ 'a.css': LARGE })
    const stored = await describe('a.css', 'br, identity;q=0')
    appendFileSync(join(folder, 'a.css'), 'more')
    await stored.compressInBackground('br')
    expect(await stored.compressNow('br')).toBe(false)
    expect(coder.made).toEqual([])
    // Nothing of the old file is kept for the new.
    expect(sizes(await describe('a.css', 'br'))).toBe(`br unmade, identity ${LARGE.length + 4}`)
  })

  it.each([
    ['a.css', 1023, false],
    ['a.css', 1024, true],
    ['a.png', 5000, false],
    ['a.zip', 5000, false],
    ['a', 5000, false],
    ['a.svg', 5000, true],
  ])('is made of %s of %d bytes: %s', async (name, size, expected) => {
    const { describe } = storing({ [name]: 'x'.repeat(size) })
    const stored = await describe(name, ALL)
    expect(sizes(stored).startsWith('br unmade')).toBe(expected)
    expect(stored.asset('').isNegotiable).toBe(expected)
  })

  it.each([
    [{}, 10 * KIB * KIB, true],
    [{}, 10 * KIB * KIB + 1, false],
    [{ memoryBytesMax: '16KiB' }, 4 * KIB, true],
    [{ memoryBytesMax: '16KiB' }, 4 * KIB + 1, false],
    [{ compressionsMax: 0 }, 5000, false],
  ])('is made as far as there is room: %j, %d bytes: %s', async (options, size, expected) => {
    const { describe } = storing({ 'a.css': 'x'.repeat(size) }, options)
    expect((await describe('a.css', ALL)).asset('').isNegotiable).toBe(expected)
  })
})

describe('what is left out', () => {
  it('is no longer among what there is', async () => {
    const { describe } = storing({ 'a.bin': TEXT, 'a.bin.gz': 'gz!' })
    const stored = await describe('a.bin', 'gzip')
    expect([stored.dropRepresentation('gzip'), sizes(stored)]).toEqual([true, 'identity 1900'])
    const only = await describe('a.bin', 'gzip, identity;q=0')
    expect([only.dropRepresentation('gzip'), sizes(only)]).toEqual([false, ''])
  })
})

describe('what is negotiated', () => {
  it.each([
    [undefined, 'identity 1900'],
    ['gzip', 'gzip 3, identity 1900'],
    ['gzip, br', 'br 4, gzip 3, identity 1900'],
    ['gzip, br;q=0.5', 'gzip 3, br 4, identity 1900'],
    ['zstd', 'identity 1900'],
    ['identity;q=0, *', 'br 4, gzip 3'],
    ['identity;q=0', ''],
  ])('by Accept-Encoding %s: %s', async (accepted, expected) => {
    const { describe } = storing({ 'a.bin': TEXT, 'a.bin.gz': 'gz!', 'a.bin.br': 'brot' })
    const stored = await describe('a.bin', accepted)
    expect(sizes(stored)).toBe(expected)
    expect(stored.asset('').isNegotiable).toBe(true)
  })

  it('is so also where there is only one, which not all can read', async () => {
    const { describe } = storing({ 'a.bin.gz': 'gz!' })
    for (const accepted of [undefined, 'gzip'])
      expect(sizes(await describe('a.bin', accepted)), accepted).toBe('gzip 3')
    const stored = await describe('a.bin', 'br')
    expect([sizes(stored), stored.asset('').isNegotiable]).toEqual(['', true])
  })

  it('prefers what is beside the file to what can be made', async () => {
    const { describe, coder } = storing({ 'a.css': TEXT, 'a.css.br': 'brot' })
    const stored = await describe('a.css', ALL)
    expect(sizes(stored)).toBe('br 4, gzip unmade, identity 1900')
    await stored.compressInBackground('gzip')
    expect(coder.made).toEqual(['gzip of 1900'])
  })

  it('reads no file that is not acceptable', async () => {
    const { describe, spy, folder } = storing({ 'a.css': TEXT, 'a.css.br': 'brot' })
    await describe('a.css')
    expect(spy.opened).toEqual([join(folder, 'a.css')])
  })
})

describe('what cannot be had', () => {
  it.each([
    ['EACCES', 'forbidden'],
    ['EMFILE', 'busy'],
    ['ENOENT', 'missing'],
  ])('is told: %s', async (code, kind) => {
    const { store, root, find, spy } = storing({ a: 'A' })
    const found = await find('a')
    spy.beforeOpen = () => Promise.reject(systemError(code))
    expect(await store.describe(await root, found, undefined)).toEqual({ kind })
    expect(await store.contentOf(await root, found.identity!)).toBeUndefined()
    // And is forgotten.
    spy.beforeOpen = () => {}
    expect(await store.describe(await root, found, undefined)).toMatchObject({ kind: 'stored' })
  })

  it('is an error to all who wait for it, where the disk fails, and only to them', async () => {
    const { describe, spy } = storing({ a: 'A' })
    spy.beforeRead = () => Promise.reject(systemError('EIO'))
    const failed = [describe('a'), describe('a')]
    for (const one of failed) await expect(one).rejects.toThrow('EIO')
    spy.beforeRead = () => {}
    expect(textOf(await describe('a'))).toBe('A')
    expect(spy.open.size).toBe(0)
  })

  it.each([
    ['may not be read', 'EACCES'],
    ['has gone', 'ENOENT'],
  ])('is left out where it is a coded file that %s: there is the file itself', async (_, code) => {
    const { describe, find, describeFound, spy } = storing({ 'a.css': TEXT, 'a.css.br': 'brot' })
    const found = await find('a.css')
    spy.beforeOpen = path => path.endsWith('.br') && Promise.reject(systemError(code))
    expect(sizes(await describeFound(found, 'br'))).toBe('identity 1900')
    expect((await describe('a.css', 'br')).asset('').isNegotiable).toBe(true)
  })

  it('is told where there is nothing but a coded file, and that cannot be had', async () => {
    const { store, root, find, spy } = storing({ 'a.css.br': 'brot' })
    const found = await find('a.css')
    spy.beforeOpen = () => Promise.reject(systemError('EACCES'))
    expect(await store.describe(await root, found, 'br')).toEqual({ kind: 'forbidden' })
  })
})
