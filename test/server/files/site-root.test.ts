import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import type { Opened } from '../../../src/server/files/site-root.ts'
import { FakeFileSystem, systemError } from '../fake-file-system.ts'
import { FIFO, type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf, runOf } from './root-of.ts'

/** Returns the paths of the descriptors that this process has open below a folder. */
function openBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(folder) ? [path] : []
    } catch {
      return []
    }
  })
}

async function rootWith(tree: Tree, folder = temporaryFolder(tree)) {
  const root = runOf(await rootOf(folder))
  return { folder, root }
}

/** Returns the kind, and for a file its content; closes its descriptor. */
async function readOpened(opened: Opened): Promise<string> {
  if (opened.kind !== 'file') return opened.kind
  const content = readFileSync(opened.fd, 'utf8')
  await nodeFileSystem.close(opened.fd)
  return `file: ${content}`
}

describe('SiteRoot.of', () => {
  it.each([
    ['a file', 'file', 'ENOTDIR'],
    ['nothing', 'missing', 'ENOENT'],
  ])('rejects for %s', async (_, name, code) => {
    const folder = temporaryFolder({ file: '' })
    await expect(rootOf(join(folder, name))).rejects.toMatchObject({ code })
  })

  it('accepts a link to a folder', async () => {
    const folder = temporaryFolder({ 'v1/a': 'A', site: { link: 'v1' } })
    const root = runOf(await rootOf(join(folder, 'site')))
    expect(await readOpened(await root.open(['a']))).toBe('file: A')
  })
})

