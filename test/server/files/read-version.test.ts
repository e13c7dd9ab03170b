import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { readWhole } from '../../../src/server/files/content-digest.ts'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { readVersion } from '../../../src/server/files/version-reader.ts'
import { systemError } from '../fake-file-system.ts'
import { FIFO, type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

/** Returns a reader of the file `a`, over a file system that records what it opens and closes. */
async function readerOf(tree: Tree = { a: 'content' }, overrides: Partial<FileSystem> = {}) {
  const folder = temporaryFolder(tree)
  const open = new Set<number>()
  const counts = { opened: 0 }
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    async open(path) {
      const fd = await (overrides.open ?? nodeFileSystem.open)(path)
      counts.opened++
      open.add(fd)
      return fd
    },
    close(fd) {
      open.delete(fd)
      return nodeFileSystem.close(fd)
    },
    fstat: overrides.fstat ?? nodeFileSystem.fstat,
    read: overrides.read ?? nodeFileSystem.read,
  }
  const root = await rootOf(folder, fileSystem)
  // Some file systems have timestamps of only 10 ms.
  await setTimeout(20)
  const path = join(folder, 'a')
  /** `afterRead` is called after the bytes are read, before the version is compared. */
  const read = (afterRead: (attempt: number) => void = () => {}) =>
    root.run(
      readVersion(root, ['a'], function* (fd, { size }) {
        const bytes = yield* readWhole(fd, size)
        afterRead(counts.opened)
        return bytes && Buffer.from(bytes).toString()
      }),
    )
  return { folder, path, open, counts, read }
}

function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}

