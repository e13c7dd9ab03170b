import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { storeFile } from '../../../src/server/assets/store-file.ts'
import { systemDisk } from '../../../src/server/disk.ts'
import { FakeDisk } from '../fake-disk.ts'
import { temporaryFolder } from '../temporary-folder.ts'

async function* chunks(...parts: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part
    yield Buffer.from(part)
  }
}

describe('storeFile', () => {
  it('creates a file of all the chunks', async () => {
    const folder = temporaryFolder()
    expect(await storeFile(chunks('one, ', 'two, ', 'three'), folder, 'a.txt', systemDisk)).toBe('created')
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('one, two, three')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  it('creates an empty file of no chunks', async () => {
    const folder = temporaryFolder()
    await storeFile(chunks(), folder, 'a.txt', systemDisk)
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('')
  })

  it('replaces a file, and says so', async () => {
    const folder = temporaryFolder({ 'a.txt': 'a much longer text' })
    expect(await storeFile(chunks('short'), folder, 'a.txt', systemDisk)).toBe('replaced')
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('short')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  it('replaces a link, not what it leads to', async () => {
    const folder = temporaryFolder({ outside: 'untouched', 'site/a': { link: '../outside' } })
    await storeFile(chunks('new'), join(folder, 'site'), 'a', systemDisk)
    expect(readFileSync(join(folder, 'outside'), 'utf8')).toBe('untouched')
    expect(readFileSync(join(folder, 'site/a'), 'utf8')).toBe('new')
  })

  it('shows nothing under the name before all of it is on the disk, and a temporary name that is hidden', async () => {
    const disk = new FakeDisk({ '/a.txt': 'old' })
    const seen: Record<string, string>[] = []
    disk.before = operation => {
      if (operation === 'rename') seen.push(disk.files)
    }
    await storeFile(chunks('one, ', 'two'), '', 'a.txt', disk)
    const [before] = seen
    const temporary = Object.keys(before!).filter(path => path !== '/a.txt')
    expect(temporary).toEqual([expect.stringMatching(/^\/\.statewire-upload-/)])
    expect(before).toEqual({ '/a.txt': 'old', [temporary[0]!]: 'one, two' })
    expect(disk.calls.indexOf('fsync')).toBeGreaterThan(disk.calls.lastIndexOf('write'))
    expect(disk.calls.indexOf('rename')).toBeGreaterThan(disk.calls.indexOf('fsync'))
    expect(disk.files).toEqual({ '/a.txt': 'one, two' })
  })

  it('takes another temporary name each time, so that two uploads of one name do not meet', async () => {
    const disk = new FakeDisk()
    const names = new Set<string>()
    disk.before = operation => {
      if (operation === 'fsync') for (const path of Object.keys(disk.files)) names.add(path)
    }
    await Promise.all(['one', 'two'].map(text => storeFile(chunks(text), '', 'a', disk)))
    expect(names.size).toBeGreaterThanOrEqual(2)
    expect(Object.keys(disk.files)).toEqual(['/a'])
  })

  it.each(['write', 'fsync', 'close', 'rename'] as const)(
    'leaves nothing, and the old file, where %s fails',
    async operation => {
      const disk = new FakeDisk({ '/a': 'old' })
      disk.fail(operation, 'ENOSPC')
      await expect(storeFile(chunks('new'), '', 'a', disk)).rejects.toMatchObject({ code: 'ENOSPC' })
      expect([disk.files, disk.openCount]).toEqual([{ '/a': 'old' }, 0])
    },
  )

  it('leaves nothing where the content breaks off', async () => {
    const disk = new FakeDisk({ '/a': 'old' })
    await expect(storeFile(chunks('ne', new Error('gone')), '', 'a', disk)).rejects.toThrow('gone')
    expect([disk.files, disk.openCount]).toEqual([{ '/a': 'old' }, 0])
  })

  it('leaves nothing where the name is that of a folder', async () => {
    const folder = temporaryFolder({ 'a/b': 'B' })
    await expect(storeFile(chunks('new'), folder, 'a', systemDisk)).rejects.toMatchObject({ code: 'EISDIR' })
    expect(readdirSync(folder)).toEqual(['a'])
  })

  it('leaves the content unread where no file can be made', async () => {
    const disk = new FakeDisk()
    disk.fail('create', 'EACCES')
    const content = chunks('new')
    await expect(storeFile(content, '', 'a', disk)).rejects.toMatchObject({ code: 'EACCES' })
    expect(await content.next()).toMatchObject({ done: false })
  })

  it('says what went wrong first, though cleaning up goes wrong too', async () => {
    const disk = new FakeDisk()
    disk.fail('write', 'ENOSPC')
    disk.fail('remove', 'EIO')
    await expect(storeFile(chunks('new'), '', 'a', disk)).rejects.toMatchObject({ code: 'ENOSPC' })
  })
})