describe('SiteRoot.open', () => {
  it('opens files at any depth, and returns their size', async () => {
    const { root } = await rootWith({ a: 'A', 'b/c/d': 'deep', empty: '' })
    expect(await readOpened(await root.open(['a']))).toBe('file: A')
    expect(await readOpened(await root.open(['b', 'c', 'd']))).toBe('file: deep')
    const opened = await root.open(['empty'])
    expect(opened).toMatchObject({ kind: 'file', status: { kind: 'file', size: 0 } })
    await readOpened(opened)
  })

  it('returns the real paths of folders, the root among them', async () => {
    const { folder, root } = await rootWith({ 'b/c/d': '' })
    expect(await root.open([])).toEqual({ kind: 'folder', path: folder, fd: expect.any(Number) })
    expect(await root.open(['b', 'c'])).toEqual({
      kind: 'folder',
      path: `${folder}/b/c`,
      fd: expect.any(Number),
    })
  })

  it.each([
    ['no such name', ['x']],
    ['a name below a file', ['a', 'b']],
    ['a name that is too long', ['x'.repeat(256)]],
    ['a path that is too long', Array.from({ length: 3000 }, () => 'ab')],
    ['a name with a NUL', ['a\0b']],
  ])('returns missing for %s', async (_, segments) => {
    const { root } = await rootWith({ a: 'A' })
    expect(await root.open(segments)).toEqual({ kind: 'missing' })
  })

  it('follows links within the root, to files and to folders', async () => {
    const { root } = await rootWith({
      'b/c': 'C',
      file: { link: 'b/c' },
      folder: { link: 'b' },
      'b/up': { link: '../b/../b/c' },
      chain: { link: 'file' },
    })
    for (const segments of [['file'], ['folder', 'c'], ['b', 'up'], ['folder', 'up'], ['chain']])
      expect(await readOpened(await root.open(segments)), segments.join('/')).toBe('file: C')
    expect((await root.open(['folder'])).kind).toBe('folder')
  })

  it('returns missing for links out of the root, to files and to folders', async () => {
    const folder = temporaryFolder({
      'outside/secret': 'S',
      'site/absolute': { link: '/etc/passwd' },
      'site/file': { link: '../outside/secret' },
      'site/folder': { link: '../outside' },
      'site/parent': { link: '..' },
      'site/chain': { link: 'folder/secret' },
      'site/proc': { link: '/proc/self/cwd' },
    })
    const { root } = await rootWith({}, join(folder, 'site'))
    for (const segments of [
      ['absolute'],
      ['file'],
      ['folder'],
      ['folder', 'secret'],
      ['parent'],
      ['parent', 'outside', 'secret'],
      ['chain'],
      ['proc'],
    ])
      expect(await root.open(segments), segments.join('/')).toEqual({ kind: 'missing' })
  })

  it('returns missing for dangling links and loops', async () => {
    const { root } = await rootWith({ dangling: { link: 'x' }, loop: { link: 'loop' } })
    expect(await root.open(['dangling'])).toEqual({ kind: 'missing' })
    expect(await root.open(['loop'])).toEqual({ kind: 'missing' })
  })

  it('returns missing above the root, whatever the segments are', async () => {
    const folder = temporaryFolder({ secret: 'S', 'site/a': 'A' })
    const { root } = await rootWith({}, join(folder, 'site'))
    for (const segments of [['..', 'secret'], ['..'], ['a', '..', '..', 'secret'], ['../secret']])
      expect(await root.open(segments), segments.join('/')).toEqual({ kind: 'missing' })
  })

  it('returns missing in a sibling whose name has the root as a prefix', async () => {
    const folder = temporaryFolder({
      'site/a': 'A',
      'site-private/secret': 'S',
      'site/link': { link: '../site-private/secret' },
    })
    const { root } = await rootWith({}, join(folder, 'site'))
    expect(await root.open(['link'])).toEqual({ kind: 'missing' })
    expect(await root.open(['..', 'site-private', 'secret'])).toEqual({ kind: 'missing' })
  })

  it('hides names that begin with a dot, not behind links, except .well-known at the root', async () => {
    const { root } = await rootWith({
      '.env': 'secret',
      '.git/config': 'secret',
      'b/.well-known/x': 'secret',
      '.well-known/x': 'public',
      '.well-known/.x': 'secret',
      volume: { link: '..data' },
      '..data': { link: '..2026_01' },
      '..2026_01/x': 'linked',
    })
    for (const segments of [
      ['.env'],
      ['.git'],
      ['.git', 'config'],
      ['b', '.well-known', 'x'],
      ['.well-known', '.x'],
      ['..data', 'x'],
      ['..2026_01', 'x'],
    ])
      expect(await root.open(segments), segments.join('/')).toEqual({ kind: 'missing' })
    expect(await readOpened(await root.open(['.well-known', 'x']))).toBe('file: public')
    expect(await readOpened(await root.open(['volume', 'x']))).toBe('file: linked')
  })

  it('opens files of a root that is in a hidden folder', async () => {
    const folder = temporaryFolder({ '.cache/site/a': 'A' })
    const { root } = await rootWith({}, join(folder, '.cache/site'))
    expect(await readOpened(await root.open(['a']))).toBe('file: A')
  })

  it('returns missing for a FIFO, without waiting for a writer', async () => {
    const { root } = await rootWith({ fifo: FIFO })
    expect(await root.open(['fifo'])).toEqual({ kind: 'missing' })
  })

  it('returns missing for a device', async () => {
    const { root } = await rootWith({}, '/dev')
    expect(await root.open(['null'])).toEqual({ kind: 'missing' })
  })

  it('follows a root that is a link and is replaced', async () => {
    const folder = temporaryFolder({ 'v1/a': 'one', 'v2/a': 'two', site: { link: 'v1' } })
    const { root } = await rootWith({}, join(folder, 'site'))
    expect(await readOpened(await root.open(['a']))).toBe('file: one')
    symlinkSync('v2', join(folder, 'next'))
    renameSync(join(folder, 'next'), join(folder, 'site'))
    rmSync(join(folder, 'v1'), { recursive: true })
    expect(await readOpened(await root.open(['a']))).toBe('file: two')
    expect(await root.open([])).toMatchObject({ kind: 'folder' })
  })

  it('follows a root that is replaced by another folder', async () => {
    const { folder, root } = await rootWith({ a: 'one' })
    renameSync(folder, `${folder}-old`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'a'), 'two')
    expect(await readOpened(await root.open(['a']))).toBe('file: two')
    rmSync(`${folder}-old`, { recursive: true })
  })

  it('checks the descriptor, not the path: a folder replaced by a link is not served', async () => {
    const folder = temporaryFolder({ 'outside/secret': 'S', 'site/b/secret': 'mine' })
    const path = join(folder, 'site/b')
    // Just before the file is opened, its folder is replaced by a link out of the root.
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open(name) {
        rmSync(path, { recursive: true })
        symlinkSync('../outside', path)
        return nodeFileSystem.open(name)
      },
    }
    const root = runOf(await rootOf(dirname(path), fileSystem))
    expect(await root.open(['b', 'secret'])).toEqual({ kind: 'missing' })
  })

  it('closes every descriptor except that of a file it returns', async () => {
    const folder = temporaryFolder({
      'site/a': 'A',
      'site/b/c': 'C',
      'site/.env': 'E',
      'site/link': { link: '../outside' },
      outside: 'O',
    })
    const { root } = await rootWith({}, join(folder, 'site'))
    const opened = await root.open(['a'])
    for (const segments of [[], ['b'], ['.env'], ['link'], ['x'], ['a', 'x']])
      await root.openFile(segments)
    expect(openBelow(folder)).toEqual([`${folder}/site/a`])
    await readOpened(opened)
    expect(openBelow(folder)).toEqual([])
  })

  it.each([
    ['EACCES', 'forbidden'],
    ['EPERM', 'forbidden'],
    ['EMFILE', 'busy'],
    ['ENFILE', 'busy'],
    ['ENXIO', 'missing'],
  ] as const)('maps %s to %s', async (code, kind) => {
    const { folder } = await rootWith({ a: 'A' })
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open: async () => Promise.reject(systemError(code)),
    }
    expect(await runOf(await rootOf(folder, fileSystem)).open(['a'])).toEqual({ kind })
  })

  it('rejects with other errors, and closes the descriptor', async () => {
    for (const operation of ['fstat', 'realpathOf'] as const) {
      const folder = temporaryFolder({ a: 'A' })
      const fileSystem: FileSystem = {
        ...nodeFileSystem,
        [operation]: async () => Promise.reject(systemError('EIO')),
      }
      const root = runOf(await rootOf(folder, fileSystem))
      await expect(root.open(['a'])).rejects.toThrow('EIO')
      expect(openBelow(folder)).toEqual([])
    }
  })

  it('checks the descriptor of a version of a file once', async () => {
    const fileSystem = new FakeFileSystem({ '/site': '', '/site/a': 'A' })
    fileSystem.stat = async () => ({
      kind: 'folder',
      size: 0,
      mtimeNs: 0n,
      ctimeNs: 0n,
      birthtimeNs: 0n,
      device: 1n,
      inode: 1n,
      links: 1n,
    })
    const root = runOf(await rootOf('/site', fileSystem))
    const callsOf = async () => {
      fileSystem.calls.length = 0
      await root.open(['a'])
      return fileSystem.calls
    }
    expect(await callsOf()).toEqual(['realpath', 'lstat', 'open', 'fstat', 'realpathOf'])
    expect(await callsOf()).toEqual(['open', 'fstat'])
    fileSystem.put('/site/a', 'another version')
    expect(await callsOf()).toEqual(['open', 'fstat', 'realpathOf'])
    expect(await callsOf()).toEqual(['open', 'fstat'])
  })
})
