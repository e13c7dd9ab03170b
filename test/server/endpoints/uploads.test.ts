import { mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../../fuzz/received-response.ts'
import { NO_RULES } from '../../../src/response/site-rules.ts'
import type { ConfigOptions } from '../../../src/server/config/rule-options.ts'
import { systemClock } from '../../../src/server/connection/clock.ts'
import type { Exchange } from '../../../src/server/connection/exchange.ts'
import { UploadGate } from '../../../src/server/endpoints/upload-gate.ts'
import { respondUploads } from '../../../src/server/endpoints/uploads.ts'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import type { Opened } from '../../../src/server/files/site-root.ts'
import type { ServerContext } from '../../../src/server/server-context.ts'
import { parseResponses } from '../../parse-responses.ts'
import { eventually } from '../eventually.ts'
import { systemError } from '../fake-file-system.ts'
import { configWith, FakeServer, requestOf } from '../fake-server.ts'
import type { FakeTransport } from '../fake-transport.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'

const METHODS = ['POST', 'PUT'] as const

type Setup = {
  readonly tree?: Tree
  readonly options?: ConfigOptions
  /** Replaces operations of the file system. */
  readonly fileSystem?: Partial<FileSystem>
  /** What opening the parent folder gives; by default, the temporary folder. */
  readonly opened?: Opened
  /** Whether the host has a site. */
  readonly site?: boolean
}

const folderAt = (path: string): Opened => ({ kind: 'folder', path, fd: openSync(path, 'r') })

/** The endpoint over a real folder, which is the parent of every path. */
function receiving({ tree = {}, options = {}, fileSystem = {}, opened, site = true }: Setup = {}) {
  const folder = temporaryFolder(tree)
  const closed: number[] = []
  const context = {
    config: configWith(options),
    clock: systemClock,
    uploads: new UploadGate(options.uploadsMax ?? 64),
    fileSystem: {
      ...nodeFileSystem,
      close: async (fd: number) => {
        if (opened?.kind !== 'file') return nodeFileSystem.close(fd)
        closed.push(fd)
      },
      ...fileSystem,
    },
    sites: {
      of: () =>
        site
          ? {
              root: {
                open: () => opened ?? folderAt(folder),
                run: async (result: unknown) => result,
                forget: () => {},
              },
              config: configWith(options),
              rules: NO_RULES,
            }
          : undefined,
    },
  } as unknown as ServerContext
  const errors: unknown[] = []
  const server = new FakeServer((exchange: Exchange) => {
    respondUploads(exchange, context).catch(error => errors.push(error))
  })
  const connect = (): FakeTransport => server.connect()
  const names = (): string[] => readdirSync(folder)
  return { folder, connect, names, errors, closed }
}

/** Waits for a response: the first, or the one with this index. */
function responseOn(transport: FakeTransport, index = 0): Promise<ReceivedResponse> {
  return eventually(() => {
    // Delivers what was sent while reading was paused.
    transport.pump()
    const response = parseResponses(transport.text)[index]
    expect(response).toBeDefined()
    return response!
  })
}

const upload = (
  name: string,
  content: string,
  method: string = 'PUT',
  ...lines: string[]
): string =>
  requestOf(
    `${method} /files/${name} HTTP/1.1`,
    ['Host: a', `Content-Length: ${content.length}`, ...lines],
    content,
  )

describe.each(METHODS)('%s /files/{name}', method => {
  it('responds 201 with Location to a new name, 204 without to a replacement', async () => {
    const { folder, connect } = receiving()
    const transport = connect()
    transport.send(upload('a.txt', 'one', method))
    const created = await responseOn(transport)
    expect([created.status, created.field('Location')]).toEqual([201, '/files/a.txt'])
    transport.send(upload('a.txt', 'two', method))
    const replaced = await responseOn(transport, 1)
    expect([replaced.status, replaced.field('Location')]).toEqual([204, undefined])
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('two')
  })

  it.each([
    ['replace', 204, undefined, { 'a b.txt': 'new' }],
    ['refuse', 409, undefined, { 'a b.txt': 'old' }],
    ['rename', 201, '/files/sub/a%20b%20(1).txt', { 'a b.txt': 'old', 'a b (1).txt': 'new' }],
  ] as const)(
    'responds to a name in use, with uploadConflict %s: %i',
    async (uploadConflict, status, location, files) => {
      const { folder, connect, names } = receiving({
        tree: { 'a b.txt': 'old' },
        options: { uploadConflict },
      })
      const transport = connect()
      transport.send(upload('sub/a%20b.txt', 'new', method))
      const response = await responseOn(transport)
      expect([response.status, response.field('Location')]).toEqual([status, location])
      expect(
        Object.fromEntries(names().map(name => [name, readFileSync(join(folder, name), 'utf8')])),
      ).toEqual(files)
    },
  )

  it.each([
    // RFC 9110 §13.1.2.
    ['replace', 'a', 412],
    ['rename', 'a', 412],
    // §13.2.1: it would have been an error without the condition.
    ['refuse', 'a', 409],
    ['replace', 'b', 201],
    ['rename', 'b', 201],
    ['refuse', 'b', 201],
  ] as const)(
    'responds to If-None-Match: *, with uploadConflict %s, onto %s: %i',
    async (uploadConflict, name, status) => {
      const { folder, connect, names } = receiving({
        tree: { a: 'old' },
        options: { uploadConflict },
      })
      const transport = connect()
      transport.send(upload(name, 'new', method, 'If-None-Match: *'))
      expect((await responseOn(transport)).status).toBe(status)
      expect(names()).toEqual(status === 201 ? ['a', 'b'] : ['a'])
      expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('old')
    },
  )

  it.each([
    ['replace', 412],
    ['rename', 412],
    ['refuse', 409],
  ] as const)(
    'responds to If-None-Match: *, with uploadConflict %s, if the file appears meanwhile: %i',
    async (uploadConflict, status) => {
      const { folder, connect, names } = receiving({ options: { uploadConflict } })
      const transport = connect()
      transport.send(upload('a', 'new', method, 'If-None-Match: *').slice(0, -1))
      await eventually(() => expect(names()).toHaveLength(1))
      writeFileSync(join(folder, 'a'), 'other')
      transport.send('w')
      expect((await responseOn(transport)).status).toBe(status)
      expect(names()).toEqual(['a'])
      expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('other')
    },
  )

  it.each([
    ['a part of a file', ['Content-Range: bytes 0-2/10'], 400],
    ['content with a coding', ['Content-Encoding: gzip'], 415],
    ['content with two codings', ['Content-Encoding: br', 'Content-Encoding: gzip'], 415],
    ['an unknown coding', ['Content-Encoding: x'], 415],
    ['content over uploadBytesMax', [], 413, 'eleven byte'],
    ['the name of a folder', [], 409, '', 'sub'],
    ['a link to a folder', [], 409, '', 'link'],
    ['a name that is reserved for a folder', [], 409, '', '.well-known'],
    ['a name in use', ['If-None-Match: *'], 412, '', 'a'],
    ['a dotfile', [], 404, '', '.env'],
    ['a temporary name', [], 404, '', '.statewire-upload-a'],
    ['no name', [], 400, '', ''],
    ['a folder', [], 400, '', 'b/'],
  ])(
    'refuses %s before it reads the content',
    async (_, lines, status, content = 'new', name = 'b') => {
      const { connect, names, errors } = receiving({
        tree: { a: 'old', 'sub/c': '', link: { link: 'sub' } },
        options: { uploadBytesMax: 10 },
      })
      const transport = connect()
      const head = upload(name, content || 'new', method, 'Expect: 100-continue', ...lines)
      transport.send(head.slice(0, head.indexOf('\r\n\r\n') + 4))
      const response = await responseOn(transport)
      expect([response.status, response.field('Connection')]).toEqual([status, 'close'])
      expect(transport.text).not.toContain('100 Continue')
      expect(names().sort()).toEqual(['a', 'link', 'sub'])
      expect(errors).toEqual([])
    },
  )

  it('lists identity alone in the Accept-Encoding of a 415', async () => {
    const { connect } = receiving()
    const transport = connect()
    transport.send(upload('a', 'new', method, 'Content-Encoding: gzip'))
    const response = await responseOn(transport)
    expect([response.status, response.field('Accept-Encoding')]).toEqual([415, 'identity'])
  })

  it.each(['Content-Encoding:', 'Content-Encoding: identity', 'Content-Encoding: Identity'])(
    'accepts a request with %s',
    async line => {
      const { connect, names } = receiving()
      const transport = connect()
      transport.send(upload('a', 'new', method, line))
      expect((await responseOn(transport)).status).toBe(201)
      expect(names()).toEqual(['a'])
    },
  )
})

describe('an upload to a folder that is', () => {
  const status = {
    kind: 'file',
    size: 0,
    mtimeNs: 0n,
    ctimeNs: 0n,
    birthtimeNs: 0n,
    device: 0n,
    inode: 0n,
    links: 1n,
  } as const
  it.each([
    ['missing', { kind: 'missing' }, 404],
    ['forbidden', { kind: 'forbidden' }, 403],
    ['busy', { kind: 'busy' }, 503],
    ['a file', { kind: 'file', fd: 4711, status }, 404],
  ] as const)('%s', async (_, opened, expected) => {
    const { connect, closed } = receiving({ opened })
    const transport = connect()
    transport.send(upload('b/a', 'new'))
    expect((await responseOn(transport)).status).toBe(expected)
    expect(closed).toEqual(opened.kind === 'file' ? [4711] : [])
  })
})

/** The status for each error code, and the operations that may fail with it. */
const ERRORS: readonly [code: string, status: number, operations: readonly (keyof FileSystem)[]][] =
  [
    ['ENOSPC', 507, ['create', 'write', 'fsync', 'close', 'rename', 'link']],
    ['EDQUOT', 507, ['create', 'write', 'fsync', 'close', 'rename', 'link']],
    ['EFBIG', 413, ['write']],
    ['EACCES', 403, ['create', 'rename', 'link']],
    ['EPERM', 403, ['create', 'rename']],
    ['EROFS', 403, ['create', 'rename', 'link']],
    ['EISDIR', 409, ['rename']],
    ['EBUSY', 409, ['rename']],
    ['ENOENT', 404, ['create', 'rename', 'link']],
    ['ENOTDIR', 404, ['create', 'rename', 'link']],
    ['ENAMETOOLONG', 404, ['create', 'rename', 'link']],
    ['EMFILE', 503, ['create']],
    ['ENFILE', 503, ['create']],
  ]

describe('an upload that the file system refuses', () => {
  it.each(
    ERRORS.flatMap(([code, status, operations]) =>
      operations.map(at => [code, at, status] as const),
    ),
  )('fails with %s in %s: %i, and leaves no file', async (code, operation, status) => {
    const fail = async (...args: unknown[]): Promise<never> => {
      if (operation === 'close') await nodeFileSystem.close(args[0] as number)
      throw systemError(code)
    }
    const { folder, connect, names, errors } = receiving({
      tree: { a: 'old' },
      fileSystem: { [operation]: fail },
      options: { uploadConflict: operation === 'link' ? 'rename' : 'replace' },
    })
    const transport = connect()
    transport.send(upload('a', 'new'))
    const response = await responseOn(transport)
    expect(response.status).toBe(status)
    expect(response.field('Retry-After')).toBe(status === 503 ? '2' : undefined)
    expect(response.text).not.toContain(folder)
    expect([names(), readFileSync(join(folder, 'a'), 'utf8')]).toEqual([['a'], 'old'])
    expect(errors).toEqual([])
  })

  it('rejects with an error that has no status', async () => {
    const { connect, names, errors } = receiving({
      fileSystem: { write: async () => Promise.reject(systemError('EIO')) },
    })
    connect().send(upload('a', 'new'))
    await eventually(() => expect(errors).toMatchObject([{ code: 'EIO' }]))
    expect(names()).toEqual([])
  })

  it.each([
    ['keeps the connection if little content is missing', 10_000, undefined],
    ['closes the connection if much content is missing', 1_000_000, 'close'],
  ])('%s', async (_, length, connection) => {
    const { connect, names } = receiving({
      fileSystem: { create: async () => Promise.reject(systemError('ENOSPC')) },
    })
    const transport = connect()
    transport.send(upload('a', 'x'.repeat(length)).slice(0, -5000))
    const response = await responseOn(transport)
    expect([response.status, response.field('Connection')]).toEqual([507, connection])
    expect(names()).toEqual([])
    if (connection === 'close') return
    transport.send('x'.repeat(5000), upload('.env', 'new'))
    expect((await responseOn(transport, 1)).status).toBe(404)
  })

  it('is not reported if the client has vanished', async () => {
    let refuse: ((error: Error) => void) | undefined
    const { connect, names, errors } = receiving({
      fileSystem: {
        write: () =>
          new Promise((_, reject) => {
            refuse = reject
          }),
      },
    })
    const transport = connect()
    transport.send(upload('a', 'x'.repeat(100_000)).slice(0, -1))
    await eventually(() => {
      transport.pump()
      expect(refuse).toBeDefined()
    })
    transport.vanish()
    refuse!(systemError('ENOSPC'))
    await eventually(() => expect(names()).toEqual([]))
    expect([transport.text, errors]).toEqual(['', []])
  })
})

describe('an upload to a site', () => {
  it('responds 421 for an unknown host', async () => {
    const { connect, names } = receiving({ site: false })
    const transport = connect()
    transport.send(upload('a', 'new'))
    expect((await responseOn(transport)).status).toBe(421)
    expect(names()).toEqual([])
  })

  it('has the headers of the site on its response', async () => {
    const { connect } = receiving({ options: { securityHeaders: true } })
    const transport = connect()
    transport.send(upload('a', 'new'))
    const response = await responseOn(transport)
    expect([response.status, response.field('Referrer-Policy')]).toEqual([201, expect.anything()])
  })
})

describe('an upload to a folder that is removed', () => {
  it('responds 404', async () => {
    const outer = temporaryFolder()
    mkdirSync(join(outer, 'folder'))
    const { connect, errors } = receiving({
      opened: folderAt(join(outer, 'folder')),
    })
    const transport = connect()
    transport.send(upload('a', 'new').slice(0, -1))
    await eventually(() => expect(readdirSync(join(outer, 'folder'))).toHaveLength(1))
    rmSync(join(outer, 'folder'), { recursive: true })
    transport.send('w')
    expect((await responseOn(transport)).status).toBe(404)
    expect(errors).toEqual([])
  })
})

describe('an upload that would change what another path leads to', () => {
  it.each([
    ['app.js.br', { 'app.js': 'old' }],
    ['about.html', { about: 'old' }],
    ['about', { 'about.html': 'old' }],
    ['about.html', { 'about/x': 'old' }],
    ['index.html', {}],
    ['404.html', {}],
    ['50x.html', {}],
  ])('%s is refused, or renamed, but may replace', async (name, tree) => {
    for (const [uploadConflict, status] of [
      ['refuse', 409],
      ['rename', 201],
      ['replace', 201],
    ] as const) {
      const { connect, names } = receiving({ tree, options: { uploadConflict } })
      const before = names()
      const transport = connect()
      transport.send(upload(name, 'new'))
      const response = await responseOn(transport)
      expect([uploadConflict, response.status]).toEqual([uploadConflict, status])
      if (uploadConflict === 'refuse') expect(names()).toEqual(before)
      if (uploadConflict === 'rename')
        expect(response.field('Location')).toMatch(/^\/files\/[a-z0-9]+(?:\.js)?%20\(1\)/)
    }
  })

  it('is refused if the other name appears meanwhile', async () => {
    const { folder, connect, names } = receiving({ options: { uploadConflict: 'refuse' } })
    const transport = connect()
    transport.send(upload('app.js.br', 'new').slice(0, -1))
    await eventually(() => expect(names()).toHaveLength(1))
    writeFileSync(join(folder, 'app.js'), 'other')
    transport.send('w')
    expect((await responseOn(transport)).status).toBe(409)
    expect(names()).toEqual(['app.js'])
  })

  it('with If-None-Match: * only looks at its own name', async () => {
    const { connect } = receiving({ tree: { 'app.js': 'old' } })
    const transport = connect()
    transport.send(upload('app.js.br', 'new', 'PUT', 'If-None-Match: *'))
    expect((await responseOn(transport)).status).toBe(201)
  })
})

describe('uploads at the same time', () => {
  it('are bounded: 503 before the content is asked for', async () => {
    const { connect, names } = receiving({ options: { uploadsMax: 1 } })
    const [one, two] = [connect(), connect()]
    one.send(upload('a', 'new').slice(0, -1))
    await eventually(() => expect(names()).toHaveLength(1))
    const head = upload('b', 'new', 'PUT', 'Expect: 100-continue')
    two.send(head.slice(0, head.indexOf('\r\n\r\n') + 4))
    const response = await responseOn(two)
    expect([response.status, response.field('Retry-After')]).toEqual([503, '2'])
    one.send('w')
    expect((await responseOn(one)).status).toBe(201)
    const three = connect()
    three.send(upload('c', 'new'))
    expect((await responseOn(three)).status).toBe(201)
  })
})

describe('small chunks', () => {
  it('are merged before they are written', async () => {
    let writes = 0
    const { folder, connect } = receiving({
      fileSystem: {
        write: (fd, bytes) => {
          writes++
          return nodeFileSystem.write(fd, bytes)
        },
      },
    })
    const transport = connect()
    const chunks = '1\r\nx\r\n'.repeat(100_000)
    transport.send(
      requestOf('PUT /files/a HTTP/1.1', ['Host: a', 'Transfer-Encoding: chunked'], chunks),
    )
    transport.send('0\r\n\r\n')
    expect((await responseOn(transport)).status).toBe(201)
    expect(readFileSync(join(folder, 'a'))).toHaveLength(100_000)
    expect(writes).toBeLessThan(20)
  })
})

describe('a form', () => {
  const partOf = ([name, content]: readonly [string, string]): string =>
    `--XX\r\nContent-Disposition: form-data; name="f"; filename="${name}"\r\n\r\n${content}\r\n`
  const form = (...files: readonly (readonly [string, string])[]): string =>
    `${files.map(partOf).join('')}--XX--\r\n`
  const post = (path: string, content: string, ...lines: string[]): string =>
    requestOf(
      `POST /files/${path} HTTP/1.1`,
      [
        'Host: a',
        'Content-Type: multipart/form-data; boundary=XX',
        `Content-Length: ${Buffer.byteLength(content)}`,
        ...lines,
      ],
      content,
    )
  const filesIn = (folder: string): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]),
    )

  it('stores a file under its own name', async () => {
    const { folder, connect } = receiving()
    const transport = connect()
    transport.send(post('', form(['a.txt', 'A'])))
    const response = await responseOn(transport)
    expect([response.status, response.field('Location')]).toEqual([201, '/files/a.txt'])
    expect(filesIn(folder)).toEqual({ 'a.txt': 'A' })
  })

  it('stores several, and lists their paths', async () => {
    const { folder, connect } = receiving({ tree: { b: 'old' } })
    const transport = connect()
    transport.send(post('sub/', form(['a b', 'A'], ['b', 'B'], ['', ''])))
    const response = await responseOn(transport)
    expect([response.status, response.text]).toEqual([201, '/files/sub/a%20b\n/files/sub/b\n'])
    expect(filesIn(folder)).toEqual({ 'a b': 'A', b: 'B' })
  })

  it('stores its only file under the name of the path', async () => {
    const { folder, connect } = receiving()
    const transport = connect()
    transport.send(post('b.txt', form(['a.txt', 'A'])))
    expect((await responseOn(transport)).field('Location')).toBe('/files/b.txt')
    expect(filesIn(folder)).toEqual({ 'b.txt': 'A' })
  })

  it.each([
    ['with two files for a path of one', 'c', form(['a', 'A'], ['b', 'B']), {}, 400],
    ['without a file', '', form(['', '']), {}, 400],
    ['without a part', '', form(), {}, 400],
    ['with a dotfile', '', form(['a', 'A'], ['.env', 'B']), {}, 400],
    ['with a temporary name', '', form(['.statewire-upload-a', 'B']), {}, 400],
    ['with the name of a folder', '', form(['a', 'A'], ['folder', 'B']), {}, 409],
    ['with a name in use', '', form(['a', 'A'], ['old', 'B']), { uploadConflict: 'refuse' }, 409],
    ['with a name twice', '', form(['a', 'A'], ['a', 'B']), { uploadConflict: 'refuse' }, 409],
    ['that is too large', '', form(['a', 'x'.repeat(100)]), { uploadBytesMax: 100 }, 413],
  ] as const)('%s is refused as a whole', async (_, path, content, options, status) => {
    const { folder, connect, errors } = receiving({
      tree: { old: 'old', 'folder/x': '' },
      options,
    })
    rmSync(join(folder, 'folder/x'))
    const transport = connect()
    transport.send(post(path, content))
    expect((await responseOn(transport)).status).toBe(status)
    expect(readdirSync(folder).sort()).toEqual(['folder', 'old'])
    expect(readFileSync(join(folder, 'old'), 'utf8')).toBe('old')
    expect(errors).toEqual([])
  })

  it('that breaks off leaves nothing', async () => {
    const { folder, connect, errors } = receiving()
    const transport = connect()
    transport.send(post('', form(['a', 'A'], ['b', 'x'.repeat(100)])).slice(0, -50))
    await eventually(() => expect(readdirSync(folder).length).toBeGreaterThan(0))
    transport.vanish()
    await eventually(() => expect(readdirSync(folder)).toEqual([]))
    await eventually(() => expect(errors).toMatchObject([{ name: 'ContentError' }]))
  })
})
