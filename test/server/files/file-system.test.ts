import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Disk, systemDisk } from '../../../src/server/files/file-system.ts'
import { FIFO, temporaryFolder } from '../temporary-folder.ts'

describe('systemDisk', () => {
  it('reads so many bytes from anywhere in a file, 0 at its end', async () => {
    const path = join(temporaryFolder({ a: '0123456789' }), 'a')
    const fd = await systemDisk.open(path)
    const into = new Uint8Array(8).fill(0x2e)
    expect(await systemDisk.read(fd, into, 4, 3)).toBe(4)
    expect(Buffer.from(into).toString()).toBe('3456....')
    expect(await systemDisk.read(fd, into, 8, 8)).toBe(2)
    expect(await systemDisk.read(fd, into, 8, 10)).toBe(0)
    await systemDisk.close(fd)
    await expect(systemDisk.fstat(fd)).rejects.toMatchObject({ code: 'EBADF' })
  })

  it('creates a file that is not there, and no other', async () => {
    const path = join(temporaryFolder(), 'a')
    const fd = await systemDisk.create(path)
    await systemDisk.write(fd, Buffer.from('one, '))
    await systemDisk.write(fd, new Uint8Array(0))
    await systemDisk.write(fd, Buffer.from('two'))
    await systemDisk.fsync(fd)
    await systemDisk.close(fd)
    expect(readFileSync(path, 'utf8')).toBe('one, two')
    await expect(systemDisk.create(path)).rejects.toMatchObject({ code: 'EEXIST' })
  })

  it('tells what a name and a descriptor stand for, to the nanosecond', async () => {
    const folder = temporaryFolder({ a: '12345', link: { link: 'a' } })
    const path = join(folder, 'a')
    const { size, mtimeNs, ctimeNs, ino, dev, nlink } = statSync(path, { bigint: true })
    const expected = {
      kind: 'file',
      size: Number(size),
      mtimeNs,
      ctimeNs,
      links: nlink,
      inode: ino,
      device: dev,
    }
    expect(await systemDisk.stat(path)).toEqual(expected)
    expect(await systemDisk.stat(join(folder, 'link'))).toEqual(expected)
    const fd = await systemDisk.open(path)
    expect(await systemDisk.fstat(fd)).toEqual(expected)
    await systemDisk.close(fd)
    expect((await systemDisk.stat(folder)).kind).toBe('folder')
    expect((await systemDisk.stat('/dev/null')).kind).toBe('other')
  })

  it('opens a FIFO without waiting for who writes it', async () => {
    const path = join(temporaryFolder({ fifo: FIFO }), 'fifo')
    const fd = await systemDisk.open(path)
    expect((await systemDisk.fstat(fd)).kind).toBe('other')
    await systemDisk.close(fd)
  })

  it('renames over what is there, removes, and lists', async () => {
    const folder = temporaryFolder({ a: 'A', b: 'B', c: 'C' })
    await systemDisk.rename(join(folder, 'a'), join(folder, 'b'))
    await systemDisk.remove(join(folder, 'c'))
    expect(await systemDisk.list(folder)).toEqual(['b'])
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('A')
    await expect(systemDisk.remove(join(folder, 'c'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('rejects with Node’s errors, also for names that no file can have', async () => {
    await expect(systemDisk.open('/x/y')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(systemDisk.open('/a\0b')).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
  })

  it('tells the real path of a name', async () => {
    const folder = temporaryFolder({ 'b/c': '', link: { link: 'b' } })
    expect(await systemDisk.realpath(join(folder, 'link', 'c'))).toBe(join(folder, 'b/c'))
  })
})

describe.each(['linux', 'darwin'] as const)('realpathOf on %s', platform => {
  const { platform: ours } = process

  /** The disk as it is made on another platform. */
  async function diskOf(): Promise<Disk> {
    vi.resetModules()
    Object.defineProperty(process, 'platform', { value: platform })
    return (await import('../../../src/server/files/file-system.ts')).systemDisk
  }
  afterEach(() => {
    Object.defineProperty(process, 'platform', { value: ours })
    vi.resetModules()
  })

  it('is where links lead', async () => {
    const disk = await diskOf()
    const folder = temporaryFolder({ 'b/c': 'C', link: { link: 'b' } })
    const path = join(folder, 'link', 'c')
    const fd = await disk.open(path)
    expect(await disk.realpathOf(fd, path)).toBe(join(folder, 'b/c'))
    await disk.close(fd)
  })

  it('is never that of another file which has the name by now', async () => {
    const disk = await diskOf()
    const folder = temporaryFolder({ a: 'opened', other: 'another' })
    const path = join(folder, 'a')
    const fd = await disk.open(path)
    renameSync(path, join(folder, 'moved'))
    renameSync(join(folder, 'other'), path)
    const real = await disk.realpathOf(fd, path).catch(({ code }) => code)
    expect(real).toBe(platform === 'linux' ? join(folder, 'moved') : 'ENOENT')
    await disk.close(fd)
  })

  it('is none for a file that is gone, or one that lies where it lay', async () => {
    const disk = await diskOf()
    const folder = temporaryFolder({ a: 'opened' })
    const path = join(folder, 'a')
    const fd = await disk.open(path)
    rmSync(path)
    const gone = await disk.realpathOf(fd, path).catch(({ code }) => code)
    expect(gone).toBe(platform === 'linux' ? `${path} (deleted)` : 'ENOENT')
    writeFileSync(join(folder, 'b'), 'keeps the inode from being used again')
    await disk.close(fd)
  })
})
