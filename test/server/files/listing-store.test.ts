import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ListingForm } from '../../../src/response/directory-listing.ts'
import { BY_NAME } from '../../../src/response/listing-sort.ts'
import { systemClock } from '../../../src/server/connection/clock.ts'
import type { StoredAsset } from '../../../src/server/files/asset-store.ts'
import { CompressionQueue } from '../../../src/server/files/compression-queue.ts'
import { nodeContentCoder } from '../../../src/server/files/content-coder.ts'
import type { DirectFileSystem, FileSystem } from '../../../src/server/files/file-system.ts'
import { ListingStore } from '../../../src/server/files/listing-store.ts'
import { nodeDirectFileSystem, nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { configWith } from '../fake-server.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

const REVALIDATE_MS = 1000
const JSON_BY_NAME: ListingForm = { type: 'application/json', sort: BY_NAME }
const NAMES = Array.from({ length: 20 }, (_, n) => `file-${n}`)
const TREE = Object.fromEntries(NAMES.map(name => [name, name]))

type Setup = {
  readonly memoryBytesMax?: string
  readonly fileSystem?: Partial<FileSystem>
  readonly direct?: DirectFileSystem
}

/** Listings of a folder, on a clock that the test moves. */
async function listingsOf(tree: Tree, { memoryBytesMax, fileSystem, direct }: Setup = {}) {
  const folder = temporaryFolder(tree)
  const time = { nowMs: 0 }
  // Ahead, so that the folders do not count as recently changed.
  const clock = {
    ...systemClock,
    wallMs: () => Date.now() + 10_000,
    monotonicMs: () => time.nowMs,
  }
  const calls: string[] = []
  const counting: FileSystem = {
    ...nodeFileSystem,
    list: (path, namesMax) => {
      calls.push('list')
      return nodeFileSystem.list(path, namesMax)
    },
    lstat: path => {
      calls.push('lstat')
      return nodeFileSystem.lstat(path)
    },
    ...fileSystem,
  }
  const root = await rootOf(
    folder,
    counting,
    { revalidateMs: REVALIDATE_MS },
    clock.monotonicMs,
    direct,
  )
  const config = configWith({
    list: true,
    revalidateMs: REVALIDATE_MS,
    ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }),
  })
  const listings = new ListingStore(config, clock, new CompressionQueue(nodeContentCoder, 1))
  const describeIn = async (
    segments: readonly string[],
    form: ListingForm = JSON_BY_NAME,
    acceptEncoding?: string,
  ) => root.run(listings.describe(root, segments, form, acceptEncoding))
  const entriesOf = async (segments: readonly string[] = []) => {
    const { entries } = JSON.parse(textOf(await describeIn(segments))) as {
      entries: { name: string; size: number }[]
    }
    return entries
  }
  return { folder, root, listings, describeIn, entriesOf, calls, time }
}

type Described = Awaited<ReturnType<Awaited<ReturnType<typeof listingsOf>>['describeIn']>>

function storedIn(described: Described): StoredAsset {
  if (described.kind !== 'stored') throw new Error(`the listing is ${described.kind}`)
  return described
}

function bytesOf(described: Described, coding: 'identity' | 'br' = 'identity'): Uint8Array {
  const source = storedIn(described).sourceOf(coding)
  if (source.kind !== 'memory') throw new Error('the listing is on disk')
  return source.bytes
}

const textOf = (described: Described): string => Buffer.from(bytesOf(described)).toString()

