import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Disk, systemDisk } from '../../../src/server/files/file-system.ts'
import { type Conflict, storeFile } from '../../../src/server/files/write-upload.ts'
import { FakeDisk, systemError } from '../fake-file-system.ts'
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
    expect(
      await storeFile(chunks('one, ', 'two, ', 'three'), folder, 'a.txt', 'replace', systemDisk),
    ).toEqual({
      kind: 'created',
      name: 'a.txt',
    })
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('one, two, three')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  it('creates an empty file of no chunks', async () => {
    const folder = temporaryFolder()
    await storeFile(chunks(), folder, 'a.txt', 'replace', systemDisk)
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('')
  })

  it('replaces a file, and says so', async () => {
    const folder = temporaryFolder({ 'a.txt': 'a much longer text' })
    expect(await storeFile(chunks('short'), folder, 'a.txt', 'replace', systemDisk)).toEqual({
      kind: 'replaced',
    })
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('short')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  it('replaces a link, not what it leads to', async () => {
    const folder = temporaryFolder({ outside: 'untouched', 'site/a': { link: '../outside' } })
    await storeFile(chunks('new'), join(folder, 'site'), 'a', 'replace', systemDisk)
    expect(readFileSync(join(folder, 'outside'), 'utf8')).toBe('untouched')
    expect(readFileSync(join(folder, 'site/a'), 'utf8')).toBe('new')
  })

  it('shows nothing under the name before all of it is on the disk, and a temporary name that is hidden', async () => {
    const disk = new FakeDisk({ '/a.txt': 'old' })
    const seen: Record<string, string>[] = []
    disk.before = operation => {
      if (operation === 'rename') seen.push(disk.files)
    }
    await storeFile(chunks('one, ', 'two'), '', 'a.txt', 'replace', disk)
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
    await Promise.all(['one', 'two'].map(text => storeFile(chunks(text), '', 'a', 'replace', disk)))
    expect(names.size).toBeGreaterThanOrEqual(2)
    expect(Object.keys(disk.files)).toEqual(['/a'])
  })

  it.each(['write', 'fsync', 'close', 'rename'] as const)(
    'leaves nothing, and the old file, where %s fails',
    async operation => {
      const disk = new FakeDisk({ '/a': 'old' })
      disk.fail(operation, 'ENOSPC')
      await expect(storeFile(chunks('new'), '', 'a', 'replace', disk)).rejects.toMatchObject({
        code: 'ENOSPC',
      })
      expect([disk.files, disk.openCount]).toEqual([{ '/a': 'old' }, 0])
    },
  )

  it('leaves nothing where the content breaks off', async () => {
    const disk = new FakeDisk({ '/a': 'old' })
    await expect(storeFile(chunks('ne', new Error('gone')), '', 'a', 'replace', disk)).rejects.toThrow('gone')
    expect([disk.files, disk.openCount]).toEqual([{ '/a': 'old' }, 0])
  })

  it('leaves nothing where the name is that of a folder', async () => {
    const folder = temporaryFolder({ 'a/b': 'B' })
    await expect(storeFile(chunks('new'), folder, 'a', 'replace', systemDisk)).rejects.toMatchObject({
      code: 'EISDIR',
    })
    expect(readdirSync(folder)).toEqual(['a'])
  })

  it('leaves the content unread where no file can be made', async () => {
    const disk = new FakeDisk()
    disk.fail('create', 'EACCES')
    const content = chunks('new')
    await expect(storeFile(content, '', 'a', 'replace', disk)).rejects.toMatchObject({ code: 'EACCES' })
    expect(await content.next()).toMatchObject({ done: false })
  })

  it('says what went wrong first, though cleaning up goes wrong too', async () => {
    const disk = new FakeDisk()
    disk.fail('write', 'ENOSPC')
    disk.fail('remove', 'EIO')
    await expect(storeFile(chunks('new'), '', 'a', 'replace', disk)).rejects.toMatchObject({ code: 'ENOSPC' })
  })
})

