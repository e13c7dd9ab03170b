import { appendFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Options } from '../../../src/server/config/settings.ts'
import { systemClock } from '../../../src/server/connection/clock.ts'
import { Dispatcher } from '../../../src/server/endpoints/dispatcher.ts'
import { AssetStore } from '../../../src/server/files/asset-store.ts'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import { type ContentCoder, nodeContentCoder } from '../../../src/server/files/content-coder.ts'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import { Sites } from '../../../src/server/files/sites.ts'
import { HandlerTable } from '../../../src/server/handler/handlers.ts'
import { type Answer, parseOne } from '../answers.ts'
import { eventually } from '../eventually.ts'
import { systemError } from '../fake-file-system.ts'
import { configWith, FakeServer, requestOf } from '../fake-server.ts'
import { SpiedFileSystem } from '../spied-file-system.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'

const TEXT = 'body { margin: 0 }\n'.repeat(100)
const LARGE = 'x = 1; '.repeat(3000)
const KEPT = '10KiB'

type Given = {
  readonly options?: Options
  readonly fileSystem?: Partial<FileSystem>
  readonly coder?: Partial<ContentCoder>
}

/** A site whose files are a while old, and what it answers. */
async function siteOf(tree: Tree, { options = {}, fileSystem = {}, coder = {} }: Given = {}) {
  const root = temporaryFolder(tree)
  const config = configWith({ root, memoryFileBytesMax: KEPT, ...options })
  const spy = new SpiedFileSystem()
  const time = { aheadMs: 10_000 }
  const clock = { ...systemClock, wallMs: () => Date.now() + time.aheadMs }
  const errors: unknown[] = []
  const server: FakeServer = new FakeServer(exchange => dispatcher.dispatch(exchange))
  const platform = {
    fileSystem: { ...spy.fileSystem, ...fileSystem },
    coder: { ...nodeContentCoder, ...coder },
    clock,
    buffers: new BufferPool(4000, 4000, 4),
  }
  const context = {
    ...server.context,
    ...platform,
    config,
    sites: await Sites.of(config, platform.fileSystem, clock.monotonicMs),
    assets: new AssetStore(config, platform),
    logError: (error: unknown) => errors.push(error),
  }
  const dispatcher = new Dispatcher(context, new HandlerTable({}))
  const send = (path: string, lines: readonly string[] = [], method = 'GET') => {
    const transport = server.connect()
    transport.send(requestOf(`${method} ${path} HTTP/1.1`, ['Host: a', ...lines]))
    return transport
  }
  const ask = async (
    path: string,
    lines: readonly string[] = [],
    method = 'GET',
  ): Promise<Answer> => {
    const transport = send(path, lines, method)
    await dispatcher.settled()
    return parseOne(transport.text, method)
  }
  const settled = () => dispatcher.settled()
  return { root, ask, send, settled, errors, spy, time }
}

const namesOf = ({ lines }: Answer): string[] =>
  lines.slice(1).map(line => line.slice(0, line.indexOf(':')))

describe('a file that cannot be had', () => {
  it.each([
    ['small', TEXT],
    ['large', LARGE],
  ])(
    'is 403 where it may not be read, and 503 while there are no descriptors: %s',
    async (_, content) => {
      const { ask, spy, errors } = await siteOf({ 'a.js': content })
      spy.beforeOpen = () => Promise.reject(systemError('EACCES'))
      expect((await ask('/a.js')).status).toBe(403)
      spy.beforeOpen = () => Promise.reject(systemError('EMFILE'))
      const busy = await ask('/a.js')
      expect([busy.status, busy.field('Retry-After')]).toEqual([503, '2'])
      spy.beforeOpen = () => {}
      expect((await ask('/a.js')).body).toBe(content)
      expect([errors, spy.open.size]).toEqual([[], 0])
    },
  )

  it.each([
    ['small', TEXT],
    ['large', LARGE],
  ])('is sent as it is where what is beside it may not be read: %s', async (_, content) => {
    const { ask, spy } = await siteOf({
      'a.bin': content,
      'a.bin.br': `br ${content}`,
      'a.bin.gz': `gz ${content}`,
    })
    spy.beforeOpen = path => path.endsWith('.br') && Promise.reject(systemError('EACCES'))
    const plain = await ask('/a.bin', ['Accept-Encoding: br'])
    expect([plain.status, plain.field('Content-Encoding'), plain.body]).toEqual([
      200,
      undefined,
      content,
    ])
    expect(plain.field('Vary')).toBe('Accept-Encoding')
    const other = await ask('/a.bin', ['Accept-Encoding: br, gzip'])
    expect([other.field('Content-Encoding'), other.body]).toEqual(['gzip', `gz ${content}`])
    expect((await ask('/a.bin', ['Accept-Encoding: br, identity;q=0'])).status).toBe(403)
  })

  it('is 404 where it goes between the look and the opening', async () => {
    const { ask, spy, root } = await siteOf({ 'a.js': LARGE })
    spy.beforeOpen = () => rmSync(join(root, 'a.js'), { force: true })
    expect((await ask('/a.js')).status).toBe(404)
  })

  it('is the new one where it changes between the look and the opening', async () => {
    const { ask, spy, root } = await siteOf({ 'a.js': LARGE })
    const path = join(root, 'a.js')
    spy.beforeOpen = () => {
      spy.beforeOpen = () => {}
      appendFileSync(path, 'y')
    }
    const answer = await ask('/a.js')
    expect([answer.status, answer.body]).toEqual([200, `${LARGE}y`])
  })

  it('is 503 where it changes each time', async () => {
    const { ask, spy, root } = await siteOf({ 'a.js': LARGE })
    spy.beforeOpen = () => appendFileSync(join(root, 'a.js'), 'y')
    const answer = await ask('/a.js')
    expect([answer.status, answer.field('Retry-After')]).toEqual([503, '2'])
    expect(spy.open.size).toBe(0)
  })

  it('is 500 where the disk fails, and the operator is told of that, also when some of it is sent', async () => {
    const { ask, send, settled, spy, errors } = await siteOf({ 'a.js': LARGE, '50x.html': 'sorry' })
    spy.beforeRead = () => Promise.reject(systemError('EIO'))
    expect((await ask('/a.js')).status).toBe(500)
    spy.beforeRead = position => position > 0 && Promise.reject(systemError('EIO'))
    const transport = send('/a.js')
    await settled()
    expect(transport.destroyed).toBe(true)
    expect(errors).toEqual([systemError('EIO'), systemError('EIO')])
    expect(spy.open.size).toBe(0)
  })
})

