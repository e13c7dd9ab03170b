import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import type { RootPolicy } from '../../../src/server/files/site-root.ts'
import { systemError } from '../fake-file-system.ts'
import { FIFO, type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf, runOf } from './root-of.ts'

type Setup = {
  readonly policy?: Partial<RootPolicy>
  readonly fileSystem?: Partial<FileSystem>
  readonly at?: string
}

/** Opens a root with a manual clock. `kindOf` checks that stat() and open() agree on a path. */
async function openRoot(tree: Tree, { policy = {}, fileSystem = {}, at = '' }: Setup = {}) {
  const folder = temporaryFolder(tree)
  const time = { nowMs: 0 }
  const calls: string[] = []
  const spied: FileSystem = {
    ...nodeFileSystem,
    realpath(path) {
      calls.push(path)
      return nodeFileSystem.realpath(path)
    },
    ...fileSystem,
  }
  const root = runOf(await rootOf(join(folder, at), spied, policy, () => time.nowMs))
  const kindOf = async (path: string): Promise<string> => {
    const segments = path.split('/').filter(Boolean)
    const found = await root.stat(segments)
    const opened = await root.open(segments)
    if (opened.kind === 'file') await nodeFileSystem.close(opened.fd)
    expect(opened.kind, path).toBe(found.kind)
    return found.kind
  }
  return { folder, root, kindOf, time, calls }
}

function swapLink(path: string, target: string): void {
  symlinkSync(target, `${path}.new`)
  renameSync(`${path}.new`, path)
}

describe('SiteRoot.stat', () => {
  it('returns the kind and the status', async () => {
    const { root, kindOf } = await openRoot({ a: 'AA', 'b/c': '', fifo: FIFO })
    expect(await root.stat(['a'])).toMatchObject({
      kind: 'file',
      status: { kind: 'file', size: 2 },
    })
    expect(await root.stat(['b'])).toMatchObject({ kind: 'folder', status: { kind: 'folder' } })
    expect(await root.stat([])).toMatchObject({ kind: 'folder' })
    for (const path of ['fifo', 'x', 'a/x', 'x'.repeat(256)])
      expect(await kindOf(path), path).toBe('missing')
  })

  it('opens nothing', async () => {
    const { root } = await openRoot(
      { a: 'A' },
      { fileSystem: { open: () => Promise.reject(new Error('open() was called')) } },
    )
    expect(await root.stat(['a'])).toMatchObject({ kind: 'file' })
  })

  it.each([
    ['EACCES', 'forbidden'],
    ['ELOOP', 'missing'],
    ['ENFILE', 'busy'],
  ])('maps %s to %s', async (code, kind) => {
    const fail = (): Promise<never> => Promise.reject(systemError(code))
    const { root } = await openRoot({ a: 'A' })
    const failing = runOf(
      await rootOf((await root.stat([])) && temporaryFolder({ a: '' }), {
        ...nodeFileSystem,
        lstat: path => (path.endsWith('/a') ? fail() : nodeFileSystem.lstat(path)),
      }),
    )
    expect(await failing.stat(['a'])).toEqual({ kind })
  })

  it('rejects with other errors', async () => {
    const { root } = await openRoot(
      { a: 'A' },
      {
        fileSystem: {
          lstat: path =>
            path.endsWith('/a') ? Promise.reject(systemError('EIO')) : nodeFileSystem.lstat(path),
        },
      },
    )
    await expect(root.stat(['a'])).rejects.toThrow('EIO')
  })
})

const LINKED: Tree = {
  'outside/secret': 'S',
  'site/b/c': 'C',
  'site/.env': 'E',
  'site/file': { link: 'b/c' },
  'site/folder': { link: 'b' },
  'site/out': { link: '../outside/secret' },
  'site/outs': { link: '../outside' },
  'site/env': { link: '.env' },
  'site/dangling': { link: 'x' },
  'site/loop': { link: 'loop' },
}