const MODES: readonly Conflict[] = ['replace', 'refuse', 'rename']

/** Disks with hard links and without. */
const DISKS: readonly [string, () => FakeDisk][] = [
  ['links', () => new FakeDisk({ '/a.txt': 'old' })],
  ...['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].map((code): [string, () => FakeDisk] => [
    `no links (${code})`,
    () => {
      const disk = new FakeDisk({ '/a.txt': 'old' })
      disk.fail('link', code)
      return disk
    },
  ]),
]

describe.each(DISKS)('storeFile on a disk with %s', (_, makeDisk) => {
  it.each(MODES)('%s: a name that nothing has is taken', async conflict => {
    const disk = makeDisk()
    expect(await storeFile(chunks('new'), '', 'b.txt', conflict, disk)).toEqual({
      kind: 'created',
      name: 'b.txt',
    })
    expect([disk.files, disk.openCount]).toEqual([{ '/a.txt': 'old', '/b.txt': 'new' }, 0])
  })

  it('refuse: what has the name stays, and nothing is left', async () => {
    const disk = makeDisk()
    expect(await storeFile(chunks('new'), '', 'a.txt', 'refuse', disk)).toEqual({ kind: 'refused' })
    expect([disk.files, disk.openCount]).toEqual([{ '/a.txt': 'old' }, 0])
  })

  it('rename: takes the first name that is free', async () => {
    const disk = makeDisk()
    disk.put('/a (1).txt', 'first')
    const stored = await storeFile(chunks('new'), '', 'a.txt', 'rename', disk)
    expect(stored).toEqual({ kind: 'created', name: 'a (2).txt' })
    expect(disk.files).toEqual({ '/a.txt': 'old', '/a (1).txt': 'first', '/a (2).txt': 'new' })
  })

  it('rename: gives up when it has tried many', async () => {
    const disk = makeDisk()
    for (let number = 1; number <= 1000; number++) disk.put(`/a (${number}).txt`, '')
    const before = disk.files
    expect(await storeFile(chunks('new'), '', 'a.txt', 'rename', disk)).toEqual({ kind: 'refused' })
    expect(disk.files).toEqual(before)
  })

  it('refuse: of ten at once one is stored', async () => {
    const disk = makeDisk()
    const texts = Array.from({ length: 10 }, (_, at) => `content ${at}`)
    const stored = await Promise.all(texts.map(text => storeFile(chunks(text), '', 'b', 'refuse', disk)))
    const winner = stored.findIndex(({ kind }) => kind === 'created')
    expect(stored.filter(({ kind }) => kind === 'refused')).toHaveLength(9)
    expect(disk.files).toEqual({ '/a.txt': 'old', '/b': texts[winner] })
  })

  it('rename: of ten at once all are stored, under the names that were told', async () => {
    const disk = makeDisk()
    const texts = Array.from({ length: 10 }, (_, at) => `content ${at}`)
    const stored = await Promise.all(texts.map(text => storeFile(chunks(text), '', 'b', 'rename', disk)))
    const told = stored.map((one, at) => [one.kind === 'created' && `/${one.name}`, texts[at]])
    expect(disk.files).toEqual({ '/a.txt': 'old', ...Object.fromEntries(told) })
    expect(Object.keys(disk.files)).toHaveLength(11)
  })

  it('does not take a name that was taken while the content came', async () => {
    const disk = makeDisk()
    const { before } = disk
    disk.before = operation => {
      if (operation === 'fsync') disk.put('/b', 'other')
      return before(operation)
    }
    expect(await storeFile(chunks('new'), '', 'b', 'refuse', disk)).toEqual({ kind: 'refused' })
    expect(disk.files).toEqual({ '/a.txt': 'old', '/b': 'other' })
  })
})

