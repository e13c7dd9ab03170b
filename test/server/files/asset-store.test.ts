import {
  appendFileSync,
  chmodSync,
  closeSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Coding } from '../../../src/response/index.ts'
import type { Representation } from '../../../src/response/static-plan.ts'
import type { ConfigOptions } from '../../../src/server/config/rule-options.ts'
import { systemClock } from '../../../src/server/connection/clock.ts'
import { AssetStore, type StoredAsset } from '../../../src/server/files/asset-store.ts'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import type { ContentCoder } from '../../../src/server/files/content-coder.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { type FoundAsset, findFile } from '../../../src/server/files/resolve-path.ts'
import { systemError } from '../fake-file-system.ts'
import { configWith } from '../fake-server.ts'
import { SpiedFileSystem } from '../spied-file-system.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf, runIn } from './root-of.ts'

const KIB = 1024
const TEXT = 'body { margin: 0 }\n'.repeat(100)
const BUFFER_BYTES = 50 * KIB
const LARGE = 'x'.repeat(300 * KIB)
const ALL = 'br, zstd, gzip'

/** Compresses everything to `size` bytes, and records its calls. */
class FakeCoder implements ContentCoder {
  readonly codings = ['br', 'gzip'] as const
  readonly calls: string[] = []
  size = 100
  before: () => Promise<void> = async () => {}

  async compress(bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
    this.calls.push(`${coding} of ${bytes.length}`)
    await this.before()
    return new Uint8Array(this.size).fill(coding === 'br' ? 1 : 2)
  }
}

/** Opens a store over a folder whose files seem to be 10 s old. */
function openStore(tree: Tree, options: ConfigOptions = {}) {
  const folder = temporaryFolder(tree)
  const coder = new FakeCoder()
  const time = { aheadMs: 10_000 }
  const spy = new SpiedFileSystem()
  const store = new AssetStore(configWith({ memoryFileBytesMax: '256KiB', ...options }), {
    fileSystem: spy.fileSystem,
    coder,
    clock: { ...systemClock, wallMs: () => Date.now() + time.aheadMs },
    buffers: new BufferPool(BUFFER_BYTES, BUFFER_BYTES, 4),
  })
  // Each look is a new one.
  let nowMs = 0
  const root = rootOf(folder, spy.fileSystem, { revalidateMs: 0 }, () => nowMs++)
  const find = async (name: string): Promise<FoundAsset> => {
    const found = await runIn(root, one => findFile(one, name.split('/')))
    if (found.kind !== 'asset') throw new Error(`${name} is ${found.kind}`)
    return found
  }
  const describeFound = async (
    found: FoundAsset,
    acceptEncoding: string | undefined,
  ): Promise<StoredAsset> => {
    const stored = await runIn(root, one => store.describe(one, found, acceptEncoding))
    if (stored.kind !== 'stored') throw new Error(`the file is ${stored.kind}`)
    return stored
  }
  const describe = async (name: string, acceptEncoding?: string) =>
    describeFound(await find(name), acceptEncoding)
  const etagOf = async (name: string): Promise<string> => first(await describe(name)).etag
  return { folder, coder, time, spy, store, root, find, describe, describeFound, etagOf }
}

function representations(stored: StoredAsset): readonly Representation[] {
  return stored.asset('').representations
}

function first(stored: StoredAsset): Representation {
  return representations(stored)[0]!
}

/** Returns the codings of the representations with their sizes. */
const summarise = (stored: StoredAsset): string =>
  representations(stored)
    .map(({ coding, size }) => `${coding} ${size ?? 'not compressed'}`)
    .join(', ')

function textOf(stored: StoredAsset, coding: Coding | 'identity' = 'identity'): string {
  const source = stored.sourceOf(coding)
  return source.kind === 'memory' ? Buffer.from(source.bytes).toString() : 'on disk'
}

const STRONG = /^"[\w-]{22}"$/

