import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NO_RULES } from '../../../src/response/site-rules.ts'
import type { Options } from '../../../src/server/config/settings.ts'
import { systemClock } from '../../../src/server/connection/clock.ts'
import type { Exchange } from '../../../src/server/connection/exchange.ts'
import { respondUploads } from '../../../src/server/endpoints/uploads.ts'
import { type FileSystem, nodeFileSystem } from '../../../src/server/files/file-system.ts'
import type { Opened } from '../../../src/server/files/site-root.ts'
import type { ServerContext } from '../../../src/server/server-context.ts'
import { type Answer, parseAnswers } from '../answers.ts'
import { eventually } from '../eventually.ts'
import { systemError } from '../fake-file-system.ts'
import { configWith, FakeServer, requestOf } from '../fake-server.ts'
import type { FakeTransport } from '../fake-transport.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'

const METHODS = ['POST', 'PUT'] as const

type Given = {
  readonly tree?: Tree
  readonly options?: Options
  /** What replaces operations of the disk. */
  readonly fileSystem?: Partial<FileSystem>
  /** What is found in the place of the folder that holds the file. */
  readonly opened?: Opened
  /** Whether there is a site for the host. */
  readonly site?: boolean
}

/** The endpoint over a folder on the disk, which is the folder of every file. */
function receiving({ tree = {}, options = {}, fileSystem = {}, opened, site = true }: Given = {}) {
  const folder = temporaryFolder(tree)
  const closed: number[] = []
  const parts = {
    config: configWith(options),
    clock: systemClock,
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
              root: { open: async () => opened ?? { kind: 'folder', path: folder } },
              rules: NO_RULES,
            }
          : undefined,
    },
  } as unknown as ServerContext
  const errors: unknown[] = []
  const server = new FakeServer((exchange: Exchange) => {
    respondUploads(exchange, parts).catch(error => errors.push(error))
  })
  const connect = (): FakeTransport => server.connect()
  const names = (): string[] => readdirSync(folder)
  return { folder, connect, names, errors, closed }
}

