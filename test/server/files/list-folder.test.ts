import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import { listFolder } from '../../../src/server/files/list-folder.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { systemError } from '../fake-file-system.ts'
import { FIFO, temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

/** Lists a folder below a root. */
async function listBelow(
  folder: string,
  segments: readonly string[] = [],
  fileSystem: FileSystem = nodeFileSystem,
) {
  const listed = await listFolder(await rootOf(folder, fileSystem), segments, Date.now())
  if (listed.kind !== 'listed') throw new Error(`the folder is ${listed.kind}`)
  return listed
}

async function entriesOf(folder: string, segments?: readonly string[], fileSystem?: FileSystem) {
  return [...(await listBelow(folder, segments, fileSystem)).entries]
}

const namesIn = async (folder: string, segments: readonly string[] = []): Promise<string[]> =>
  (await entriesOf(folder, segments)).map(({ name }) => name).sort()

describe('listFolder', () => {
  it('lists the kind, size and time of files and folders', async () => {
    const folder = temporaryFolder({ 'a.txt': '12345', 'b/': '' })
    const modified = new Date('2026-11-22T09:05:59Z')
    utimesSync(join(folder, 'a.txt'), modified, modified)
    utimesSync(join(folder, 'b'), modified, modified)
    const entries = await entriesOf(folder)
    expect(entries.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'a.txt', isFolder: false, size: 5, modifiedMs: modified.getTime() },
      { name: 'b', isFolder: true, size: expect.any(Number), modifiedMs: modified.getTime() },
    ])
  })

  it('lists nothing for an empty folder', async () => {
    expect(await entriesOf(temporaryFolder())).toEqual([])
  })

  it('omits hidden names, except .well-known at the root', async () => {
    const tree = { '.env': '', '.well-known/a': '', a: '', '.statewire-upload-1': '' }
    const below = Object.fromEntries(Object.keys(tree).map(path => [`b/${path}`, '']))
    const folder = temporaryFolder({ ...tree, ...below })
    expect(await namesIn(folder)).toEqual(['.well-known', 'a', 'b'])
    expect(await namesIn(folder, ['b'])).toEqual(['a'])
  })

  it('omits what cannot be served: FIFOs, dangling links, loops', async () => {
    const folder = temporaryFolder({
      a: '',
      dangling: { link: 'x' },
      loop: { link: 'loop' },
      link: { link: 'a' },
      fifo: FIFO,
    })
    expect(await namesIn(folder)).toEqual(['a', 'link'])
  })

  it('lists at most 10 000 names, and reports that there are more', async () => {
    const folder = temporaryFolder({ a: '' })
    const { entries, isCapped } = await listBelow(folder, [], {
      ...nodeFileSystem,
      list: async () => Array.from({ length: 10_001 }, (_, i) => (i < 10_000 ? 'a' : 'b')),
    })
    expect([entries.length, isCapped, entries.at(-1)!.name]).toEqual([10_000, true, 'a'])
    expect(await listBelow(folder)).toMatchObject({ isCapped: false })
  })

  it('lists more names than it calls stat for at once', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `file-${i}`)
    const folder = temporaryFolder(Object.fromEntries(names.map(name => [name, name])))
    expect(await namesIn(folder)).toEqual(names.sort())
  })

  it('omits names that are removed during the listing', async () => {
    const folder = temporaryFolder({ a: '', b: '' })
    const lstat: FileSystem['lstat'] = path =>
      path.endsWith('/a') ? Promise.resolve(undefined) : nodeFileSystem.lstat(path)
    expect(
      (await entriesOf(folder, [], { ...nodeFileSystem, lstat })).map(({ name }) => name),
    ).toEqual(['b'])
  })

  it('rejects if the file system fails', async () => {
    const failing = { ...nodeFileSystem, list: () => Promise.reject(systemError('EIO')) }
    await expect(entriesOf(temporaryFolder(), [], failing)).rejects.toThrow('EIO')
  })

  it('omits links that lead outside the root, but not those to hidden names', async () => {
    const folder = temporaryFolder({
      'outside/secret.txt': 'S',
      'site/.env': '',
      'site/a.txt': 'A',
      'site/in.txt': { link: 'a.txt' },
      'site/out.txt': { link: '../outside/secret.txt' },
      'site/out': { link: '../outside' },
      'site/env.txt': { link: '.env' },
    })
    expect(await namesIn(join(folder, 'site'))).toEqual(['a.txt', 'env.txt', 'in.txt'])
  })

  it.each([
    ['EACCES', 'forbidden'],
    ['EMFILE', 'busy'],
    ['ENOENT', 'missing'],
  ])('maps %s to %s', async (code, kind) => {
    const root = await rootOf(temporaryFolder(), {
      ...nodeFileSystem,
      list: () => Promise.reject(systemError(code)),
    })
    expect(await listFolder(root, [], Date.now())).toEqual({ kind })
  })
})