describe('the entity-tag', () => {
  it('depends on the content alone for a small file, so that replicas agree', async () => {
    const { folder, etagOf } = openStore({ 'a.css': TEXT, 'b.txt': TEXT, 'c.css': `${TEXT} ` })
    utimesSync(join(folder, 'b.txt'), 1_000_000_000, 1_000_000_000)
    expect(await etagOf('a.css')).toMatch(STRONG)
    expect(await etagOf('b.txt')).toBe(await etagOf('a.css'))
    expect(await etagOf('c.css')).not.toBe(await etagOf('a.css'))
  })

  it('depends on the status and samples for a large file, which are read once', async () => {
    const { etagOf, spy } = openStore({ 'a.bin': LARGE, 'b.bin': LARGE })
    const reads: number[] = []
    spy.beforeRead = position => reads.push(position)
    expect(await etagOf('a.bin')).toMatch(STRONG)
    expect(reads).toHaveLength(8)
    expect([reads[0], reads.at(-1)]).toEqual([0, LARGE.length - 4096])
    expect(await etagOf('a.bin')).toBe(await etagOf('a.bin'))
    expect(await etagOf('b.bin')).not.toBe(await etagOf('a.bin'))
    expect(spy.opened).toHaveLength(2)
  })

  it('depends on the content of a large file with etag: content, and is computed once', async () => {
    const { etagOf, describe, spy } = openStore(
      { 'a.bin': LARGE, 'b.bin': LARGE, 'c.bin': `${LARGE.slice(1)}y` },
      { etag: 'content' },
    )
    expect(await etagOf('b.bin')).toBe(await etagOf('a.bin'))
    expect(await etagOf('c.bin')).not.toBe(await etagOf('a.bin'))
    expect(textOf(await describe('a.bin'))).toBe('on disk')
    expect([spy.opened.length, spy.open.size]).toEqual([3, 0])
  })

  it('is the same for a file in memory and for one that is hashed in pieces', async () => {
    const small = openStore({ 'a.bin': LARGE }, { etag: 'content', memoryFileBytesMax: '1KiB' })
    const large = openStore({ 'a.bin': LARGE }, { memoryFileBytesMax: '1MiB' })
    expect(await small.etagOf('a.bin')).toBe(await large.etagOf('a.bin'))
  })

  it('differs for each coding', async () => {
    const { describe } = openStore({ 'a.css': TEXT })
    const [br, gzip, identity] = representations(await describe('a.css', ALL)).map(
      ({ etag }) => etag,
    )
    const prefix = identity!.slice(0, -1)
    expect([br, gzip]).toEqual([`${prefix}-br"`, `${prefix}-gzip"`])
  })

  it('depends on the precompressed file for its coding', async () => {
    const { describe, folder, etagOf } = openStore({ 'a.css': TEXT, 'a.css.br': 'coded' })
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
  ])('has a weak entity-tag for one second: %s', async (_, content) => {
    const { etagOf, time } = openStore({ 'a.css': content })
    time.aheadMs = 0
    const weak = await etagOf('a.css')
    expect(weak).toMatch(/^W\/"/)
    time.aheadMs = 1000
    expect(await etagOf('a.css')).toBe(weak.slice(2))
  })

  it('is neither cached nor compressed in the background', async () => {
    const { describe, time, spy, coder } = openStore({ 'a.css': TEXT })
    time.aheadMs = 0
    for (let i = 0; i < 3; i++) await (await describe('a.css', ALL)).compressInBackground('br')
    expect(spy.opened).toHaveLength(3)
    expect(coder.calls).toEqual([])
    time.aheadMs = 1000
    for (let i = 0; i < 3; i++) await (await describe('a.css', ALL)).compressInBackground('br')
    expect(spy.opened).toHaveLength(4)
    expect(coder.calls).toHaveLength(1)
  })

  it('is not cached as empty if it was large when its status was read', async () => {
    const { find, describeFound, describe, folder } = openStore(
      { 'a.css': LARGE },
      { etag: 'content' },
    )
    const found = await find('a.css')
    writeFileSync(join(folder, 'a.css'), TEXT)
    await describeFound(found, undefined)
    expect(textOf(await describe('a.css'))).toBe(TEXT)
  })

  it('is compressed for a client that accepts nothing else, and the result is not cached', async () => {
    const { describe, time, coder } = openStore({ 'a.css': TEXT })
    time.aheadMs = 0
    for (let i = 0; i < 2; i++) {
      const stored = await describe('a.css', 'gzip, identity;q=0')
      expect(summarise(stored)).toBe('gzip not compressed')
      await stored.compressNow('gzip', true)
      expect(summarise(stored)).toBe('gzip 100')
      expect(first(stored).etag).toMatch(/^W\/".*-gzip"$/)
    }
    expect(coder.calls).toHaveLength(2)
  })
})

describe('a file in memory', () => {
  it('is read once', async () => {
    const { describe, spy } = openStore({ 'a.css': TEXT })
    for (let i = 0; i < 3; i++) expect(textOf(await describe('a.css'))).toBe(TEXT)
    expect([spy.opened.length, spy.open.size]).toEqual([1, 0])
  })

  it('is read once for concurrent requests', async () => {
    const { describe, spy } = openStore({ 'a.css': TEXT })
    const all = await Promise.all(Array.from({ length: 20 }, () => describe('a.css', ALL)))
    for (const stored of all) expect(textOf(stored)).toBe(TEXT)
    expect(spy.opened).toHaveLength(1)
  })

  it('is described as it was when it was read, not when its status was read', async () => {
    const { describeFound, find, folder, spy } = openStore({ 'a.css': TEXT })
    const found = await find('a.css')
    writeFileSync(join(folder, 'a.css'), 'short')
    const stored = await describeFound(found, undefined)
    expect([first(stored).size, textOf(stored)]).toEqual([5, 'short'])
    // It is cached under the version that was read.
    expect(first(await describeFound(await find('a.css'), undefined)).etag).toBe(first(stored).etag)
    expect(spy.opened).toHaveLength(1)
  })

  it.each<[string, (path: string) => void]>([
    ['written', path => writeFileSync(path, 'NEW')],
    [
      'written, and its mtime set back',
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
    const { describe, folder } = openStore({ 'a.css': 'OLD' })
    const path = join(folder, 'a.css')
    utimesSync(path, 1_000_000_000, 1_000_000_000)
    expect(textOf(await describe('a.css'))).toBe('OLD')
    await new Promise(done => setTimeout(done, 20))
    change(path)
    expect(textOf(await describe('a.css'))).toBe('NEW')
  })

  it('is evicted if it is the least recently used and memory is full', async () => {
    const names = ['a', 'b', 'c', 'd']
    const tree = Object.fromEntries(names.map(name => [name, name.repeat(400)]))
    const { describe, spy, folder } = openStore(tree, { memoryBytesMax: 1400 })
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

  it('is not cached if memoryBytesMax is 0', async () => {
    const { describe, spy } = openStore({ a: 'A' }, { memoryBytesMax: 0 })
    for (let i = 0; i < 2; i++) expect(textOf(await describe('a'))).toBe('A')
    expect(spy.opened).toHaveLength(2)
  })

  it('is at most memoryFileBytesMax long; larger files stay on disk', async () => {
    const { describe } = openStore(
      { a: 'x'.repeat(100), b: 'x'.repeat(101) },
      { memoryFileBytesMax: 100 },
    )
    expect(textOf(await describe('a'))).toBe('x'.repeat(100))
    expect(textOf(await describe('b'))).toBe('on disk')
  })

  it('is returned by contentOf()', async () => {
    const { store, root, find } = openStore({ a: 'A', 'b.bin': LARGE })
    const contentOf = async (name: string): Promise<Uint8Array | undefined> => {
      const { identity } = await find(name)
      return runIn(root, one => store.contentOf(one, identity!))
    }
    expect(Buffer.from((await contentOf('a'))!).toString()).toBe('A')
    expect(await contentOf('b.bin')).toBeUndefined()
  })

  it('keeps its own path below each root if it is hard-linked', async () => {
    const { folder, store, spy } = openStore(
      { 'one/a.bin': LARGE, 'two/b.bin/': '' },
      { etag: 'content' },
    )
    rmSync(join(folder, 'two/b.bin'), { recursive: true })
    linkSync(join(folder, 'one/a.bin'), join(folder, 'two/b.bin'))
    const one = await rootOf(join(folder, 'one'), spy.fileSystem)
    const two = await rootOf(join(folder, 'two'), spy.fileSystem)
    const found = [
      await runIn(one, root => findFile(root, ['a.bin'])),
      await runIn(two, root => findFile(root, ['b.bin'])),
    ] as FoundAsset[]
    const [, stored] = await Promise.all([
      runIn(one, root => store.describe(root, found[0]!, undefined)),
      runIn(two, root => store.describe(root, found[1]!, undefined)),
    ])
    expect((stored as StoredAsset).sourceOf('identity')).toMatchObject({
      kind: 'disk',
      segments: ['b.bin'],
    })
  })
})

describe('a compressed representation', () => {
  it('is made once in the background, and described to the next request', async () => {
    const { describe, coder, spy } = openStore({ 'a.css': TEXT })
    const stored = await describe('a.css', ALL)
    expect(summarise(stored)).toBe('br not compressed, gzip not compressed, identity 1900')
    await Promise.all([
      stored.compressInBackground('br'),
      stored.compressInBackground('br'),
      (await describe('a.css', ALL)).compressInBackground('br'),
    ])
    expect(coder.calls).toEqual(['br of 1900'])
    const next = await describe('a.css', ALL)
    expect(summarise(next)).toBe('br 100, gzip not compressed, identity 1900')
    expect(textOf(next, 'br')).toBe('\x01'.repeat(100))
    await next.compressInBackground('br')
    expect(coder.calls).toHaveLength(1)
    expect(spy.opened).toHaveLength(1)
  })

  it('is available after compressNow()', async () => {
    const { describe } = openStore({ 'a.css': TEXT })
    const stored = await describe('a.css', 'gzip, identity;q=0')
    await stored.compressNow('gzip', true)
    expect(summarise(stored)).toBe('gzip 100')
    expect(textOf(stored, 'gzip')).toBe('\x02'.repeat(100))
  })

  it('is made by compressNow() for a response that need not have it, if it is smaller', async () => {
    const { describe, coder } = openStore({ 'a.css': TEXT })
    const stored = await describe('a.css', 'gzip')
    expect(await stored.compressNow('gzip', false)).toBe(true)
    expect(summarise(stored)).toBe('gzip 100, identity 1900')
    expect(stored.bodyOf('gzip')?.inMemory()).toEqual(new Uint8Array(100).fill(2))
    coder.size = TEXT.length
    const other = await describe('a.css', 'br')
    expect(await other.compressNow('br', false)).toBe(false)
    coder.before = () => Promise.reject(new Error('no memory'))
    const { describe: describeLast, coder: last } = openStore({ 'a.css': TEXT })
    last.before = coder.before
    expect(await (await describeLast('a.css', 'br')).compressNow('br', false)).toBe(false)
  })

  it.each([
    ['64 KiB', 64 * KIB, true],
    ['more', 64 * KIB + 1, false],
  ])('may be waited for if the file has %s', async (_, size, expected) => {
    const { describe } = openStore({ 'a.css': 'x'.repeat(size) })
    expect((await describe('a.css', ALL)).asset('').compressesAtOnce).toBe(expected)
    // What may still change is not kept, so that it would be compressed for each response.
    const recent = openStore({ 'a.css': 'x'.repeat(size) })
    recent.time.aheadMs = 0
    expect((await recent.describe('a.css', ALL)).asset('').compressesAtOnce).toBe(false)
  })

  it('is not made again by compressNow() if it was made meanwhile', async () => {
    const { describe, coder } = openStore({ 'a.css': TEXT })
    const [one, other] = [await describe('a.css', ALL), await describe('a.css', 'br, identity;q=0')]
    await one.compressInBackground('br')
    await other.compressNow('br', true)
    expect(summarise(other)).toBe('br 100')
    expect(coder.calls).toEqual(['br of 1900'])
  })

  it('is neither offered nor made again if it is not smaller, unless nothing else is accepted', async () => {
    const { describe, coder } = openStore({ 'a.css': TEXT })
    coder.size = TEXT.length
    for (let i = 0; i < 3; i++) {
      const stored = await describe('a.css', 'gzip')
      expect(summarise(stored)).toBe(`${i === 0 ? 'gzip not compressed, ' : ''}identity 1900`)
      await stored.compressInBackground('gzip')
    }
    expect(coder.calls).toHaveLength(1)
    const stored = await describe('a.css', 'gzip, identity;q=0')
    await stored.compressNow('gzip', true)
    expect(summarise(stored)).toBe('gzip 1900')
  })

  it('is made again after a failure', async () => {
    const { describe, coder } = openStore({ 'a.css': TEXT })
    coder.before = () => Promise.reject(new Error('no memory'))
    const stored = await describe('a.css', 'gzip, identity;q=0')
    await expect(stored.compressNow('gzip', true)).rejects.toThrow('no memory')
    await stored.compressInBackground('gzip')
    coder.before = async () => {}
    await stored.compressNow('gzip', true)
    expect(summarise(stored)).toBe('gzip 100')
  })

  it('is made from the file on disk if that is too large for memory', async () => {
    const { describe, coder, spy } = openStore({ 'a.css': LARGE })
    const stored = await describe('a.css', ALL)
    await stored.compressInBackground('br')
    expect(coder.calls).toEqual([`br of ${LARGE.length}`])
    expect(summarise(await describe('a.css', ALL))).toBe(
      `br 100, gzip not compressed, identity ${LARGE.length}`,
    )
    // Once for its tag, once to be compressed.
    expect([spy.opened.length, spy.open.size]).toEqual([2, 0])
  })

  it('is not made if the file has changed', async () => {
    const { describe, coder, folder } = openStore({ 'a.css': LARGE })
    const stored = await describe('a.css', 'br, identity;q=0')
    appendFileSync(join(folder, 'a.css'), 'more')
    await stored.compressInBackground('br')
    expect(await stored.compressNow('br', true)).toBe(false)
    expect(coder.calls).toEqual([])
    // Nothing of the old version is cached for the new one.
    expect(summarise(await describe('a.css', 'br'))).toBe(
      `br not compressed, identity ${LARGE.length + 4}`,
    )
  })

  it.each([
    ['a.css', 1023, false],
    ['a.css', 1024, true],
    ['a.png', 5000, false],
    ['a.zip', 5000, false],
    ['a', 5000, false],
    ['a.svg', 5000, true],
  ])('is made of %s with %d bytes: %s', async (name, size, expected) => {
    const { describe } = openStore({ [name]: 'x'.repeat(size) })
    const stored = await describe(name, ALL)
    expect(summarise(stored).startsWith('br not compressed')).toBe(expected)
    expect(stored.asset('').isNegotiable).toBe(expected)
  })

  it.each([
    [{}, 10 * KIB * KIB, true],
    [{}, 10 * KIB * KIB + 1, false],
    [{ memoryBytesMax: '16KiB' }, 4 * KIB, true],
    [{ memoryBytesMax: '16KiB' }, 4 * KIB + 1, false],
    [{ compressionsMax: 0 }, 5000, false],
  ])('is made within the limits of %j for %d bytes: %s', async (options, size, expected) => {
    const { describe } = openStore({ 'a.css': 'x'.repeat(size) }, options)
    expect((await describe('a.css', ALL)).asset('').isNegotiable).toBe(expected)
  })
})

describe('dropRepresentation', () => {
  it('removes a representation, and returns false for the last', async () => {
    const { describe } = openStore({ 'a.bin': TEXT, 'a.bin.gz': 'gz!' })
    const stored = await describe('a.bin', 'gzip')
    expect([stored.dropRepresentation('gzip'), summarise(stored)]).toEqual([true, 'identity 1900'])
    const only = await describe('a.bin', 'gzip, identity;q=0')
    expect([only.dropRepresentation('gzip'), summarise(only)]).toEqual([false, ''])
  })
})

describe('the negotiated representations', () => {
  it.each([
    [undefined, 'identity 1900'],
    ['gzip', 'gzip 3, identity 1900'],
    ['gzip, br', 'br 4, gzip 3, identity 1900'],
    ['gzip, br;q=0.5', 'gzip 3, br 4, identity 1900'],
    ['zstd', 'identity 1900'],
    ['identity;q=0, *', 'br 4, gzip 3'],
    ['identity;q=0', ''],
  ])('for Accept-Encoding %s are %s', async (acceptEncoding, expected) => {
    const { describe } = openStore({ 'a.bin': TEXT, 'a.bin.gz': 'gz!', 'a.bin.br': 'brot' })
    const stored = await describe('a.bin', acceptEncoding)
    expect(summarise(stored)).toBe(expected)
    expect(stored.asset('').isNegotiable).toBe(true)
  })

  it('may be one coded file, which not every client accepts', async () => {
    const { describe } = openStore({ 'a.bin.gz': 'gz!' })
    for (const acceptEncoding of [undefined, 'gzip'])
      expect(summarise(await describe('a.bin', acceptEncoding)), acceptEncoding).toBe('gzip 3')
    const stored = await describe('a.bin', 'br')
    expect([summarise(stored), stored.asset('').isNegotiable]).toEqual(['', true])
  })

  it('use a precompressed file instead of compressing', async () => {
    const { describe, coder } = openStore({ 'a.css': TEXT, 'a.css.br': 'brot' })
    const stored = await describe('a.css', ALL)
    expect(summarise(stored)).toBe('br 4, gzip not compressed, identity 1900')
    await stored.compressInBackground('gzip')
    expect(coder.calls).toEqual(['gzip of 1900'])
  })

  it('do not include unacceptable files, which are not read', async () => {
    const { describe, spy, folder } = openStore({ 'a.css': TEXT, 'a.css.br': 'brot' })
    await describe('a.css')
    expect(spy.opened).toEqual([join(folder, 'a.css')])
  })
})

describe('an .svgz file', () => {
  it.each([
    [undefined, 'gzip 4'],
    ['gzip', 'gzip 4'],
    ['br, gzip;q=0.1', 'gzip 4'],
    ['br', ''],
    ['identity', ''],
  ])('is SVG in gzip for Accept-Encoding %s: %s', async (acceptEncoding, expected) => {
    const { describe } = openStore({ 'a.svgz': 'gzip', 'B.SVGZ': 'gzip', 'a.svgz.br': 'br' })
    for (const name of ['a.svgz', 'B.SVGZ']) {
      const stored = await describe(name, acceptEncoding)
      expect(summarise(stored)).toBe(expected)
      expect(stored.asset('').isNegotiable).toBe(true)
    }
  })
})

describe('a .zst file with a window of more than 8 MiB', () => {
  const tooLarge = (length: number): string =>
    Buffer.concat([Buffer.from('28b52ffd0458', 'hex'), Buffer.alloc(length, 'x')]).toString(
      'latin1',
    )
  const FITS = tooLarge(3)
  const LARGE_WINDOW = `\x28\xb5\x2f\xfd\x04\x70`
  /** Latin-1 text is written as the bytes that it stands for. */
  const openWith = (zst: string, tree: Tree) => {
    const setup = openStore({ ...tree, 'a.bin.zst': '' })
    writeFileSync(join(setup.folder, 'a.bin.zst'), zst, 'latin1')
    return setup
  }

  it.each([
    ['small', LARGE_WINDOW],
    ['large', LARGE_WINDOW + LARGE],
  ])('is left out: a %s one', async (_, zst) => {
    for (const acceptEncoding of ['zstd', 'zstd, br']) {
      const { describe } = openWith(zst, { 'a.bin': TEXT })
      expect(summarise(await describe('a.bin', acceptEncoding))).toBe('identity 1900')
      expect(summarise(await describe('a.bin', acceptEncoding))).toBe('identity 1900')
    }
    const { describe } = openWith(zst, { 'a.bin': TEXT, 'a.bin.gz': 'gz' })
    expect(summarise(await describe('a.bin', 'zstd, gzip'))).toBe('gzip 2, identity 1900')
  })

  it('is missing if there is no other file, and served with a smaller window', async () => {
    const { store, root, find } = openWith(LARGE_WINDOW, {})
    const found = await find('a.bin')
    expect(await runIn(root, one => store.describe(one, found, 'zstd'))).toEqual({
      kind: 'missing',
    })
    const { describe } = openWith(FITS, { 'a.bin': TEXT })
    expect(summarise(await describe('a.bin', 'zstd'))).toBe('zstd 9, identity 1900')
  })
})

describe('an unavailable file', () => {
  it.each([
    ['EACCES', 'forbidden'],
    ['EMFILE', 'busy'],
    ['ENOENT', 'missing'],
  ])('is reported: %s as %s', async (code, kind) => {
    const { store, root, find, spy } = openStore({ a: 'A' })
    const found = await find('a')
    spy.beforeOpen = () => Promise.reject(systemError(code))
    expect(await runIn(root, one => store.describe(one, found, undefined))).toEqual({ kind })
    expect(await runIn(root, one => store.contentOf(one, found.identity!))).toBeUndefined()
    // The failure is not cached.
    spy.beforeOpen = () => {}
    expect(await runIn(root, one => store.describe(one, found, undefined))).toMatchObject({
      kind: 'stored',
    })
  })

  it('rejects for all concurrent requests if reading fails, and not for later ones', async () => {
    const { describe, spy } = openStore({ a: 'A' })
    spy.beforeRead = () => Promise.reject(systemError('EIO'))
    const failed = [describe('a'), describe('a')]
    const rejected = { status: 'rejected', reason: { code: 'EIO' } }
    expect(await Promise.allSettled(failed)).toMatchObject([rejected, rejected])
    spy.beforeRead = () => {}
    expect(textOf(await describe('a'))).toBe('A')
    expect(spy.open.size).toBe(0)
  })

  it.each([
    ['is not readable', 'EACCES'],
    ['was removed', 'ENOENT'],
  ])('is omitted if it is a precompressed file that %s', async (_, code) => {
    const { describe, find, describeFound, spy } = openStore({ 'a.css': TEXT, 'a.css.br': 'brot' })
    const found = await find('a.css')
    spy.beforeOpen = path => path.endsWith('.br') && Promise.reject(systemError(code))
    expect(summarise(await describeFound(found, 'br'))).toBe('identity 1900')
    expect((await describe('a.css', 'br')).asset('').isNegotiable).toBe(true)
  })

  it('is reported if it is the only, precompressed representation', async () => {
    const { store, root, find, spy } = openStore({ 'a.css.br': 'brot' })
    const found = await find('a.css')
    spy.beforeOpen = () => Promise.reject(systemError('EACCES'))
    expect(await runIn(root, one => store.describe(one, found, 'br'))).toEqual({
      kind: 'forbidden',
    })
  })
})

describe('a file of which only the ctime changes', () => {
  const OTHERS: [string, (path: string) => void][] = [
    ['linked', path => linkSync(path, `${path}2`)],
    ['given another mode', path => chmodSync(path, 0o600)],
    [
      'renamed and renamed back',
      path => {
        renameSync(path, `${path}2`)
        renameSync(`${path}2`, path)
      },
    ],
  ]
  /** Writes bytes to a position of a file, and puts its times back. */
  function rewrite(path: string, text: string, position: number): void {
    const { atime, mtime } = statSync(path)
    const fd = openSync(path, 'r+')
    writeSync(fd, text, position)
    closeSync(fd)
    utimesSync(path, atime, mtime)
  }
  const SETS: [string, string, ConfigOptions][] = [
    ['small', TEXT, {}],
    ['large', LARGE, {}],
    ['large, with etag: content', LARGE, { etag: 'content' }],
  ]
  const CASES = SETS.flatMap(([size, content, options]) =>
    OTHERS.map(([how, change]) => [size, how, content, options, change] as const),
  )

  it.each(CASES)(
    'keeps its strong tag: a %s one that is %s',
    async (_, __, text, options, change) => {
      const { folder, etagOf, time } = openStore({ 'a.css': text }, options)
      const path = join(folder, 'a.css')
      utimesSync(path, 1_000_000_000, 1_000_000_000)
      const etag = await etagOf('a.css')
      expect(etag).toMatch(STRONG)
      // Its ctime is of this moment.
      time.aheadMs = 0
      await new Promise(done => setTimeout(done, 20))
      change(path)
      expect(await etagOf('a.css')).toBe(etag)
    },
  )

  it.each(SETS)('gets another tag if it was rewritten: a %s one', async (_, text, options) => {
    const { folder, etagOf } = openStore({ 'a.css': text }, options)
    const path = join(folder, 'a.css')
    utimesSync(path, 1_000_000_000, 1_000_000_000)
    const tags = new Set([await etagOf('a.css')])
    for (const position of [0, text.length - 1]) {
      await new Promise(done => setTimeout(done, 20))
      rewrite(path, '!', position)
      tags.add(await etagOf('a.css'))
    }
    expect(tags.size).toBe(3)
  })

  it('keeps its tag if it is large and rewritten between its samples, as SECURITY.md says', async () => {
    const { folder, etagOf } = openStore({ 'a.bin': LARGE })
    const path = join(folder, 'a.bin')
    utimesSync(path, 1_000_000_000, 1_000_000_000)
    const etag = await etagOf('a.bin')
    await new Promise(done => setTimeout(done, 20))
    rewrite(path, '!', 4096)
    expect(await etagOf('a.bin')).toBe(etag)
  })

  it('keeps its compressed form', async () => {
    const { folder, describe, coder } = openStore({ 'a.css': TEXT })
    await (await describe('a.css', 'br')).compressInBackground('br')
    await new Promise(done => setTimeout(done, 20))
    chmodSync(join(folder, 'a.css'), 0o600)
    expect(summarise(await describe('a.css', 'br'))).toBe('br 100, identity 1900')
    expect(coder.calls).toHaveLength(1)
  })

  it.each(SETS)(
    'is compared by its descriptor, once for all that send it: %s',
    async (_, text, options) => {
      const { folder, store, root, describe, spy } = openStore({ a: text }, options)
      const path = join(folder, 'a')
      utimesSync(path, 1_000_000_000, 1_000_000_000)
      const digest = first(await describe('a')).etag.slice(1, -1)
      const fd = openSync(path, 'r')
      const changed = async (): Promise<readonly boolean[]> => {
        const status = await nodeFileSystem.fstat(fd)
        return Promise.all([0, 1].map(async () => store.hasContent(await root, fd, status, digest)))
      }
      let reads = 0
      spy.beforeRead = () => reads++
      await new Promise(done => setTimeout(done, 20))
      renameSync(path, `${path}2`)
      expect(await changed()).toEqual([true, true])
      expect(reads).toBe(text === TEXT ? 1 : options.etag ? LARGE.length / BUFFER_BYTES : 8)
      rewrite(`${path}2`, '!', 0)
      expect(await changed()).toEqual([false, false])
      closeSync(fd)
    },
  )
})