/** The answer, when it has come, behind as many others. */
function answered(transport: FakeTransport, others = 0): Promise<Answer> {
  return eventually(() => {
    // What was sent while reading was held back is read now.
    transport.pump()
    const answer = parseAnswers(transport.text)[others]
    expect(answer).toBeDefined()
    return answer!
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
  it('creates: 201 with Location; replaces: 204 without', async () => {
    const { folder, connect } = receiving()
    const transport = connect()
    transport.send(upload('a.txt', 'one', method))
    const created = await answered(transport)
    expect([created.status, created.field('Location')]).toEqual([201, '/files/a.txt'])
    transport.send(upload('a.txt', 'two', method))
    const replaced = await answered(transport, 1)
    expect([replaced.status, replaced.field('Location')]).toEqual([204, undefined])
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('two')
  })

  it.each([
    ['replace', 204, undefined, { 'a b.txt': 'new' }],
    ['refuse', 409, undefined, { 'a b.txt': 'old' }],
    ['rename', 201, '/files/sub/a%20b%20(1).txt', { 'a b.txt': 'old', 'a b (1).txt': 'new' }],
  ] as const)(
    'where the name is taken, %s: %i',
    async (uploadConflict, status, location, files) => {
      const { folder, connect, names } = receiving({
        tree: { 'a b.txt': 'old' },
        options: { uploadConflict },
      })
      const transport = connect()
      transport.send(upload('sub/a%20b.txt', 'new', method))
      const answer = await answered(transport)
      expect([answer.status, answer.field('Location')]).toEqual([status, location])
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
  ] as const)('If-None-Match: * under %s, onto %s: %i', async (uploadConflict, name, status) => {
    const { folder, connect, names } = receiving({
      tree: { a: 'old' },
      options: { uploadConflict },
    })
    const transport = connect()
    transport.send(upload(name, 'new', method, 'If-None-Match: *'))
    expect((await answered(transport)).status).toBe(status)
    expect(names()).toEqual(status === 201 ? ['a', 'b'] : ['a'])
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('old')
  })

  it.each([
    ['replace', 412],
    ['rename', 412],
    ['refuse', 409],
  ] as const)(
    'If-None-Match: * under %s holds also against a file that comes with the content: %i',
    async (uploadConflict, status) => {
      const { folder, connect, names } = receiving({ options: { uploadConflict } })
      const transport = connect()
      transport.send(upload('a', 'new', method, 'If-None-Match: *').slice(0, -1))
      await eventually(() => expect(names()).toHaveLength(1))
      writeFileSync(join(folder, 'a'), 'other')
      transport.send('w')
      expect((await answered(transport)).status).toBe(status)
      expect(names()).toEqual(['a'])
      expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('other')
    },
  )

  it.each([
    ['a part of a file', ['Content-Range: bytes 0-2/10'], 400],
    ['content in a coding', ['Content-Encoding: gzip'], 415],
    ['content in two codings', ['Content-Encoding: br', 'Content-Encoding: gzip'], 415],
    ['a coding that nobody knows', ['Content-Encoding: x'], 415],
    ['more than there may be', [], 413, 'eleven byte'],
    ['the name of a folder', [], 409, '', 'sub'],
    ['a link to a folder', [], 409, '', 'link'],
    ['the name that is kept for a folder', [], 409, '', '.well-known'],
    ['a taken name', ['If-None-Match: *'], 412, '', 'a'],
    ['a dotfile', [], 404, '', '.env'],
    ['a temporary name', [], 404, '', '.statewire-upload-a'],
    ['no name', [], 400, '', ''],
    ['a folder', [], 400, '', 'b/'],
  ])(
    '%s is refused before its content is asked for',
    async (_, lines, status, content = 'new', name = 'b') => {
      const { connect, names, errors } = receiving({
        tree: { a: 'old', 'sub/c': '', link: { link: 'sub' } },
        options: { uploadBytesMax: 10 },
      })
      const transport = connect()
      const head = upload(name, content || 'new', method, 'Expect: 100-continue', ...lines)
      transport.send(head.slice(0, head.indexOf('\r\n\r\n') + 4))
      const answer = await answered(transport)
      expect([answer.status, answer.field('Connection')]).toEqual([status, 'close'])
      expect(transport.text).not.toContain('100 Continue')
      expect(names().sort()).toEqual(['a', 'link', 'sub'])
      expect(errors).toEqual([])
    },
  )

  it('tells with the 415 that no coding is taken', async () => {
    const { connect } = receiving()
    const transport = connect()
    transport.send(upload('a', 'new', method, 'Content-Encoding: gzip'))
    const answer = await answered(transport)
    expect([answer.status, answer.field('Accept-Encoding')]).toEqual([415, 'identity'])
  })

  it.each([
    'Content-Encoding:',
    'Content-Encoding: identity',
    'Content-Encoding: Identity',
    'If-Match: "x"',
  ])('takes a request with %s', async line => {
    const { connect, names } = receiving()
    const transport = connect()
    transport.send(upload('a', 'new', method, line))
    expect((await answered(transport)).status).toBe(201)
    expect(names()).toEqual(['a'])
  })
})

describe('an upload to a folder that is', () => {
  const status = {
    kind: 'file',
    size: 0,
    mtimeNs: 0n,
    ctimeNs: 0n,
    device: 0n,
    inode: 0n,
    links: 1n,
  } as const
  it.each([
    ['not there', { kind: 'missing' }, 404],
    ['not allowed', { kind: 'forbidden' }, 403],
    ['not to be opened now', { kind: 'busy' }, 503],
    ['a file', { kind: 'file', fd: 4711, status }, 404],
  ] as const)('%s', async (_, opened, expected) => {
    const { connect, closed } = receiving({ opened })
    const transport = connect()
    transport.send(upload('b/a', 'new'))
    expect((await answered(transport)).status).toBe(expected)
    expect(closed).toEqual(opened.kind === 'file' ? [4711] : [])
  })
})

/** Which status an error is, and at which operations it may come. */
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

describe('an upload that the disk does not take', () => {
  it.each(
    ERRORS.flatMap(([code, status, operations]) =>
      operations.map(at => [code, at, status] as const),
    ),
  )('%s at %s: %i, and nothing is left', async (code, operation, status) => {
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
    const answer = await answered(transport)
    expect(answer.status).toBe(status)
    expect(answer.field('Retry-After')).toBe(status === 503 ? '2' : undefined)
    expect(answer.body).not.toContain(folder)
    expect([names(), readFileSync(join(folder, 'a'), 'utf8')]).toEqual([['a'], 'old'])
    expect(errors).toEqual([])
  })

  it('is not hidden where nobody knows what it means', async () => {
    const { connect, names, errors } = receiving({
      fileSystem: { write: async () => Promise.reject(systemError('EIO')) },
    })
    connect().send(upload('a', 'new'))
    await eventually(() => expect(errors).toMatchObject([{ code: 'EIO' }]))
    expect(names()).toEqual([])
  })

  it.each([
    ['little', 10_000, undefined],
    ['much', 1_000_000, 'close'],
  ])('keeps the connection where %s is still to come', async (_, length, connection) => {
    const { connect, names } = receiving({
      fileSystem: { write: async () => Promise.reject(systemError('ENOSPC')) },
    })
    const transport = connect()
    transport.send(upload('a', 'x'.repeat(length)).slice(0, -5000))
    const answer = await answered(transport)
    expect([answer.status, answer.field('Connection')]).toEqual([507, connection])
    expect(names()).toEqual([])
    if (connection === 'close') return
    transport.send('x'.repeat(5000), upload('.env', 'new'))
    expect((await answered(transport, 1)).status).toBe(404)
  })

  it('is told to nobody where the client has gone', async () => {
    let refuse: (error: Error) => void = () => {}
    const { connect, names, errors } = receiving({
      fileSystem: {
        write: () =>
          new Promise((_, reject) => {
            refuse = reject
          }),
      },
    })
    const transport = connect()
    transport.send(upload('a', 'new').slice(0, -1))
    await eventually(() => expect(names()).toHaveLength(1))
    transport.vanish()
    refuse(systemError('ENOSPC'))
    await eventually(() => expect(names()).toEqual([]))
    expect([transport.text, errors]).toEqual(['', []])
  })
})

describe('an upload to a site', () => {
  it('of a host that is not known, and not served, is a 421', async () => {
    const { connect, names } = receiving({ site: false })
    const transport = connect()
    transport.send(upload('a', 'new'))
    expect((await answered(transport)).status).toBe(421)
    expect(names()).toEqual([])
  })

  it('has the fields of the site on its answer', async () => {
    const { connect } = receiving({ options: { securityHeaders: true } })
    const transport = connect()
    transport.send(upload('a', 'new'))
    const answer = await answered(transport)
    expect([answer.status, answer.field('Referrer-Policy')]).toEqual([201, expect.anything()])
  })
})

describe('an upload', () => {
  it('to a folder that is gone meanwhile is a 404', async () => {
    const outer = temporaryFolder()
    mkdirSync(join(outer, 'folder'))
    const { connect, errors } = receiving({
      opened: { kind: 'folder', path: join(outer, 'folder') } as Opened,
    })
    const transport = connect()
    transport.send(upload('a', 'new').slice(0, -1))
    await eventually(() => expect(readdirSync(join(outer, 'folder'))).toHaveLength(1))
    rmSync(join(outer, 'folder'), { recursive: true })
    transport.send('w')
    expect((await answered(transport)).status).toBe(404)
    expect(errors).toEqual([])
  })
})