describe('symlinks', () => {
  it.each<[RootPolicy['symlinks'], Record<string, string>]>([
    [
      'inside',
      {
        file: 'file',
        folder: 'folder',
        'folder/c': 'file',
        out: 'missing',
        outs: 'missing',
        'outs/secret': 'missing',
        env: 'file',
      },
    ],
    [
      'never',
      {
        file: 'missing',
        folder: 'missing',
        'folder/c': 'missing',
        out: 'missing',
        outs: 'missing',
        'outs/secret': 'missing',
        env: 'missing',
      },
    ],
    [
      'anywhere',
      {
        file: 'file',
        folder: 'folder',
        'folder/c': 'file',
        out: 'file',
        outs: 'folder',
        'outs/secret': 'file',
      },
    ],
  ])('%s', async (symlinks, expected) => {
    const { kindOf } = await openRoot(LINKED, { policy: { symlinks }, at: 'site' })
    for (const [path, kind] of Object.entries(expected)) expect(await kindOf(path), path).toBe(kind)
    // These are the same for every value.
    expect([await kindOf('b/c'), await kindOf('b'), await kindOf('')]).toEqual([
      'file',
      'folder',
      'folder',
    ])
    expect([await kindOf('dangling'), await kindOf('loop')]).toEqual(['missing', 'missing'])
  })

  it.each(['inside', 'anywhere'] as const)(
    '%s: open() returns the real path of a folder',
    async symlinks => {
      const { root, folder } = await openRoot(LINKED, { policy: { symlinks }, at: 'site' })
      for (const path of ['b', 'folder'])
        expect(await root.open([path])).toMatchObject({ kind: 'folder', path: `${folder}/site/b` })
    },
  )

  it('never: the root itself may be a link, and be replaced', async () => {
    const { folder, kindOf } = await openRoot(
      { 'v1/a': 'one', 'v2/a': 'two', 'v2/b': { link: 'a' }, site: { link: 'v1' } },
      { policy: { symlinks: 'never' }, at: 'site' },
    )
    expect(await kindOf('a')).toBe('file')
    swapLink(join(folder, 'site'), 'v2')
    expect(await kindOf('a')).toBe('file')
    expect(await kindOf('b')).toBe('missing')
  })

  it.each(['inside', 'never'] as const)(
    '%s: open() finds a file that is replaced during the call',
    async symlinks => {
      let path = ''
      const { folder, kindOf } = await openRoot(
        { a: 'one' },
        {
          policy: { symlinks },
          fileSystem: {
            async open(name) {
              const fd = await nodeFileSystem.open(name)
              // Once: the file that was opened loses its name.
              if (path !== '') {
                writeFileSync(`${path}.new`, 'two')
                renameSync(`${path}.new`, path)
                path = ''
              }
              return fd
            },
          },
        },
      )
      path = join(folder, 'a')
      expect(await kindOf('a')).toBe('file')
    },
  )
})

describe('revalidateMs', () => {
  const SWAPPED: Tree = { 'v1/a': 'one', 'v1/old': '', 'v2/a': 'two', site: { link: 'v1' } }

  it('is how long the real path of the root is used', async () => {
    const { folder, root, calls, time } = await openRoot(SWAPPED, {
      policy: { revalidateMs: 1000 },
      at: 'site',
    })
    const site = join(folder, 'site')
    const rootResolutions = async (): Promise<number> => {
      calls.length = 0
      await root.stat(['a'])
      return calls.filter(path => path === site).length
    }
    expect(await rootResolutions()).toBe(1)
    time.nowMs = 999
    expect(await rootResolutions()).toBe(0)
    time.nowMs = 1000
    expect(await rootResolutions()).toBe(1)
    expect(await rootResolutions()).toBe(0)
    time.nowMs = 2000
    expect(await rootResolutions()).toBe(1)
  })

  it('is how long files of the old root may be served after its link is replaced', async () => {
    const { folder, root, kindOf, time } = await openRoot(
      { ...SWAPPED, 'v2/behind': { link: '../v1/a' }, 'v2/new': '' },
      { policy: { revalidateMs: 1000 }, at: 'site' },
    )
    expect(await kindOf('old')).toBe('file')
    swapLink(join(folder, 'site'), 'v2')
    expect(await kindOf('a')).toBe('file')
    expect(await root.stat(['old'])).toMatchObject({ kind: 'file' })
    // A name that was not asked for before is found at once.
    expect(await kindOf('new')).toBe('file')
    time.nowMs = 1000
    expect(await kindOf('old')).toBe('missing')
    expect(await kindOf('behind')).toBe('missing')
  })

  it.each([0, 500, 1000, 60_000])(
    'loses no file if the root is replaced %d ms after it was resolved',
    async ms => {
      let swap = (): void => {}
      const swapOnce = (): void => {
        swap()
        swap = () => {}
      }
      const { folder, root, time } = await openRoot(SWAPPED, {
        at: 'site',
        fileSystem: {
          async open(path) {
            const fd = await nodeFileSystem.open(path)
            swapOnce()
            return fd
          },
          async lstat(path) {
            const status = await nodeFileSystem.lstat(path)
            if (path.endsWith('/a')) swapOnce()
            return status
          },
        },
      })
      const site = join(folder, 'site')
      for (const [method, next] of [
        ['stat', 'v2'],
        ['open', 'v1'],
      ] as const) {
        time.nowMs += ms
        swap = () => swapLink(site, next)
        const found = await root[method](['a'])
        expect(found.kind, method).toBe('file')
        if ('fd' in found) await nodeFileSystem.close(found.fd)
      }
    },
  )

  it('does not delay the files of a root that was removed and is back', async () => {
    const { folder, kindOf, time } = await openRoot({ 'site/a': 'A' }, { at: 'site' })
    renameSync(join(folder, 'site'), join(folder, 'away'))
    time.nowMs += 5000
    expect(await kindOf('a')).toBe('missing')
    mkdirSync(join(folder, 'site'))
    time.nowMs += 1000
    expect(await kindOf('a')).toBe('missing')
    writeFileSync(join(folder, 'site/a'), 'A')
    time.nowMs += 1000
    expect(await kindOf('a')).toBe('file')
    rmSync(join(folder, 'away'), { recursive: true })
  })
})
