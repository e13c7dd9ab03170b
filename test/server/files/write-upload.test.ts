import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type FileSystem, nodeFileSystem } from '../../../src/server/files/file-system.ts'
import { type UploadConflict, writeUpload } from '../../../src/server/files/write-upload.ts'
import { FakeFileSystem, systemError } from '../fake-file-system.ts'
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
      await writeUpload(
        chunks('one, ', 'two, ', 'three'),
        folder,
        'a.txt',
        'replace',
        nodeFileSystem,
      ),
    ).toEqual({
      kind: 'created',
      name: 'a.txt',
    })
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('one, two, three')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  it('creates an empty file of no chunks', async () => {
    const folder = temporaryFolder()
    await writeUpload(chunks(), folder, 'a.txt', 'replace', nodeFileSystem)
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('')
  })

  it('replaces a file, and says so', async () => {
    const folder = temporaryFolder({ 'a.txt': 'a much longer text' })
    expect(await writeUpload(chunks('short'), folder, 'a.txt', 'replace', nodeFileSystem)).toEqual({
      kind: 'replaced',
    })
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('short')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  it('replaces a link, not what it leads to', async () => {
    const folder = temporaryFolder({ outside: 'untouched', 'site/a': { link: '../outside' } })
    await writeUpload(chunks('new'), join(folder, 'site'), 'a', 'replace', nodeFileSystem)
    expect(readFileSync(join(folder, 'outside'), 'utf8')).toBe('untouched')
    expect(readFileSync(join(folder, 'site/a'), 'utf8')).toBe('new')
  })

  it('shows nothing under the name before all of it is on the disk, and a temporary name that is hidden', async () => {
    const fileSystem = new FakeFileSystem({ '/a.txt': 'old' })
    const seen: Record<string, string>[] = []
    fileSystem.before = operation => {
      if (operation === 'rename') seen.push(fileSystem.files)
    }
    await writeUpload(chunks('one, ', 'two'), '', 'a.txt', 'replace', fileSystem)
    const [before] = seen
    const temporary = Object.keys(before!).filter(path => path !== '/a.txt')
    expect(temporary).toEqual([expect.stringMatching(/^\/\.statewire-upload-/)])
    expect(before).toEqual({ '/a.txt': 'old', [temporary[0]!]: 'one, two' })
    expect(fileSystem.calls.indexOf('fsync')).toBeGreaterThan(fileSystem.calls.lastIndexOf('write'))
    expect(fileSystem.calls.indexOf('rename')).toBeGreaterThan(fileSystem.calls.indexOf('fsync'))
    expect(fileSystem.files).toEqual({ '/a.txt': 'one, two' })
  })

  it('takes another temporary name each time, so that two uploads of one name do not meet', async () => {
    const fileSystem = new FakeFileSystem()
    const names = new Set<string>()
    fileSystem.before = operation => {
      if (operation === 'fsync') for (const path of Object.keys(fileSystem.files)) names.add(path)
    }
    await Promise.all(
      ['one', 'two'].map(text => writeUpload(chunks(text), '', 'a', 'replace', fileSystem)),
    )
    expect(names.size).toBeGreaterThanOrEqual(2)
    expect(Object.keys(fileSystem.files)).toEqual(['/a'])
  })

  it.each(['write', 'fsync', 'close', 'rename'] as const)(
    'leaves nothing, and the old file, where %s fails',
    async operation => {
      const fileSystem = new FakeFileSystem({ '/a': 'old' })
      fileSystem.fail(operation, 'ENOSPC')
      await expect(
        writeUpload(chunks('new'), '', 'a', 'replace', fileSystem),
      ).rejects.toMatchObject({
        code: 'ENOSPC',
      })
      expect([fileSystem.files, fileSystem.openCount]).toEqual([{ '/a': 'old' }, 0])
    },
  )

  it('leaves nothing where the content breaks off', async () => {
    const fileSystem = new FakeFileSystem({ '/a': 'old' })
    await expect(
      writeUpload(chunks('ne', new Error('gone')), '', 'a', 'replace', fileSystem),
    ).rejects.toThrow('gone')
    expect([fileSystem.files, fileSystem.openCount]).toEqual([{ '/a': 'old' }, 0])
  })

  it('leaves nothing where the name is that of a folder', async () => {
    const folder = temporaryFolder({ 'a/b': 'B' })
    await expect(
      writeUpload(chunks('new'), folder, 'a', 'replace', nodeFileSystem),
    ).rejects.toMatchObject({
      code: 'EISDIR',
    })
    expect(readdirSync(folder)).toEqual(['a'])
  })

  it('leaves the content unread where no file can be made', async () => {
    const fileSystem = new FakeFileSystem()
    fileSystem.fail('create', 'EACCES')
    const content = chunks('new')
    await expect(writeUpload(content, '', 'a', 'replace', fileSystem)).rejects.toMatchObject({
      code: 'EACCES',
    })
    expect(await content.next()).toMatchObject({ done: false })
  })

  it('says what went wrong first, though cleaning up goes wrong too', async () => {
    const fileSystem = new FakeFileSystem()
    fileSystem.fail('write', 'ENOSPC')
    fileSystem.fail('remove', 'EIO')
    await expect(writeUpload(chunks('new'), '', 'a', 'replace', fileSystem)).rejects.toMatchObject({
      code: 'ENOSPC',
    })
  })
})

