import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { FIFO, temporaryFolder } from '../temporary-folder.ts'

describe('nodeFileSystem', () => {
  it('reads bytes at any position of a file, and 0 bytes at its end', async () => {
    const path = join(temporaryFolder({ a: '0123456789' }), 'a')
    const fd = await nodeFileSystem.open(path)
    const into = new Uint8Array(8).fill(0x2e)
    expect(await nodeFileSystem.read(fd, into, 4, 3)).toBe(4)
    expect(Buffer.from(into).toString()).toBe('3456....')
    expect(await nodeFileSystem.read(fd, into, 8, 8)).toBe(2)
    expect(await nodeFileSystem.read(fd, into, 8, 10)).toBe(0)
    await nodeFileSystem.close(fd)
    await expect(nodeFileSystem.fstat(fd)).rejects.toMatchObject({ code: 'EBADF' })
  })

  it('creates a file, and fails if it exists', async () => {
    const path = join(temporaryFolder(), 'a')
    const fd = await nodeFileSystem.create(path)
    await nodeFileSystem.write(fd, Buffer.from('one, '))
    await nodeFileSystem.write(fd, new Uint8Array(0))
    await nodeFileSystem.write(fd, Buffer.from('two'))
    await nodeFileSystem.fsync(fd)
    await nodeFileSystem.close(fd)
    expect(readFileSync(path, 'utf8')).toBe('one, two')
    await expect(nodeFileSystem.create(path)).rejects.toMatchObject({ code: 'EEXIST' })
  })

  it('returns the status of a path and of a descriptor, to the nanosecond', async () => {
    const folder = temporaryFolder({ a: '12345', link: { link: 'a' } })
    const path = join(folder, 'a')
    const { size, mtimeNs, ctimeNs, birthtimeNs, ino, dev, nlink } = statSync(path, {
      bigint: true,
    })
    const expected = {
      kind: 'file',
      size: Number(size),
      mtimeNs,
      ctimeNs,
      birthtimeNs,
      links: nlink,
      inode: ino,
      device: dev,
    }
    expect(await nodeFileSystem.stat(path)).toEqual(expected)
    expect(await nodeFileSystem.stat(join(folder, 'link'))).toEqual(expected)
    const fd = await nodeFileSystem.open(path)
    expect(await nodeFileSystem.fstat(fd)).toEqual(expected)
    await nodeFileSystem.close(fd)
    expect((await nodeFileSystem.stat(folder)).kind).toBe('folder')
    expect((await nodeFileSystem.stat('/dev/null')).kind).toBe('other')
  })

  it('opens a FIFO without waiting for a writer', async () => {
    const path = join(temporaryFolder({ fifo: FIFO }), 'fifo')
    const fd = await nodeFileSystem.open(path)
    expect((await nodeFileSystem.fstat(fd)).kind).toBe('other')
    await nodeFileSystem.close(fd)
  })

  it('renames over an existing file, removes, and lists', async () => {
    const folder = temporaryFolder({ a: 'A', b: 'B', c: 'C' })
    await nodeFileSystem.rename(join(folder, 'a'), join(folder, 'b'))
    await nodeFileSystem.remove(join(folder, 'c'))
    expect(await nodeFileSystem.list(folder, 10)).toEqual(['b'])
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('A')
    await expect(nodeFileSystem.remove(join(folder, 'c'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('rejects with the errors of Node, also for a name with a NUL', async () => {
    await expect(nodeFileSystem.open('/x/y')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(nodeFileSystem.open('/a\0b')).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
    })
  })

  it('returns the real path of a path', async () => {
    const folder = temporaryFolder({ 'b/c': '', link: { link: 'b' } })
    expect(await nodeFileSystem.realpath(join(folder, 'link', 'c'))).toBe(join(folder, 'b/c'))
  })
})

describe.each(['linux', 'darwin'] as const)('realpathOf on %s', platform => {
  const { platform: original } = process

  /** Returns the file system as it is on the platform. */
  async function fileSystemOf(): Promise<FileSystem> {
    vi.resetModules()
    Object.defineProperty(process, 'platform', { value: platform })
    return (await import('../../../src/server/files/node-file-system.ts')).nodeFileSystem
  }
  afterEach(() => {
    Object.defineProperty(process, 'platform', { value: original })
    vi.resetModules()
  })

  it('follows links', async () => {
    const fileSystem = await fileSystemOf()
    const folder = temporaryFolder({ 'b/c': 'C', link: { link: 'b' } })
    const path = join(folder, 'link', 'c')
    const fd = await fileSystem.open(path)
    expect(await fileSystem.realpathOf(fd, path)).toBe(join(folder, 'b/c'))
    await fileSystem.close(fd)
  })

  it('never returns the path of another file that has the name now', async () => {
    const fileSystem = await fileSystemOf()
    const folder = temporaryFolder({ a: 'opened', other: 'another' })
    const path = join(folder, 'a')
    const fd = await fileSystem.open(path)
    renameSync(path, join(folder, 'moved'))
    renameSync(join(folder, 'other'), path)
    const real = await fileSystem.realpathOf(fd, path).catch(({ code }) => code)
    expect(real).toBe(platform === 'linux' ? join(folder, 'moved') : 'ENOENT')
    await fileSystem.close(fd)
  })

  it('returns no path of a live file if the file was removed', async () => {
    const fileSystem = await fileSystemOf()
    const folder = temporaryFolder({ a: 'opened' })
    const path = join(folder, 'a')
    const fd = await fileSystem.open(path)
    rmSync(path)
    const gone = await fileSystem.realpathOf(fd, path).catch(({ code }) => code)
    expect(gone).toBe(platform === 'linux' ? `${path} (deleted)` : 'ENOENT')
    writeFileSync(join(folder, 'b'), 'takes another inode')
    await fileSystem.close(fd)
  })
})
