import { renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/server/connection/clock.ts'
import { AssetStore, type StoredAsset } from '../../../src/server/files/asset-store.ts'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import { nodeContentCoder } from '../../../src/server/files/content-coder.ts'
import { type FoundAsset, findFile } from '../../../src/server/files/resolve-path.ts'
import type { SiteRoot } from '../../../src/server/files/site-root.ts'
import type { Unavailable } from '../../../src/server/files/unavailable.ts'
import { configWith } from '../fake-server.ts'
import { SpiedFileSystem } from '../spied-file-system.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { rootOf, runIn } from './root-of.ts'

const SMALL = 'of b, and nobody else\n'.repeat(100)
const LARGE = SMALL.repeat(20)

/** Two sites, each with a folder `dir`, over one store. */
async function twoSites(content: string) {
  const folder = temporaryFolder({
    'a/dir/f.txt': 'of a',
    'b/dir/f.txt': content,
    'b/dir/g.txt': content,
  })
  const spy = new SpiedFileSystem()
  const store = new AssetStore(configWith({ memoryFileBytesMax: '16KiB' }), {
    fileSystem: spy.fileSystem,
    coder: nodeContentCoder,
    clock: { ...systemClock, wallMs: () => Date.now() + 10_000 },
    buffers: new BufferPool(65_536, 65_536, 4),
  })
  const [a, b] = await Promise.all(
    ['a', 'b'].map(name => rootOf(join(folder, name), spy.fileSystem)),
  )
  /** Looks at a file of a, whose folder is swapped for a link to that of b between the looks. */
  const findSwapped = async (): Promise<FoundAsset> => {
    const dir = join(folder, 'a/dir')
    spy.beforeStat = path => {
      if (path !== join(dir, 'f.txt')) return
      spy.beforeStat = () => {}
      renameSync(dir, join(folder, 'a/dir.old'))
      symlinkSync(join(folder, 'b/dir'), dir)
    }
    return find(a!, 'f.txt')
  }
  const find = async (root: SiteRoot, name: string): Promise<FoundAsset> => {
    const found = await runIn(root, one => findFile(one, ['dir', name]))
    if (found.kind !== 'asset') throw new Error(`${name} is ${found.kind}`)
    return found
  }
  const describeIn = (root: SiteRoot, found: FoundAsset, acceptEncoding?: string) =>
    runIn(root, one => store.describe(one, found, acceptEncoding))
  return { a: a!, b: b!, find, findSwapped, describe: describeIn, spy }
}

/** The bytes in memory of each representation, undefined for one that is not in memory. */
function memoryOf(described: StoredAsset | Unavailable): readonly (Uint8Array | undefined)[] {
  if (described.kind !== 'stored') return []
  return described.asset('').representations.map(({ coding }) => {
    const source = described.sourceOf(coding)
    const held = described.bodyOf(coding)?.inMemory()
    return held ?? (source?.kind === 'memory' ? source.bytes : undefined)
  })
}

describe('a file of another root, under the path of a folder that was swapped for a link', () => {
  it('is not sent from memory', async () => {
    const { a, b, find, findSwapped, describe } = await twoSites(SMALL)
    const own = await describe(b, await find(b, 'f.txt'))
    expect(memoryOf(own).map(bytes => bytes?.length)).toEqual([SMALL.length])
    expect(await describe(a, await findSwapped())).toEqual({ kind: 'missing' })
  })

  it('is not sent from memory in its compressed form', async () => {
    const { a, b, find, findSwapped, describe } = await twoSites(LARGE)
    const found = await find(b, 'f.txt')
    const own = (await describe(b, found, 'gzip')) as StoredAsset
    expect(await own.compressNow('gzip', true)).toBe(true)
    expect(memoryOf(await describe(b, found, 'gzip'))[0]).toBeDefined()
    expect(await describe(a, await findSwapped(), 'gzip')).toEqual({ kind: 'missing' })
  })

  it('is not sent from a read that is under way for its own root', async () => {
    const { a, b, find, findSwapped, describe, spy } = await twoSites(SMALL)
    const own = await find(b, 'f.txt')
    const swapped = await findSwapped()
    let release = (): void => {}
    const released = new Promise<void>(done => {
      release = done
    })
    spy.beforeRead = () => released
    const [reading, other] = [describe(b, own), describe(a, swapped)]
    release()
    expect((await reading).kind).toBe('stored')
    expect(await other).toEqual({ kind: 'missing' })
  })
})

describe('the same folder under two policies', () => {
  it('shares nothing: where links may lead anywhere, more is cached', async () => {
    const folder = temporaryFolder({ 'out/f.txt': SMALL, 'site/f.txt': { link: '../out/f.txt' } })
    const spy = new SpiedFileSystem()
    const path = join(folder, 'site')
    const bounded = await rootOf(path, spy.fileSystem)
    const free = await rootOf(path, spy.fileSystem, { symlinks: 'anywhere' })
    expect(bounded.scope).not.toBe(free.scope)
    expect((await rootOf(path, spy.fileSystem)).scope).toBe(bounded.scope)
  })
})