const MODES: readonly UploadConflict[] = ['replace', 'refuse', 'rename']

/** Disks with hard links and without. */
const DISKS: readonly [string, () => FakeFileSystem][] = [
  ['links', () => new FakeFileSystem({ '/a.txt': 'old' })],
  ...['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].map(
    (code): [string, () => FakeFileSystem] => [
      `no links (${code})`,
      () => {
        const fileSystem = new FakeFileSystem({ '/a.txt': 'old' })
        fileSystem.fail('link', code)
        return fileSystem
      },
    ],
  ),
]

describe.each(DISKS)('storeFile on a disk with %s', (_, makeDisk) => {
  it.each(MODES)('%s: a name that nothing has is taken', async conflict => {
    const fileSystem = makeDisk()
    expect(await writeUpload(chunks('new'), '', 'b.txt', conflict, fileSystem)).toEqual({
      kind: 'created',
      name: 'b.txt',
    })
    expect([fileSystem.files, fileSystem.openCount]).toEqual([
      { '/a.txt': 'old', '/b.txt': 'new' },
      0,
    ])
  })

  it('refuse: what has the name stays, and nothing is left', async () => {
    const fileSystem = makeDisk()
    expect(await writeUpload(chunks('new'), '', 'a.txt', 'refuse', fileSystem)).toEqual({
      kind: 'refused',
    })
    expect([fileSystem.files, fileSystem.openCount]).toEqual([{ '/a.txt': 'old' }, 0])
  })

  it('rename: takes the first name that is free', async () => {
    const fileSystem = makeDisk()
    fileSystem.put('/a (1).txt', 'first')
    const stored = await writeUpload(chunks('new'), '', 'a.txt', 'rename', fileSystem)
    expect(stored).toEqual({ kind: 'created', name: 'a (2).txt' })
    expect(fileSystem.files).toEqual({
      '/a.txt': 'old',
      '/a (1).txt': 'first',
      '/a (2).txt': 'new',
    })
  })

  it('rename: gives up when it has tried many', async () => {
    const fileSystem = makeDisk()
    for (let number = 1; number <= 1000; number++) fileSystem.put(`/a (${number}).txt`, '')
    const before = fileSystem.files
    expect(await writeUpload(chunks('new'), '', 'a.txt', 'rename', fileSystem)).toEqual({
      kind: 'refused',
    })
    expect(fileSystem.files).toEqual(before)
  })

  it('refuse: of ten at once one is stored', async () => {
    const fileSystem = makeDisk()
    const texts = Array.from({ length: 10 }, (_, at) => `content ${at}`)
    const stored = await Promise.all(
      texts.map(text => writeUpload(chunks(text), '', 'b', 'refuse', fileSystem)),
    )
    const winner = stored.findIndex(({ kind }) => kind === 'created')
    expect(stored.filter(({ kind }) => kind === 'refused')).toHaveLength(9)
    expect(fileSystem.files).toEqual({ '/a.txt': 'old', '/b': texts[winner] })
  })

  it('rename: of ten at once all are stored, under the names that were told', async () => {
    const fileSystem = makeDisk()
    const texts = Array.from({ length: 10 }, (_, at) => `content ${at}`)
    const stored = await Promise.all(
      texts.map(text => writeUpload(chunks(text), '', 'b', 'rename', fileSystem)),
    )
    const told = stored.map((one, at) => [one.kind === 'created' && `/${one.name}`, texts[at]])
    expect(fileSystem.files).toEqual({ '/a.txt': 'old', ...Object.fromEntries(told) })
    expect(Object.keys(fileSystem.files)).toHaveLength(11)
  })

  it('does not take a name that was taken while the content came', async () => {
    const fileSystem = makeDisk()
    const { before } = fileSystem
    fileSystem.before = operation => {
      if (operation === 'fsync') fileSystem.put('/b', 'other')
      return before(operation)
    }
    expect(await writeUpload(chunks('new'), '', 'b', 'refuse', fileSystem)).toEqual({
      kind: 'refused',
    })
    expect(fileSystem.files).toEqual({ '/a.txt': 'old', '/b': 'other' })
  })
})

