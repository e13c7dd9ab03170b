import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type FileSystem, nodeFileSystem } from '../../../src/server/files/file-system.ts'
import { readVersion } from '../../../src/server/files/read-version.ts'
import { readWhole } from '../../../src/server/files/send-range.ts'
import { systemError } from '../fake-file-system.ts'
import { FIFO, type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

/** A file at `a` in a folder, and a disk that counts what it opens and closes. */
async function reading(tree: Tree = { a: 'content' }, replaced: Partial<FileSystem> = {}) {
  const folder = temporaryFolder(tree)
  const open = new Set<number>()
  const counts = { opened: 0 }
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    async open(path) {
      const fd = await (replaced.open ?? nodeFileSystem.open)(path)
      counts.opened++
      open.add(fd)
      return fd
    },
    close(fd) {
      open.delete(fd)
      return nodeFileSystem.close(fd)
    },
    fstat: replaced.fstat ?? nodeFileSystem.fstat,
    read: replaced.read ?? nodeFileSystem.read,
  }
  const root = await rootOf(folder, fileSystem)
  // Some clocks of file systems tick but every hundredth of a second.
  await setTimeout(20)
  const path = join(folder, 'a')
  /** `during` is called when all is read, and what is read is not yet known to be of one version. */
  const read = (during: (attempt: number) => void = () => {}) =>
    readVersion(root, ['a'], fileSystem, async (fd, size) => {
      const bytes = await readWhole(fd, size, fileSystem)
      during(counts.opened)
      return bytes && Buffer.from(bytes).toString()
    })
  return { folder, path, open, counts, read }
}

function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}

describe('readVersion', () => {
  it('reads a file, and tells of what version that is', async () => {
    const { read, path, open, counts } = await reading()
    const status = await nodeFileSystem.stat(path)
    expect(await read()).toEqual({ kind: 'read', status, value: 'content', isSettled: true })
    expect([counts.opened, open.size]).toEqual([1, 0])
  })

  it.each<[string, (path: string) => unknown, string]>([
    ['is written anew', path => writeFileSync(path, 'another'), 'another'],
    ['is rewritten with as many bytes', path => writeFileSync(path, 'CONTENT'), 'CONTENT'],
    ['grows', path => appendFileSync(path, ' and more'), 'content and more'],
    ['shrinks', path => writeFileSync(path, 'con'), 'con'],
    [
      'is written and then replaced',
      path => [appendFileSync(path, ' and more'), replace(path, 'new')],
      'new',
    ],
    ['is given another time', path => utimesSync(path, 1e9, 1e9), 'content'],
  ])('reads again a file that %s meanwhile', async (_, change, expected) => {
    const { read, path, open, counts } = await reading()
    const outcome = await read(attempt => {
      if (attempt === 1) change(path)
    })
    expect(outcome).toMatchObject({
      kind: 'read',
      status: await nodeFileSystem.stat(path),
      value: expected,
    })
    expect([counts.opened, open.size]).toEqual([2, 0])
  })

  it.each<[string, (path: string) => void]>([
    ['has lost its name', path => rmSync(path)],
    ['was replaced', path => replace(path, 'new')],
  ])(
    'takes what it has read of a file that %s meanwhile: nothing of it has changed',
    async (_, change) => {
      const { read, path, open, counts } = await reading()
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

  it('takes the start of a file that grows and grows, as a log does, and says that it is not settled', async () => {
    const { read, path, open, counts } = await reading()
    expect(await read(attempt => appendFileSync(path, `${attempt}`))).toMatchObject({
      kind: 'read',
      status: { size: 'content12'.length },
      value: 'content12',
      isSettled: false,
    })
    expect([counts.opened, open.size]).toEqual([3, 0])
  })

  it('gives up on one that shrinks three times, as with a disk that is busy', async () => {
    const { read, path, open, counts } = await reading({ a: 'content' })
    expect(await read(attempt => writeFileSync(path, 'x'.repeat(5 - attempt)))).toEqual({
      kind: 'busy',
    })
    expect([counts.opened, open.size]).toEqual([3, 0])
  })

  it('gives up on one that is cut off each time before it is read', async () => {
    const { read, open, counts } = await reading({ a: 'content' }, { read: async () => 0 })
    expect(await read()).toEqual({ kind: 'busy' })
    expect([counts.opened, open.size]).toEqual([3, 0])
  })

  it('reads at the third time what rests then', async () => {
    const { read, path, open } = await reading()
    const outcome = await read(attempt => {
      if (attempt < 3) appendFileSync(path, `${attempt}`)
    })
    expect(outcome).toMatchObject({ kind: 'read', value: 'content12' })
    expect(open.size).toBe(0)
  })

  it.each<[string, (path: string, folder: string) => void]>([
    ['has gone', path => rmSync(path)],
    [
      'is a folder by then',
      path => {
        rmSync(path)
        mkdirSync(path)
      },
    ],
    [
      'is a link to the outside by then',
      path => {
        rmSync(path)
        symlinkSync('/etc/passwd', path)
      },
    ],
    ['is a FIFO by then', (path, folder) => renameSync(join(folder, 'fifo'), path)],
  ])('finds nothing where the file has changed and %s', async (_, change) => {
    const { read, path, folder, open } = await reading({ a: 'content', fifo: FIFO })
    const outcome = await read(attempt => {
      if (attempt > 1) return
      appendFileSync(path, ' and more')
      change(path, folder)
    })
    expect(outcome).toEqual({ kind: 'missing' })
    expect(open.size).toBe(0)
  })

  it.each([
    ['nothing', {}, 'missing'],
    ['a folder', { 'a/b': '' }, 'missing'],
    ['a FIFO', { a: FIFO }, 'missing'],
    ['a link to the outside', { a: { link: '/etc/passwd' } }, 'missing'],
  ] as const)('finds nothing where there is %s', async (_, tree, kind) => {
    const { read, open } = await reading(tree)
    expect(await read()).toEqual({ kind })
    expect(open.size).toBe(0)
  })

  it.each([
    ['EACCES', 'forbidden'],
    ['EMFILE', 'busy'],
  ])('says why a file cannot be opened: %s', async (code, kind) => {
    const { read } = await reading({ a: '' }, { open: () => Promise.reject(systemError(code)) })
    expect(await read()).toEqual({ kind })
  })

  it.each(['read', 'fstat'] as const)(
    'rejects where %s fails, and closes the file',
    async operation => {
      let calls = 0
      const { read, open } = await reading(undefined, {
        [operation]: async (fd: number, ...more: [Uint8Array, number, number]) => {
          // The first fstat is the opening's.
          if (operation === 'read' || ++calls > 1) throw systemError('EIO')
          return operation === 'fstat' ? nodeFileSystem.fstat(fd) : nodeFileSystem.read(fd, ...more)
        },
      })
      await expect(read()).rejects.toThrow('EIO')
      expect(open.size).toBe(0)
    },
  )
})