describe('who refuses the file as it is', () => {
  const ONLY_CODED = ['Accept-Encoding: gzip, identity;q=0']

  it('waits, and gets what it takes', async () => {
    const { ask } = await siteOf({ 'a.css': TEXT })
    const answer = await ask('/a.css', ONLY_CODED)
    expect(gunzipSync(Buffer.from(answer.body, 'latin1')).toString()).toBe(TEXT)
  })

  it('gets the new file where it changes while that is made', async () => {
    const { ask, spy, root } = await siteOf({ 'a.js': LARGE })
    spy.beforeOpen = () => {
      spy.beforeOpen = () => {}
      writeFileSync(join(root, 'a.js'), TEXT)
    }
    const answer = await ask('/a.js', ONLY_CODED)
    expect(answer.status).toBe(200)
    expect(gunzipSync(Buffer.from(answer.body, 'latin1')).toString()).toBe(TEXT)
  })

  it('gets 406 where there is nothing to take, which another might have had', async () => {
    const { ask } = await siteOf({ 'a.css': TEXT, 'a.png': 'PNG' })
    for (const [path, accepted] of [
      ['/a.css', 'compress, identity;q=0'],
      ['/a.png', 'gzip, identity;q=0'],
    ]) {
      const answer = await ask(path!, [`Accept-Encoding: ${accepted}`])
      expect([answer.status, answer.field('Vary')], path).toEqual([406, 'Accept-Encoding'])
    }
  })

  it('holds nobody up for whom there is something', async () => {
    let done = (): void => {}
    const held = new Promise<void>(resolve => {
      done = resolve
    })
    const { ask, send } = await siteOf(
      { 'a.css': TEXT },
      {
        coder: {
          compress: (bytes, coding) => held.then(() => nodeContentCoder.compress(bytes, coding)),
        },
      },
    )
    const waiting = send('/a.css', ['Accept-Encoding: br, identity;q=0'])
    const other = send('/a.css', ['Accept-Encoding: br'])
    await eventually(() => expect(parseOne(other.text).body).toBe(TEXT))
    expect(waiting.text).toBe('')
    done()
    await eventually(() => expect(parseOne(waiting.text).field('Content-Encoding')).toBe('br'))
    const next = await ask('/a.css', ['Accept-Encoding: br'])
    expect(brotliDecompressSync(Buffer.from(next.body, 'latin1')).toString()).toBe(TEXT)
  })
})

