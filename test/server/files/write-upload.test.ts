import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import {
  StagedUpload,
  type UploadConflict,
  type WrittenUpload,
} from '../../../src/server/files/write-upload.ts'
import { FakeFileSystem, systemError } from '../fake-file-system.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** Yields the parts as content; throws where a part is an error. */
async function* contentOf(...parts: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part
    yield Buffer.from(part)
  }
}

async function writeUpload(
  content: AsyncIterable<Uint8Array>,
  folder: string,
  name: string,
  conflict: UploadConflict,
  fileSystem: FileSystem,
): Promise<WrittenUpload> {
  const indexFiles = ['index.html']
  const staged = await StagedUpload.of(content, folder, { indexFiles }, fileSystem)
  return staged.commit(name, conflict)
}

describe('an upload', () => {
  it('creates a file with the whole content', async () => {
    const folder = temporaryFolder()
    expect(
      await writeUpload(
        contentOf('one, ', 'two, ', 'three'),
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

  it('creates an empty file for empty content', async () => {
    const folder = temporaryFolder()
    await writeUpload(contentOf(), folder, 'a.txt', 'replace', nodeFileSystem)
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('')
  })

  it('replaces a file, and reports that', async () => {
    const folder = temporaryFolder({ 'a.txt': 'a much longer text' })
    expect(
      await writeUpload(contentOf('short'), folder, 'a.txt', 'replace', nodeFileSystem),
    ).toEqual({
      kind: 'replaced',
    })
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('short')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  it('replaces a link, not its target', async () => {
    const folder = temporaryFolder({ outside: 'untouched', 'site/a': { link: '../outside' } })
    await writeUpload(contentOf('new'), join(folder, 'site'), 'a', 'replace', nodeFileSystem)
    expect(readFileSync(join(folder, 'outside'), 'utf8')).toBe('untouched')
    expect(readFileSync(join(folder, 'site/a'), 'utf8')).toBe('new')
  })

  it('writes to a hidden temporary file, and renames it only after fsync', async () => {
    const fileSystem = new FakeFileSystem({ '/a.txt': 'old' })
    const seen: Record<string, string>[] = []
    fileSystem.before = operation => {
      if (operation === 'rename') seen.push(fileSystem.files)
    }
    await writeUpload(contentOf('one, ', 'two'), '', 'a.txt', 'replace', fileSystem)
    const [before] = seen
    const temporary = Object.keys(before!).filter(path => path !== '/a.txt')
    expect(temporary).toEqual([expect.stringMatching(/^\/\.statewire-upload-/)])
    expect(before).toEqual({ '/a.txt': 'old', [temporary[0]!]: 'one, two' })
    expect(fileSystem.calls.indexOf('fsync')).toBeGreaterThan(fileSystem.calls.lastIndexOf('write'))
    expect(fileSystem.calls.indexOf('rename')).toBeGreaterThan(fileSystem.calls.indexOf('fsync'))
    expect(fileSystem.files).toEqual({ '/a.txt': 'one, two' })
  })

  it('uses a new temporary name each time, so that concurrent uploads do not collide', async () => {
    const fileSystem = new FakeFileSystem()
    const names = new Set<string>()
    fileSystem.before = operation => {
      if (operation === 'fsync') for (const path of Object.keys(fileSystem.files)) names.add(path)
    }
    await Promise.all(
      ['one', 'two'].map(text => writeUpload(contentOf(text), '', 'a', 'replace', fileSystem)),
    )
    expect(names.size).toBeGreaterThanOrEqual(2)
    expect(Object.keys(fileSystem.files)).toEqual(['/a'])
  })

  it.each(['write', 'fsync', 'close', 'rename'] as const)(
    'leaves only the old file if %s fails',
    async operation => {
      const fileSystem = new FakeFileSystem({ '/a': 'old' })
      fileSystem.fail(operation, 'ENOSPC')
      await expect(
        writeUpload(contentOf('new'), '', 'a', 'replace', fileSystem),
      ).rejects.toMatchObject({
        code: 'ENOSPC',
      })
      expect([fileSystem.files, fileSystem.openCount]).toEqual([{ '/a': 'old' }, 0])
    },
  )

  it('leaves only the old file if the content is cut short', async () => {
    const fileSystem = new FakeFileSystem({ '/a': 'old' })
    await expect(
      writeUpload(contentOf('ne', new Error('aborted')), '', 'a', 'replace', fileSystem),
    ).rejects.toThrow('aborted')
    expect([fileSystem.files, fileSystem.openCount]).toEqual([{ '/a': 'old' }, 0])
  })

  it('leaves nothing if the name is that of a folder', async () => {
    const folder = temporaryFolder({ 'a/b': 'B' })
    await expect(
      writeUpload(contentOf('new'), folder, 'a', 'replace', nodeFileSystem),
    ).rejects.toMatchObject({
      code: 'EISDIR',
    })
    expect(readdirSync(folder)).toEqual(['a'])
  })

  it('does not read the content if no file can be created', async () => {
    const fileSystem = new FakeFileSystem()
    fileSystem.fail('create', 'EACCES')
    const content = contentOf('new')
    await expect(writeUpload(content, '', 'a', 'replace', fileSystem)).rejects.toMatchObject({
      code: 'EACCES',
    })
    expect(await content.next()).toMatchObject({ done: false })
  })

  it('rejects with the first error if removing the temporary file fails too', async () => {
    const fileSystem = new FakeFileSystem()
    fileSystem.fail('write', 'ENOSPC')
    fileSystem.fail('remove', 'EIO')
    await expect(
      writeUpload(contentOf('new'), '', 'a', 'replace', fileSystem),
    ).rejects.toMatchObject({
      code: 'ENOSPC',
    })
  })
})

const MODES: readonly UploadConflict[] = ['replace', 'refuse', 'rename']

/** File systems with hard links, and those without, by the error of link(). */
const FILE_SYSTEMS: readonly [string, () => FakeFileSystem][] = [
  ['hard links', () => new FakeFileSystem({ '/a.txt': 'old' })],
  ...['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].map(
    (code): [string, () => FakeFileSystem] => [
      `no hard links (${code})`,
      () => {
        const fileSystem = new FakeFileSystem({ '/a.txt': 'old' })
        fileSystem.fail('link', code)
        return fileSystem
      },
    ],
  ),
]

describe.each(FILE_SYSTEMS)('writeUpload on a file system with %s', (_, makeFileSystem) => {
  it.each(MODES)('%s: creates a file under a free name', async conflict => {
    const fileSystem = makeFileSystem()
    expect(await writeUpload(contentOf('new'), '', 'b.txt', conflict, fileSystem)).toEqual({
      kind: 'created',
      name: 'b.txt',
    })
    expect([fileSystem.files, fileSystem.openCount]).toEqual([
      { '/a.txt': 'old', '/b.txt': 'new' },
      0,
    ])
  })

  it('refuse: keeps the existing file, and leaves nothing else', async () => {
    const fileSystem = makeFileSystem()
    expect(await writeUpload(contentOf('new'), '', 'a.txt', 'refuse', fileSystem)).toEqual({
      kind: 'refused',
    })
    expect([fileSystem.files, fileSystem.openCount]).toEqual([{ '/a.txt': 'old' }, 0])
  })

  it('rename: uses the first free name', async () => {
    const fileSystem = makeFileSystem()
    fileSystem.put('/a (1).txt', 'first')
    const stored = await writeUpload(contentOf('new'), '', 'a.txt', 'rename', fileSystem)
    expect(stored).toEqual({ kind: 'created', name: 'a (2).txt' })
    expect(fileSystem.files).toEqual({
      '/a.txt': 'old',
      '/a (1).txt': 'first',
      '/a (2).txt': 'new',
    })
  })

  it('rename: refuses after 1000 alternative names', async () => {
    const fileSystem = makeFileSystem()
    for (let number = 1; number <= 1000; number++) fileSystem.put(`/a (${number}).txt`, '')
    const before = fileSystem.files
    expect(await writeUpload(contentOf('new'), '', 'a.txt', 'rename', fileSystem)).toEqual({
      kind: 'refused',
    })
    expect(fileSystem.files).toEqual(before)
  })

  it('refuse: stores one of ten concurrent uploads', async () => {
    const fileSystem = makeFileSystem()
    const texts = Array.from({ length: 10 }, (_, at) => `content ${at}`)
    const stored = await Promise.all(
      texts.map(text => writeUpload(contentOf(text), '', 'b', 'refuse', fileSystem)),
    )
    const winner = stored.findIndex(({ kind }) => kind === 'created')
    expect(stored.filter(({ kind }) => kind === 'refused')).toHaveLength(9)
    expect(fileSystem.files).toEqual({ '/a.txt': 'old', '/b': texts[winner] })
  })

  it('rename: stores ten concurrent uploads under the names that it returns', async () => {
    const fileSystem = makeFileSystem()
    const texts = Array.from({ length: 10 }, (_, at) => `content ${at}`)
    const stored = await Promise.all(
      texts.map(text => writeUpload(contentOf(text), '', 'b', 'rename', fileSystem)),
    )
    const expected = stored.map((one, at) => [one.kind === 'created' && `/${one.name}`, texts[at]])
    expect(fileSystem.files).toEqual({ '/a.txt': 'old', ...Object.fromEntries(expected) })
    expect(Object.keys(fileSystem.files)).toHaveLength(11)
  })

  it('refuse: does not replace a file that was created while the content arrived', async () => {
    const fileSystem = makeFileSystem()
    const { before } = fileSystem
    fileSystem.before = operation => {
      if (operation === 'fsync') fileSystem.put('/b', 'other')
      return before(operation)
    }
    expect(await writeUpload(contentOf('new'), '', 'b', 'refuse', fileSystem)).toEqual({
      kind: 'refused',
    })
    expect(fileSystem.files).toEqual({ '/a.txt': 'old', '/b': 'other' })
  })
})

describe('writeUpload that may not replace a file', () => {
  it.each(['refuse', 'rename'] as const)('%s: leaves nothing if link() fails', async conflict => {
    const fileSystem = new FakeFileSystem()
    fileSystem.fail('link', 'EIO')
    await expect(
      writeUpload(contentOf('new'), '', 'a', conflict, fileSystem),
    ).rejects.toMatchObject({
      code: 'EIO',
    })
    expect([fileSystem.files, fileSystem.openCount]).toEqual([{}, 0])
  })

  it.each(['refuse', 'rename'] as const)(
    '%s: frees the name again without links if rename() fails',
    async conflict => {
      const fileSystem = new FakeFileSystem()
      fileSystem.fail('link', 'EPERM')
      fileSystem.fail('rename', 'EIO')
      await expect(
        writeUpload(contentOf('new'), '', 'a', conflict, fileSystem),
      ).rejects.toMatchObject({
        code: 'EIO',
      })
      expect([fileSystem.files, fileSystem.openCount]).toEqual([{}, 0])
    },
  )

  it('rejects without links if the name cannot be reserved', async () => {
    const fileSystem = new FakeFileSystem()
    fileSystem.fail('link', 'EPERM')
    const { before } = fileSystem
    let creations = 0
    fileSystem.before = operation => {
      if (operation === 'create' && ++creations === 2) throw systemError('ENOSPC')
      return before(operation)
    }
    await expect(
      writeUpload(contentOf('new'), '', 'a', 'refuse', fileSystem),
    ).rejects.toMatchObject({
      code: 'ENOSPC',
    })
    expect([fileSystem.files, fileSystem.openCount]).toEqual([{}, 0])
  })

  it('reports the file as created even if the temporary name cannot be removed', async () => {
    const fileSystem = new FakeFileSystem()
    fileSystem.fail('remove', 'EIO')
    expect(await writeUpload(contentOf('new'), '', 'a', 'refuse', fileSystem)).toEqual({
      kind: 'created',
      name: 'a',
    })
    expect(fileSystem.files['/a']).toBe('new')
  })

  it.each([
    ['a file', 'old'],
    ['a dangling link', { link: 'nowhere' }],
    ['a folder', undefined],
  ])('refuses or renames on a real file system if %s has the name', async (_, existing) => {
    const folder = temporaryFolder(existing === undefined ? { 'a/': '' } : { a: existing })
    expect(await writeUpload(contentOf('new'), folder, 'a', 'refuse', nodeFileSystem)).toEqual({
      kind: 'refused',
    })
    expect(readdirSync(folder)).toEqual(['a'])
    const stored = await writeUpload(contentOf('new'), folder, 'a', 'rename', nodeFileSystem)
    expect(stored).toEqual({ kind: 'created', name: 'a (1)' })
    expect(readdirSync(folder).sort()).toEqual(['a', 'a (1)'])
    expect(readFileSync(join(folder, 'a (1)'), 'utf8')).toBe('new')
  })
})

describe('writeUpload and its folder', () => {
  /** Returns a file system that records each fsync, with the names in the folder at that time. */
  function recordFsyncs(folder: string): {
    readonly fileSystem: FileSystem
    readonly fsyncs: [string, string[]][]
  } {
    const fsyncs: [string, string[]][] = []
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async fsync(fd) {
        const path = await nodeFileSystem.realpathOf(fd, folder)
        fsyncs.push([path === folder ? 'folder' : 'file', readdirSync(folder)])
        await nodeFileSystem.fsync(fd)
      },
    }
    return { fileSystem, fsyncs }
  }

  it.each(MODES)('%s: calls fsync on the folder after the file has its name', async conflict => {
    const folder = temporaryFolder()
    const { fileSystem, fsyncs } = recordFsyncs(folder)
    await writeUpload(contentOf('new'), folder, 'a', conflict, fileSystem)
    expect(fsyncs).toEqual([
      ['file', [expect.stringMatching(/^\.statewire-upload-/)]],
      ['folder', ['a']],
    ])
  })

  it('reports the file as created even if fsync of the folder fails', async () => {
    const fileSystem = new FakeFileSystem()
    fileSystem.put('', 'stands for the folder')
    let syncs = 0
    fileSystem.before = operation => {
      if (operation === 'fsync' && ++syncs === 2) throw systemError('EINVAL')
    }
    expect(await writeUpload(contentOf('new'), '', 'a', 'replace', fileSystem)).toEqual({
      kind: 'created',
      name: 'a',
    })
    expect([syncs, fileSystem.openCount]).toEqual([2, 0])
  })
})