describe('readVersion', () => {
  it('returns the value and the status of the version that was read', async () => {
    const { read, path, open, counts } = await readerOf()
    const status = await nodeFileSystem.stat(path)
    expect(await read()).toEqual({ kind: 'read', status, value: 'content', isSettled: true })
    expect([counts.opened, open.size]).toEqual([1, 0])
  })

  it.each<[string, (path: string) => unknown, string]>([
    ['is rewritten with other bytes', path => writeFileSync(path, 'another'), 'another'],
    ['is rewritten with as many bytes', path => writeFileSync(path, 'CONTENT'), 'CONTENT'],
    ['grows', path => appendFileSync(path, ' and more'), 'content and more'],
    ['shrinks', path => writeFileSync(path, 'con'), 'con'],
    [
      'is written and then replaced',
      path => [appendFileSync(path, ' and more'), replace(path, 'new')],
      'new',
    ],
    ['gets another mtime', path => utimesSync(path, 1e9, 1e9), 'content'],
  ])('reads a file again that %s during the read', async (_, change, expected) => {
    const { read, path, open, counts } = await readerOf()
    const result = await read(attempt => {
      if (attempt === 1) change(path)
    })
    expect(result).toMatchObject({
      kind: 'read',
      status: await nodeFileSystem.stat(path),
      value: expected,
    })
    expect([counts.opened, open.size]).toEqual([2, 0])
  })

  it.each<[string, (path: string) => void]>([
    ['is removed', path => rmSync(path)],
    ['is replaced', path => replace(path, 'new')],
  ])(
    'returns what it has read of a file that %s: the open file has not changed',
    async (_, change) => {
      const { read, path, open, counts } = await readerOf()
      const status = await nodeFileSystem.stat(path)
      expect(await read(() => change(path))).toEqual({
        kind: 'read',
        status,
        value: 'content',
        isSettled: true,
      })
      expect([counts.opened, open.size]).toEqual([1, 0])
    },
  )

  it('returns an unsettled part of a file that grows during every read, such as a log', async () => {
    const { read, path, open, counts } = await readerOf()
    expect(await read(attempt => appendFileSync(path, `${attempt}`))).toMatchObject({
      kind: 'read',
      status: { size: 'content12'.length },
      value: 'content12',
      isSettled: false,
    })
    expect([counts.opened, open.size]).toEqual([3, 0])
  })

  it('returns busy for a file that shrinks during three reads', async () => {
    const { read, path, open, counts } = await readerOf({ a: 'content' })
    expect(await read(attempt => writeFileSync(path, 'x'.repeat(5 - attempt)))).toEqual({
      kind: 'busy',
    })
    expect([counts.opened, open.size]).toEqual([3, 0])
  })

  it('returns busy for a file that is truncated before each of three reads', async () => {
    const { read, open, counts } = await readerOf(
      { a: 'content' },
      {
        async read(fd) {
          // As nothing but another open file of that name can.
          truncateSync(`/proc/self/fd/${fd}`, 6 - counts.opened)
          return 0
        },
      },
    )
    expect(await read()).toEqual({ kind: 'busy' })
    expect([counts.opened, open.size]).toEqual([3, 0])
  })

  it.each([
    ['shorter than its size, as in /sys', 'content', 0],
    ['longer than its size, as in /proc', '', 1],
  ])('returns missing for a file that is %s', async (_, content, bytesRead) => {
    const { read, open, counts } = await readerOf({ a: content }, { read: async () => bytesRead })
    expect(await read()).toEqual({ kind: 'missing' })
    expect([counts.opened, open.size]).toEqual([1, 0])
  })

  it('returns a file that is stable during the third read', async () => {
    const { read, path, open } = await readerOf()
    const result = await read(attempt => {
      if (attempt < 3) appendFileSync(path, `${attempt}`)
    })
    expect(result).toMatchObject({ kind: 'read', value: 'content12' })
    expect(open.size).toBe(0)
  })

  it.each<[string, (path: string, folder: string) => void]>([
    ['was removed', path => rmSync(path)],
    [
      'is a folder now',
      path => {
        rmSync(path)
        mkdirSync(path)
      },
    ],
    [
      'is a link out of the root now',
      path => {
        rmSync(path)
        symlinkSync('/etc/passwd', path)
      },
    ],
    ['is a FIFO now', (path, folder) => renameSync(join(folder, 'fifo'), path)],
  ])('returns missing if the file changed during the first read and %s', async (_, change) => {
    const { read, path, folder, open } = await readerOf({ a: 'content', fifo: FIFO })
    const result = await read(attempt => {
      if (attempt > 1) return
      appendFileSync(path, ' and more')
      change(path, folder)
    })
    expect(result).toEqual({ kind: 'missing' })
    expect(open.size).toBe(0)
  })

  it.each([
    ['nothing', {}, 'missing'],
    ['a folder', { 'a/b': '' }, 'missing'],
    ['a FIFO', { a: FIFO }, 'missing'],
    ['a link out of the root', { a: { link: '/etc/passwd' } }, 'missing'],
  ] as const)('returns missing for %s', async (_, tree, kind) => {
    const { read, open } = await readerOf(tree)
    expect(await read()).toEqual({ kind })
    expect(open.size).toBe(0)
  })

  it.each([
    ['EACCES', 'forbidden'],
    ['EMFILE', 'busy'],
  ])('returns why a file cannot be opened: %s', async (code, kind) => {
    const { read } = await readerOf({ a: '' }, { open: () => Promise.reject(systemError(code)) })
    expect(await read()).toEqual({ kind })
  })

  it.each(['read', 'fstat'] as const)(
    'rejects if %s fails, and closes the file',
    async operation => {
      let calls = 0
      const { read, open } = await readerOf(undefined, {
        [operation]: async (fd: number, ...more: [Uint8Array, number, number]) => {
          // SiteRoot.open() calls the first fstat.
          if (operation === 'read' || ++calls > 1) throw systemError('EIO')
          return operation === 'fstat' ? nodeFileSystem.fstat(fd) : nodeFileSystem.read(fd, ...more)
        },
      })
      await expect(read()).rejects.toThrow('EIO')
      expect(open.size).toBe(0)
    },
  )
})