describe('HEAD', () => {
  const TREE: Tree = {
    'a.css': TEXT,
    'large.js': LARGE,
    'c.txt': 'plain',
    'c.txt.br': 'coded',
    'only.txt.gz': 'gz',
    'index.html': '<p>',
    '404.html': '<h1>not here',
    'b/index.html': '<p>',
    'list/x': '',
  }

  it.each([
    ['/a.css'],
    ['/a.css', 'Accept-Encoding: br'],
    ['/large.js'],
    ['/large.js', 'Accept-Encoding: gzip, identity;q=0'],
    ['/c.txt', 'Accept-Encoding: br'],
    ['/c.txt', 'Accept-Encoding: identity;q=0'],
    ['/only.txt'],
    ['/only.txt', 'Accept-Encoding: br'],
    ['/a.css', 'If-None-Match: *'],
    ['/a.css', 'If-Match: "x"'],
    ['/large.js', 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'],
    ['/b'],
    ['/b/index.html?q'],
    ['/missing'],
    ['/list/'],
    ['/list/', 'Accept: application/json'],
    ['/%2e%2e/a'],
    ['/.env'],
  ])('has the head of the GET: %s %s', async (path, ...lines) => {
    const { ask } = await siteOf(TREE, {
      options: { list: true, cors: ['*'], securityHeaders: true },
    })
    // What is wanted is made by then.
    for (let i = 0; i < 2; i++) await ask(path!, lines)
    await setTimeout(10)
    const whole = await ask(path!, lines)
    const head = await ask(path!, lines, 'HEAD')
    expect([head.lines, head.body]).toEqual([whole.lines, ''])
  })

  it('ignores Range, satisfiable or not', async () => {
    const { ask } = await siteOf(TREE)
    const whole = await ask('/large.js')
    for (const range of ['bytes=0-0', 'bytes=999999-', 'bytes=0-1,5-6'])
      expect((await ask('/large.js', [`Range: ${range}`], 'HEAD')).lines).toEqual(whole.lines)
  })
})

describe('304', () => {
  it('has the validator and what guides caches, and nothing about content', async () => {
    const { ask } = await siteOf(
      { 'a.css': TEXT, 'large.js': LARGE },
      { options: { cors: ['https://a.example'], contentSecurityPolicy: "default-src 'self'" } },
    )
    for (const path of ['/a.css', '/large.js'])
      for (const lines of [[], ['Accept-Encoding: gzip']]) {
        const etag = (await ask(path, lines)).field('ETag')!
        const answer = await ask(path, [...lines, `If-None-Match: ${etag}`, 'Range: bytes=0-1'])
        expect([answer.status, answer.field('ETag'), answer.field('Vary')]).toEqual([
          304,
          etag,
          'Accept-Encoding, Origin',
        ])
        expect(namesOf(answer).sort()).toEqual([
          'Cache-Control',
          'Content-Security-Policy',
          'Date',
          'ETag',
          'Vary',
        ])
      }
  })

  it('opens no file that is not in memory, and compresses nothing', async () => {
    const { ask, spy } = await siteOf(
      { 'large.js': LARGE },
      { coder: { compress: () => Promise.reject(new Error('it was compressed')) } },
    )
    const etag = (await ask('/large.js')).field('ETag')!
    spy.opened.length = 0
    for (const tag of [etag, `${etag.slice(0, -1)}-br"`]) {
      const answer = await ask('/large.js', ['Accept-Encoding: br', `If-None-Match: ${tag}`])
      expect([answer.status, answer.field('ETag')]).toEqual([304, tag])
    }
    expect(spy.opened).toEqual([])
  })
})

describe('ranges', () => {
  it('are set off by a text that nobody knows before', async () => {
    const { ask } = await siteOf({ 'large.js': LARGE })
    const boundaryOf = async (): Promise<string> => {
      const answer = await ask('/large.js', ['Range: bytes=0-9,5000-5009'])
      expect(answer.status).toBe(206)
      return /^multipart\/byteranges; boundary=(\w{32})$/.exec(answer.field('Content-Type')!)![1]!
    }
    expect(await boundaryOf()).not.toBe(await boundaryOf())
  })

  it.each([
    ['small', TEXT],
    ['large', LARGE],
  ])(
    'are not given of a file that was just changed to who has an older one: %s',
    async (_, content) => {
      const { ask, root, time } = await siteOf({ 'a.js': content })
      // A tool has kept its time.
      utimesSync(join(root, 'a.js'), 1_500_000_000, 1_500_000_000)
      const date = 'Fri, 14 Jul 2017 02:40:00 GMT'
      const ifRange = ['Range: bytes=0-9', `If-Range: ${date}`]
      const settled = await ask('/a.js', ifRange)
      expect([settled.status, settled.field('Last-Modified')]).toEqual([206, date])
      time.aheadMs = 0
      writeFileSync(join(root, 'a.js'), content.toUpperCase())
      utimesSync(join(root, 'a.js'), 1_500_000_000, 1_500_000_000)
      const changed = await ask('/a.js', ifRange)
      expect([changed.status, changed.field('Last-Modified')]).toEqual([200, date])
      expect(changed.field('ETag')).toMatch(/^W\//)
      expect(
        (await ask('/a.js', ['Range: bytes=0-9', `If-Range: ${changed.field('ETag')}`])).status,
      ).toBe(200)
    },
  )
})

describe('a listing', () => {
  it.each([
    ['EACCES', 403],
    ['EPERM', 403],
    ['EMFILE', 503],
    ['ENOENT', 404],
    ['ENOTDIR', 404],
  ])('that cannot be had: %s is %d', async (code, status) => {
    const { ask, errors } = await siteOf(
      { 'b/c': '' },
      { options: { list: true }, fileSystem: { list: () => Promise.reject(systemError(code)) } },
    )
    const answer = await ask('/b/')
    expect([answer.status, errors]).toEqual([status, []])
    expect(answer.field('Retry-After')).toBe(status === 503 ? '2' : undefined)
  })
})