describe('storeFile where no file may be replaced', () => {
  it.each(['refuse', 'rename'] as const)(
    '%s: leaves nothing where the name cannot be given',
    async conflict => {
      const disk = new FakeDisk()
      disk.fail('link', 'EIO')
      await expect(storeFile(chunks('new'), '', 'a', conflict, disk)).rejects.toMatchObject({ code: 'EIO' })
      expect([disk.files, disk.openCount]).toEqual([{}, 0])
    },
  )

  it.each(['refuse', 'rename'] as const)(
    '%s: without links, the name is free again where the content cannot be moved to it',
    async conflict => {
      const disk = new FakeDisk()
      disk.fail('link', 'EPERM')
      disk.fail('rename', 'EIO')
      await expect(storeFile(chunks('new'), '', 'a', conflict, disk)).rejects.toMatchObject({ code: 'EIO' })
      expect([disk.files, disk.openCount]).toEqual([{}, 0])
    },
  )

  it('without links, says what went wrong where the name cannot even be held', async () => {
    const disk = new FakeDisk()
    disk.fail('link', 'EPERM')
    const { before } = disk
    let creations = 0
    disk.before = operation => {
      if (operation === 'create' && ++creations === 2) throw systemError('ENOSPC')
      return before(operation)
    }
    await expect(storeFile(chunks('new'), '', 'a', 'refuse', disk)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect([disk.files, disk.openCount]).toEqual([{}, 0])
  })

  it('stands by what is stored, though its temporary name stays', async () => {
    const disk = new FakeDisk()
    disk.fail('remove', 'EIO')
    expect(await storeFile(chunks('new'), '', 'a', 'refuse', disk)).toEqual({ kind: 'created', name: 'a' })
    expect(disk.files['/a']).toBe('new')
  })

  it.each([
    ['a file', 'old'],
    ['a link that leads nowhere', { link: 'nowhere' }],
    ['a folder', undefined],
  ])('on a real disk: %s has the name', async (_, what) => {
    const folder = temporaryFolder(what === undefined ? { 'a/': '' } : { a: what })
    expect(await storeFile(chunks('new'), folder, 'a', 'refuse', systemDisk)).toEqual({ kind: 'refused' })
    expect(readdirSync(folder)).toEqual(['a'])
    const stored = await storeFile(chunks('new'), folder, 'a', 'rename', systemDisk)
    expect(stored).toEqual({ kind: 'created', name: 'a (1)' })
    expect(readdirSync(folder).sort()).toEqual(['a', 'a (1)'])
    expect(readFileSync(join(folder, 'a (1)'), 'utf8')).toBe('new')
  })
})

describe('storeFile and the folder', () => {
  /** What is synchronised, in order, with what lies in the folder by then. */
  function watched(folder: string): { readonly disk: Disk; readonly synchronised: [string, string[]][] } {
    const synchronised: [string, string[]][] = []
    const disk: Disk = {
      ...systemDisk,
      async fsync(fd) {
        const path = await systemDisk.realpathOf(fd, folder)
        synchronised.push([path === folder ? 'folder' : 'file', readdirSync(folder)])
        await systemDisk.fsync(fd)
      },
    }
    return { disk, synchronised }
  }

  it.each(MODES)('%s: the folder is synchronised when the name is given', async conflict => {
    const folder = temporaryFolder()
    const { disk, synchronised } = watched(folder)
    await storeFile(chunks('new'), folder, 'a', conflict, disk)
    expect(synchronised).toEqual([
      ['file', [expect.stringMatching(/^\.statewire-upload-/)]],
      ['folder', ['a']],
    ])
  })

  it('is not denied what is stored where a folder cannot be synchronised', async () => {
    const disk = new FakeDisk()
    disk.put('', 'stands for the folder')
    let syncs = 0
    disk.before = operation => {
      if (operation === 'fsync' && ++syncs === 2) throw systemError('EINVAL')
    }
    expect(await storeFile(chunks('new'), '', 'a', 'replace', disk)).toEqual({ kind: 'created', name: 'a' })
    expect([syncs, disk.openCount]).toEqual([2, 0])
  })
})