describe('storeFile where no file may be replaced', () => {
  it.each(['refuse', 'rename'] as const)(
    '%s: leaves nothing where the name cannot be given',
    async conflict => {
      const fileSystem = new FakeFileSystem()
      fileSystem.fail('link', 'EIO')
      await expect(writeUpload(chunks('new'), '', 'a', conflict, fileSystem)).rejects.toMatchObject(
        {
          code: 'EIO',
        },
      )
      expect([fileSystem.files, fileSystem.openCount]).toEqual([{}, 0])
    },
  )

  it.each(['refuse', 'rename'] as const)(
    '%s: without links, the name is free again where the content cannot be moved to it',
    async conflict => {
      const fileSystem = new FakeFileSystem()
      fileSystem.fail('link', 'EPERM')
      fileSystem.fail('rename', 'EIO')
      await expect(writeUpload(chunks('new'), '', 'a', conflict, fileSystem)).rejects.toMatchObject(
        {
          code: 'EIO',
        },
      )
      expect([fileSystem.files, fileSystem.openCount]).toEqual([{}, 0])
    },
  )

  it('without links, says what went wrong where the name cannot even be held', async () => {
    const fileSystem = new FakeFileSystem()
    fileSystem.fail('link', 'EPERM')
    const { before } = fileSystem
    let creations = 0
    fileSystem.before = operation => {
      if (operation === 'create' && ++creations === 2) throw systemError('ENOSPC')
      return before(operation)
    }
    await expect(writeUpload(chunks('new'), '', 'a', 'refuse', fileSystem)).rejects.toMatchObject({
      code: 'ENOSPC',
    })
    expect([fileSystem.files, fileSystem.openCount]).toEqual([{}, 0])
  })

  it('stands by what is stored, though its temporary name stays', async () => {
    const fileSystem = new FakeFileSystem()
    fileSystem.fail('remove', 'EIO')
    expect(await writeUpload(chunks('new'), '', 'a', 'refuse', fileSystem)).toEqual({
      kind: 'created',
      name: 'a',
    })
    expect(fileSystem.files['/a']).toBe('new')
  })

  it.each([
    ['a file', 'old'],
    ['a link that leads nowhere', { link: 'nowhere' }],
    ['a folder', undefined],
  ])('on a real disk: %s has the name', async (_, what) => {
    const folder = temporaryFolder(what === undefined ? { 'a/': '' } : { a: what })
    expect(await writeUpload(chunks('new'), folder, 'a', 'refuse', nodeFileSystem)).toEqual({
      kind: 'refused',
    })
    expect(readdirSync(folder)).toEqual(['a'])
    const stored = await writeUpload(chunks('new'), folder, 'a', 'rename', nodeFileSystem)
    expect(stored).toEqual({ kind: 'created', name: 'a (1)' })
    expect(readdirSync(folder).sort()).toEqual(['a', 'a (1)'])
    expect(readFileSync(join(folder, 'a (1)'), 'utf8')).toBe('new')
  })
})

describe('storeFile and the folder', () => {
  /** What is synchronised, in order, with what lies in the folder by then. */
  function watched(folder: string): {
    readonly fileSystem: FileSystem
    readonly synchronised: [string, string[]][]
  } {
    const synchronised: [string, string[]][] = []
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async fsync(fd) {
        const path = await nodeFileSystem.realpathOf(fd, folder)
        synchronised.push([path === folder ? 'folder' : 'file', readdirSync(folder)])
        await nodeFileSystem.fsync(fd)
      },
    }
    return { fileSystem, synchronised }
  }

  it.each(MODES)('%s: the folder is synchronised when the name is given', async conflict => {
    const folder = temporaryFolder()
    const { fileSystem, synchronised } = watched(folder)
    await writeUpload(chunks('new'), folder, 'a', conflict, fileSystem)
    expect(synchronised).toEqual([
      ['file', [expect.stringMatching(/^\.statewire-upload-/)]],
      ['folder', ['a']],
    ])
  })

  it('is not denied what is stored where a folder cannot be synchronised', async () => {
    const fileSystem = new FakeFileSystem()
    fileSystem.put('', 'stands for the folder')
    let syncs = 0
    fileSystem.before = operation => {
      if (operation === 'fsync' && ++syncs === 2) throw systemError('EINVAL')
    }
    expect(await writeUpload(chunks('new'), '', 'a', 'replace', fileSystem)).toEqual({
      kind: 'created',
      name: 'a',
    })
    expect([syncs, fileSystem.openCount]).toEqual([2, 0])
  })
})
