import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type FileSystem, nodeFileSystem } from '../../../src/server/files/file-system.ts'
import { listFolder } from '../../../src/server/files/list-folder.ts'
import { systemError } from '../fake-file-system.ts'
import { FIFO, temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

async function listingOf(
  folder: string,
  segments: readonly string[] = [],
  fileSystem: FileSystem = nodeFileSystem,
) {
  const listed = await listFolder(await rootOf(folder, fileSystem), segments)
  if (listed.kind !== 'listed') throw new Error(`it is ${listed.kind}`)
  return listed
}

/** What is listed of a folder below a root. */
async function entriesOf(folder: string, segments?: readonly string[], fileSystem?: FileSystem) {
  return [...(await listingOf(folder, segments, fileSystem)).entries]
}

const namesIn = async (folder: string, segments: readonly string[] = []): Promise<string[]> =>
  (await entriesOf(folder, segments)).map(({ name }) => name).sort()

describe('listFolder', () => {
  it('tells of files and folders what they are', async () => {
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

  it('is empty for an empty folder', async () => {
    expect(await entriesOf(temporaryFolder())).toEqual([])
  })

  it('leaves out hidden names, but .well-known at the root', async () => {
    const tree = { '.env': '', '.well-known/a': '', a: '', '.statewire-upload-1': '' }
    const below = Object.fromEntries(Object.keys(tree).map(path => [`b/${path}`, '']))
    const folder = temporaryFolder({ ...tree, ...below })
    expect(await namesIn(folder)).toEqual(['.well-known', 'a', 'b'])
    expect(await namesIn(folder, ['b'])).toEqual(['a'])
  })

  it('leaves out what cannot be asked for: FIFOs, dangling links, loops', async () => {
    const folder = temporaryFolder({
      a: '',
      dangling: { link: 'x' },
      loop: { link: 'loop' },
      link: { link: 'a' },
      fifo: FIFO,
    })
    expect(await namesIn(folder)).toEqual(['a', 'link'])
  })

  it('says that there is more than it lists', async () => {
    const folder = temporaryFolder({ a: '' })
    const { entries, isCapped } = await listingOf(folder, [], {
      ...nodeFileSystem,
      list: async () => Array.from({ length: 10_001 }, (_, i) => (i < 10_000 ? 'a' : 'b')),
    })
    expect([entries.length, isCapped, entries.at(-1)!.name]).toEqual([10_000, true, 'a'])
    expect(await listingOf(folder)).toMatchObject({ isCapped: false })
  })

  it('lists more than it looks at together', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `file-${i}`)
    const folder = temporaryFolder(Object.fromEntries(names.map(name => [name, name])))
    expect(await namesIn(folder)).toEqual(names.sort())
  })

  it('leaves out what has gone meanwhile', async () => {
    const folder = temporaryFolder({ a: '', b: '' })
    const stat = (path: string) =>
      path.endsWith('/a') ? Promise.reject(systemError('ENOENT')) : nodeFileSystem.stat(path)
    expect(
      (await entriesOf(folder, [], { ...nodeFileSystem, stat })).map(({ name }) => name),
    ).toEqual(['b'])
  })

  it('rejects where the disk fails', async () => {
    const disk = { ...nodeFileSystem, list: () => Promise.reject(systemError('EIO')) }
    await expect(entriesOf(temporaryFolder(), [], disk)).rejects.toThrow('EIO')
  })

  it('leaves out links that lead outside, or to hidden names', async () => {
    const folder = temporaryFolder({
      'outside/secret.txt': 'S',
      'site/.env': '',
      'site/a.txt': 'A',
      'site/in.txt': { link: 'a.txt' },
      'site/out.txt': { link: '../outside/secret.txt' },
      'site/out': { link: '../outside' },
      'site/env.txt': { link: '.env' },
    })
    expect(await namesIn(join(folder, 'site'))).toEqual(['a.txt', 'in.txt'])
  })

  it.each([
    ['EACCES', 'forbidden'],
    ['EMFILE', 'busy'],
    ['ENOENT', 'missing'],
  ])('says why it cannot: %s', async (code, kind) => {
    const root = await rootOf(temporaryFolder(), {
      ...nodeFileSystem,
      list: () => Promise.reject(systemError(code)),
    })
    expect(await listFolder(root, [])).toEqual({ kind })
  })
})