describe('ListingStore', () => {
  it('asks nothing of the file system within revalidateMs', async () => {
    const { describeIn, calls, time } = await listingsOf(TREE)
    const first = await describeIn([])
    const made = calls.length
    time.nowMs = REVALIDATE_MS - 1
    expect(bytesOf(await describeIn([]))).toBe(bytesOf(first))
    expect(calls).toHaveLength(made)
  })

  it('lists a file that has changed, after revalidateMs', async () => {
    const { entriesOf, folder, calls, time } = await listingsOf({ a: '1', b: '1' })
    expect(await entriesOf()).toMatchObject([
      { name: 'a', size: 1 },
      { name: 'b', size: 1 },
    ])
    // The version of the folder stays the same.
    appendFileSync(join(folder, 'a'), '23')
    time.nowMs = REVALIDATE_MS
    expect(await entriesOf()).toMatchObject([
      { name: 'a', size: 3 },
      { name: 'b', size: 1 },
    ])
    expect(calls.filter(call => call === 'list')).toHaveLength(1)
  })

  it('lists names that were added or removed, after revalidateMs', async () => {
    const { entriesOf, folder, time } = await listingsOf({ 's/a': '', 's/b': '' })
    const namesIn = async () => (await entriesOf(['s'])).map(({ name }) => name)
    expect(await namesIn()).toEqual(['a', 'b'])
    writeFileSync(join(folder, 's/c'), '')
    rmSync(join(folder, 's/a'))
    expect(await namesIn()).toEqual(['a', 'b'])
    time.nowMs = REVALIDATE_MS
    expect(await namesIn()).toEqual(['b', 'c'])
  })

  it('is never older than a look that it relied on', async () => {
    const { root, entriesOf, folder, time } = await listingsOf({ 's/a': '' })
    await root.run(root.stat(['s']))
    time.nowMs = REVALIDATE_MS - 1
    expect(await entriesOf(['s'])).toHaveLength(1)
    writeFileSync(join(folder, 's/b'), '')
    time.nowMs = REVALIDATE_MS
    expect(await entriesOf(['s'])).toHaveLength(2)
  })

  it('renders only what has changed', async () => {
    const { describeIn, folder, time } = await listingsOf({ 's/a': '1' })
    const first = await describeIn(['s'])
    time.nowMs = REVALIDATE_MS
    expect(bytesOf(await describeIn(['s']))).toBe(bytesOf(first))
    appendFileSync(join(folder, 's/a'), '2')
    time.nowMs = 2 * REVALIDATE_MS
    expect(bytesOf(await describeIn(['s']))).not.toBe(bytesOf(first))
  })

  it('keeps each order and type apart', async () => {
    const { describeIn } = await listingsOf({ a: '12', b: '1' })
    const bySize = { key: 'size', isDescending: false } as const
    const html = { type: 'text/html', sort: BY_NAME } as const
    // Twice, so that the second of each may be one that was kept.
    for (let time = 0; time < 2; time++) {
      expect(textOf(await describeIn([]))).toMatch(/^\{.*"a".*"b"/)
      expect(textOf(await describeIn([], { ...JSON_BY_NAME, sort: bySize }))).toMatch(
        /^\{.*"b".*"a"/,
      )
      expect(textOf(await describeIn([], html))).toMatch(/^<!doctype html>/)
    }
  })

  it('compresses a listing once, and again when it has changed', async () => {
    const { describeIn, folder, time } = await listingsOf(TREE)
    const first = await describeIn([], JSON_BY_NAME, 'br')
    expect(brotliDecompressSync(bytesOf(first, 'br')).toString()).toBe(textOf(first))
    time.nowMs = REVALIDATE_MS
    expect(bytesOf(await describeIn([], JSON_BY_NAME, 'br'), 'br')).toBe(bytesOf(first, 'br'))
    writeFileSync(join(folder, 'other'), '')
    time.nowMs = 2 * REVALIDATE_MS
    const second = await describeIn([], JSON_BY_NAME, 'br')
    expect(brotliDecompressSync(bytesOf(second, 'br')).toString()).toContain('"other"')
  })

  it('makes equal listings once, two others at a time, and no more than may wait', async () => {
    const held: (() => void)[] = []
    const { describeIn, folder } = await listingsOf(
      {},
      {
        fileSystem: {
          list: async () => {
            await new Promise<void>(done => held.push(done))
            return []
          },
        },
      },
    )
    const made = Array.from({ length: 67 }, (_, n) => {
      mkdirSync(join(folder, `${n}`))
      return describeIn([`${n}`])
    })
    const again = describeIn(['0'])
    while (held.length < 2) await nextTurn()
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    expect(held).toHaveLength(2)
    const results: string[] = []
    const ended = Promise.all(
      made.map(async one => {
        results.push((await one).kind)
      }),
    ).then(() => true)
    while (!(await Promise.race([ended, nextTurn()]))) held.shift()?.()
    // 2 were made at once, 64 waited.
    expect(results.filter(kind => kind === 'stored')).toHaveLength(66)
    expect(results[0]).toBe('busy')
    expect(bytesOf(await again)).toBe(bytesOf(await made[0]!))
  })

  it.each([
    ['0B', 0],
    ['64KiB', 16 * 1024],
  ])('keeps at most a quarter of %s', async (memoryBytesMax, bytesMax) => {
    const tree = Object.fromEntries(NAMES.map(name => [`${name}/a`, '']))
    const { listings, entriesOf, time } = await listingsOf(tree, { memoryBytesMax })
    for (const name of NAMES) expect(await entriesOf([name])).toHaveLength(1)
    expect(listings.bytes).toBeLessThanOrEqual(bytesMax)
    expect(listings.bytes > 0).toBe(bytesMax > 0)
    time.nowMs = REVALIDATE_MS
    expect(await entriesOf()).toHaveLength(NAMES.length)
  })

  it('lists 10 000 entries in many turns of the event loop', async () => {
    const names = Array.from({ length: 10_000 }, (_, n) => `${n}`)
    let looked = 0
    const { entriesOf, folder } = await listingsOf(
      { a: '' },
      {
        fileSystem: { list: async () => names },
        direct: {
          ...nodeDirectFileSystem,
          lstat: () => {
            looked++
            return nodeDirectFileSystem.lstat(join(folder, 'a'))
          },
        },
      },
    )
    let isMade = false
    const made = entriesOf().finally(() => {
      isMade = true
    })
    let turns = 0
    let most = 0
    while (!isMade) {
      const before = looked
      await nextTurn()
      turns++
      most = Math.max(most, looked - before)
    }
    expect(await made).toHaveLength(10_000)
    // 78 turns to check the names, 79 to look at them, and more to sort and render them.
    expect(turns).toBeGreaterThan(300)
    expect(most).toBeLessThanOrEqual(2 * 128)
  })
})
