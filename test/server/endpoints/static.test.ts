import { appendFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../../fuzz/received-response.ts'
import { LISTING_CSP } from '../../../src/response/directory-listing.ts'
import type { ConfigOptions } from '../../../src/server/config/rule-options.ts'
import { systemClock } from '../../../src/server/connection/clock.ts'
import { Dispatcher } from '../../../src/server/endpoints/endpoint.ts'
import { AssetStore } from '../../../src/server/files/asset-store.ts'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import { type ContentCoder, nodeContentCoder } from '../../../src/server/files/content-coder.ts'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import { ListingStore } from '../../../src/server/files/listing-store.ts'
import { Sites } from '../../../src/server/files/sites.ts'
import { parseResponse } from '../../parse-responses.ts'
import { eventually } from '../eventually.ts'
import { systemError } from '../fake-file-system.ts'
import { configWith, FakeServer, requestOf } from '../fake-server.ts'
import { SpiedFileSystem } from '../spied-file-system.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'

const TEXT = 'body { margin: 0 }\n'.repeat(100)
const LARGE = 'x = 1; '.repeat(3000)
/** LARGE is over this, so it is not kept in memory. */
const MEMORY_FILE_BYTES_MAX = '10KiB'

/** What clients may hold. */
const HELD_BYTES_MAX = 1024 * 1024

type SiteSetup = {
  readonly options?: ConfigOptions
  readonly fileSystem?: Partial<FileSystem>
  readonly coder?: Partial<ContentCoder>
}

/** A site on a clock that is ahead, so that its files do not count as recently changed. */
async function siteOf(tree: Tree, { options = {}, fileSystem = {}, coder = {} }: SiteSetup = {}) {
  const root = temporaryFolder(tree)
  const config = configWith({
    root,
    memoryFileBytesMax: MEMORY_FILE_BYTES_MAX,
    revalidateMs: 0,
    ...options,
  })
  const spy = new SpiedFileSystem()
  const time = { aheadMs: 10_000 }
  // Each look at the disk is a new one.
  let nowMs = 0
  const clock = {
    ...systemClock,
    wallMs: () => Date.now() + time.aheadMs,
    monotonicMs: () => nowMs++,
  }
  const errors: unknown[] = []
  const server: FakeServer = new FakeServer(exchange => dispatcher.dispatch(exchange, context))
  const platform = {
    fileSystem: { ...spy.fileSystem, ...fileSystem },
    coder: { ...nodeContentCoder, ...coder },
    clock,
    buffers: new BufferPool(4000, 4000, 4, HELD_BYTES_MAX),
  }
  const assets = new AssetStore(config, platform)
  const context = {
    ...server.context,
    ...platform,
    config,
    sites: await Sites.of(config, platform),
    assets,
    listings: new ListingStore(config, clock, assets.compressions),
    logError: (error: unknown) => errors.push(error),
  }
  const dispatcher = new Dispatcher(undefined)
  const send = (path: string, lines: readonly string[] = [], method = 'GET') => {
    const transport = server.connect()
    transport.send(requestOf(`${method} ${path} HTTP/1.1`, ['Host: a', ...lines]))
    return transport
  }
  const responseTo = async (
    path: string,
    lines: readonly string[] = [],
    method = 'GET',
  ): Promise<ReceivedResponse> => {
    const transport = send(path, lines, method)
    await dispatcher.settled()
    return parseResponse(transport.text, method)
  }
  const settled = () => dispatcher.settled()
  const { buffers } = platform
  return { root, responseTo, send, settled, errors, spy, time, buffers }
}

const fieldNamesOf = ({ fields }: ReceivedResponse): string[] => fields.map(([name]) => name)

describe('a file that cannot be read', () => {
  it.each([
    ['small', TEXT],
    ['large', LARGE],
  ])(
    'is 403 if permission is denied, and 503 while descriptors are exhausted: %s',
    async (_, content) => {
      const { responseTo, spy, errors } = await siteOf({ 'a.js': content })
      spy.beforeOpen = () => Promise.reject(systemError('EACCES'))
      expect((await responseTo('/a.js')).status).toBe(403)
      spy.beforeOpen = () => Promise.reject(systemError('EMFILE'))
      const busy = await responseTo('/a.js')
      expect([busy.status, busy.field('Retry-After')]).toEqual([503, '2'])
      spy.beforeOpen = () => {}
      expect((await responseTo('/a.js')).text).toBe(content)
      expect([errors, spy.open.size]).toEqual([[], 0])
    },
  )

  it.each([
    ['small', TEXT],
    ['large', LARGE],
  ])('is sent uncompressed if its precompressed file may not be read: %s', async (_, content) => {
    const { responseTo, spy } = await siteOf({
      'a.bin': content,
      'a.bin.br': `br ${content}`,
      'a.bin.gz': `gz ${content}`,
    })
    spy.beforeOpen = path => path.endsWith('.br') && Promise.reject(systemError('EACCES'))
    const plain = await responseTo('/a.bin', ['Accept-Encoding: br'])
    expect([plain.status, plain.field('Content-Encoding'), plain.text]).toEqual([
      200,
      undefined,
      content,
    ])
    expect(plain.field('Vary')).toBe('Accept-Encoding')
    const other = await responseTo('/a.bin', ['Accept-Encoding: br, gzip'])
    expect([other.field('Content-Encoding'), other.text]).toEqual(['gzip', `gz ${content}`])
    expect((await responseTo('/a.bin', ['Accept-Encoding: br, identity;q=0'])).status).toBe(403)
  })

  it('is 404 if it is removed between lookup and open', async () => {
    const { responseTo, spy, root } = await siteOf({ 'a.js': LARGE })
    spy.beforeOpen = () => rmSync(join(root, 'a.js'), { force: true })
    expect((await responseTo('/a.js')).status).toBe(404)
  })

  it('is the new version if it changes between lookup and open', async () => {
    const { responseTo, spy, root } = await siteOf({ 'a.js': LARGE })
    const path = join(root, 'a.js')
    spy.beforeOpen = () => {
      spy.beforeOpen = () => {}
      appendFileSync(path, 'y')
    }
    const response = await responseTo('/a.js')
    expect([response.status, response.text]).toEqual([200, `${LARGE}y`])
  })

  it('is 503 if it changes before each attempt', async () => {
    const { responseTo, spy, root } = await siteOf({ 'a.js': LARGE })
    spy.beforeOpen = () => appendFileSync(join(root, 'a.js'), 'y')
    const response = await responseTo('/a.js')
    expect([response.status, response.field('Retry-After')]).toEqual([503, '2'])
    expect(spy.open.size).toBe(0)
  })

  it('is 500 if reading fails, or a reset after part of it was sent; both are logged', async () => {
    const { responseTo, send, settled, spy, errors } = await siteOf({
      'a.js': LARGE,
      '50x.html': 'sorry',
    })
    spy.beforeRead = () => Promise.reject(systemError('EIO'))
    expect((await responseTo('/a.js')).status).toBe(500)
    spy.opened.length = 0
    // It is opened first for its tag, and then to be sent.
    spy.beforeRead = position =>
      position > 0 && spy.opened.length > 1 && Promise.reject(systemError('EIO'))
    const transport = send('/a.js')
    await settled()
    expect(transport.destroyed).toBe(true)
    expect(errors).toEqual([systemError('EIO'), systemError('EIO')])
    expect(spy.open.size).toBe(0)
  })
})

describe('a client that refuses the uncompressed file', () => {
  const ONLY_CODED = ['Accept-Encoding: gzip, identity;q=0']

  it('waits, and gets a coding that it accepts', async () => {
    const { responseTo } = await siteOf({ 'a.css': TEXT })
    const response = await responseTo('/a.css', ONLY_CODED)
    expect(gunzipSync(response.body).toString()).toBe(TEXT)
  })

  it('gets the new version if the file changes before it is compressed', async () => {
    const { responseTo, spy, root } = await siteOf({ 'a.js': LARGE })
    spy.beforeOpen = () => {
      spy.beforeOpen = () => {}
      writeFileSync(join(root, 'a.js'), TEXT)
    }
    const response = await responseTo('/a.js', ONLY_CODED)
    expect(response.status).toBe(200)
    expect(gunzipSync(response.body).toString()).toBe(TEXT)
  })

  it('gets 406 with Vary if there is no acceptable coding', async () => {
    const { responseTo } = await siteOf({ 'a.css': TEXT, 'a.png': 'PNG' })
    for (const [path, accepted] of [
      ['/a.css', 'compress, identity;q=0'],
      ['/a.png', 'gzip, identity;q=0'],
    ]) {
      const response = await responseTo(path!, [`Accept-Encoding: ${accepted}`])
      expect([response.status, response.field('Vary')], path).toEqual([406, 'Accept-Encoding'])
    }
  })

  it('does not delay a client that accepts the uncompressed file', async () => {
    let unblock = (): void => {}
    const blocked = new Promise<void>(resolve => {
      unblock = resolve
    })
    // A small one would be compressed for both.
    const LONG = TEXT.repeat(100)
    const { responseTo, send } = await siteOf(
      { 'a.css': LONG },
      {
        coder: {
          compress: (bytes, coding) => blocked.then(() => nodeContentCoder.compress(bytes, coding)),
        },
      },
    )
    const waiting = send('/a.css', ['Accept-Encoding: br, identity;q=0'])
    const other = send('/a.css', ['Accept-Encoding: br'])
    await eventually(() => expect(parseResponse(other.text).text).toBe(LONG))
    expect(waiting.text).toBe('')
    unblock()
    await eventually(() => expect(parseResponse(waiting.text).field('Content-Encoding')).toBe('br'))
    const next = await responseTo('/a.css', ['Accept-Encoding: br'])
    expect(brotliDecompressSync(next.body).toString()).toBe(LONG)
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
    const { responseTo } = await siteOf(TREE, {
      options: { list: true, cors: ['*'], securityHeaders: true },
    })
    // The compression in the background is complete by then.
    for (let i = 0; i < 2; i++) await responseTo(path!, lines)
    await setTimeout(10)
    const whole = await responseTo(path!, lines)
    const head = await responseTo(path!, lines, 'HEAD')
    expect([head.status, head.fields, head.text]).toEqual([whole.status, whole.fields, ''])
  })

  it('ignores Range, satisfiable or not', async () => {
    const { responseTo } = await siteOf(TREE)
    const whole = await responseTo('/large.js')
    for (const range of ['bytes=0-0', 'bytes=999999-', 'bytes=0-1,5-6'])
      expect((await responseTo('/large.js', [`Range: ${range}`], 'HEAD')).fields).toEqual(
        whole.fields,
      )
  })
})

describe('304', () => {
  it('has the validator and the fields for caches, and none about content', async () => {
    const { responseTo } = await siteOf(
      { 'a.css': TEXT, 'large.js': LARGE },
      { options: { cors: ['https://a.example'], contentSecurityPolicy: "default-src 'self'" } },
    )
    for (const path of ['/a.css', '/large.js'])
      for (const lines of [[], ['Accept-Encoding: gzip']]) {
        const etag = (await responseTo(path, lines)).field('ETag')!
        const response = await responseTo(path, [
          ...lines,
          `If-None-Match: ${etag}`,
          'Range: bytes=0-1',
        ])
        expect([response.status, response.field('ETag'), response.field('Vary')]).toEqual([
          304,
          etag,
          'Accept-Encoding, Origin',
        ])
        expect(fieldNamesOf(response).sort()).toEqual([
          'Cache-Control',
          'Content-Security-Policy',
          'Date',
          'ETag',
          'Vary',
        ])
      }
  })

  it('opens no file that is not in memory, and compresses nothing', async () => {
    const { responseTo, spy } = await siteOf(
      { 'large.js': LARGE },
      { coder: { compress: () => Promise.reject(new Error('it was compressed')) } },
    )
    const etag = (await responseTo('/large.js')).field('ETag')!
    spy.opened.length = 0
    for (const tag of [etag, `${etag.slice(0, -1)}-br"`]) {
      const response = await responseTo('/large.js', [
        'Accept-Encoding: br',
        `If-None-Match: ${tag}`,
      ])
      expect([response.status, response.field('ETag')]).toEqual([304, tag])
    }
    expect(spy.opened).toEqual([])
  })
})

describe('ranges', () => {
  it('are separated by an unpredictable boundary', async () => {
    const { responseTo } = await siteOf({ 'large.js': LARGE })
    const boundaryOf = async (): Promise<string> => {
      const response = await responseTo('/large.js', ['Range: bytes=0-9,5000-5009'])
      expect(response.status).toBe(206)
      return /^multipart\/byteranges; boundary=(\w{32})$/.exec(response.field('Content-Type')!)![1]!
    }
    expect(await boundaryOf()).not.toBe(await boundaryOf())
  })

  it.each([
    ['small', TEXT],
    ['large', LARGE],
  ])(
    'are not sent for an If-Range with the date of a file that has just changed: %s',
    async (_, content) => {
      const { responseTo, root, time } = await siteOf({ 'a.js': content })
      // As by a tool that keeps the time.
      utimesSync(join(root, 'a.js'), 1_500_000_000, 1_500_000_000)
      const date = 'Fri, 14 Jul 2017 02:40:00 GMT'
      const ifRange = ['Range: bytes=0-9', `If-Range: ${date}`]
      const settled = await responseTo('/a.js', ifRange)
      expect([settled.status, settled.field('Last-Modified')]).toEqual([206, date])
      time.aheadMs = 0
      writeFileSync(join(root, 'a.js'), content.toUpperCase())
      utimesSync(join(root, 'a.js'), 1_500_000_000, 1_500_000_000)
      const changed = await responseTo('/a.js', ifRange)
      expect([changed.status, changed.field('Last-Modified')]).toEqual([200, date])
      expect(changed.field('ETag')).toMatch(/^W\//)
      expect(
        (await responseTo('/a.js', ['Range: bytes=0-9', `If-Range: ${changed.field('ETag')}`]))
          .status,
      ).toBe(200)
    },
  )
})

describe('a file in memory while clients hold much', () => {
  const CONTENT = 'x = 1; '.repeat(20_000)
  const KEPT = { options: { memoryFileBytesMax: '1MiB' } } as const

  it('is read from the disk, in small pieces', async () => {
    const { responseTo, send, settled, spy, buffers } = await siteOf({ 'a.bin': CONTENT }, KEPT)
    await responseTo('/a.bin')
    const { length } = spy.opened
    expect((await responseTo('/a.bin')).text).toBe(CONTENT)
    expect(spy.opened).toHaveLength(length)
    buffers.hold(new Uint8Array(HELD_BYTES_MAX))
    const transport = send('/a.bin')
    await settled()
    expect(parseResponse(transport.text).text).toBe(CONTENT)
    expect(spy.opened).toHaveLength(length + 1)
    // The first piece is joined with the head.
    expect(transport.packets.length).toBeGreaterThanOrEqual(CONTENT.length / 1000)
    expect(buffers.heldBytes).toBe(HELD_BYTES_MAX)
  })

  it('is sent from memory if others hold its bytes anyway', async () => {
    const { responseTo, send, settled, spy, buffers } = await siteOf({ 'a.bin': CONTENT }, KEPT)
    await responseTo('/a.bin')
    const { length } = spy.opened
    const slow = send('/a.bin')
    slow.acceptsAtOnce = false
    await settled()
    buffers.hold(new Uint8Array(HELD_BYTES_MAX))
    expect((await responseTo('/a.bin')).text).toBe(CONTENT)
    expect(spy.opened).toHaveLength(length)
    expect(buffers.heldBytes).toBe(HELD_BYTES_MAX + CONTENT.length)
  })

  it('is compressed as ever, and the compressed form is sent from memory', async () => {
    const { responseTo, buffers } = await siteOf({ 'a.js': CONTENT }, KEPT)
    buffers.hold(new Uint8Array(HELD_BYTES_MAX))
    expect((await responseTo('/a.js', ['Accept-Encoding: br'])).text).toBe(CONTENT)
    await eventually(async () => {
      const coded = await responseTo('/a.js', ['Accept-Encoding: br'])
      expect(coded.field('Content-Encoding')).toBe('br')
      expect(brotliDecompressSync(coded.body).toString()).toBe(CONTENT)
    })
  })

  it('is sent uncompressed if its precompressed file may not be read any more', async () => {
    const tree = { 'a.bin': CONTENT, 'a.bin.br': `br ${CONTENT}` }
    const { responseTo, spy, buffers } = await siteOf(tree, KEPT)
    const coded = await responseTo('/a.bin', ['Accept-Encoding: br'])
    expect(coded.text).toBe(`br ${CONTENT}`)
    buffers.hold(new Uint8Array(HELD_BYTES_MAX))
    spy.beforeOpen = path => path.endsWith('.br') && Promise.reject(systemError('EACCES'))
    const plain = await responseTo('/a.bin', ['Accept-Encoding: br'])
    expect([plain.status, plain.field('Content-Encoding'), plain.text]).toEqual([
      200,
      undefined,
      CONTENT,
    ])
  })
})

describe('a listing', () => {
  it.each([
    ['EACCES', 403],
    ['EPERM', 403],
    ['EMFILE', 503],
    ['ENOENT', 404],
    ['ENOTDIR', 404],
  ])('that fails with %s is %d', async (code, status) => {
    const { responseTo, errors } = await siteOf(
      { 'b/c': '' },
      { options: { list: true }, fileSystem: { list: () => Promise.reject(systemError(code)) } },
    )
    const response = await responseTo('/b/')
    expect([response.status, errors]).toEqual([status, []])
    expect(response.field('Retry-After')).toBe(status === 503 ? '2' : undefined)
  })

  const LONG = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`b/file-${n}`, '']))

  it('has the fields of a page that must be revalidated', async () => {
    const { responseTo } = await siteOf(LONG, { options: { list: true } })
    const response = await responseTo('/b/')
    expect(response.status).toBe(200)
    expect(response.field('Content-Type')).toBe('text/html; charset=utf-8')
    expect(response.field('Content-Security-Policy')).toBe(LISTING_CSP)
    expect(response.field('Cache-Control')).toBe('no-cache')
    expect(response.field('Vary')).toBe('Accept-Encoding, Accept')
    expect(response.text).toContain('file-49')
    const json = await responseTo('/b/?sort=name&order=desc', ['Accept: application/json'])
    expect(json.field('Content-Type')).toBe('application/json')
    expect(json.field('Content-Security-Policy')).toBe("default-src 'none'")
    expect(JSON.parse(json.text).entries[0].name).toBe('file-49')
  })

  it('is compressed from the first response on', async () => {
    const { responseTo } = await siteOf(LONG, { options: { list: true } })
    const plain = await responseTo('/b/')
    const coded = await responseTo('/b/', ['Accept-Encoding: br'])
    expect(coded.field('Content-Encoding')).toBe('br')
    expect(coded.field('ETag')).not.toBe(plain.field('ETag'))
    expect(brotliDecompressSync(coded.body).toString()).toBe(plain.text)
    const other = await responseTo('/b/', ['Accept-Encoding: gzip, identity;q=0'])
    expect(gunzipSync(other.body).toString()).toBe(plain.text)
  })

  it('is sent uncompressed if it cannot be compressed', async () => {
    const coder = { compress: () => Promise.resolve(undefined as unknown as Uint8Array) }
    const { responseTo } = await siteOf(LONG, { options: { list: true }, coder })
    const plain = await responseTo('/b/', ['Accept-Encoding: br'])
    expect([plain.status, plain.field('Content-Encoding')]).toEqual([200, undefined])
    const none = await responseTo('/b/', ['Accept-Encoding: br, identity;q=0'])
    expect([none.status, none.field('Retry-After')]).toEqual([503, '2'])
  })

  it('has no body for HEAD, and none for a client that has it', async () => {
    const { responseTo, root } = await siteOf(LONG, { options: { list: true } })
    const whole = await responseTo('/b/')
    const head = await responseTo('/b/', [], 'HEAD')
    expect([head.status, head.field('Content-Length'), head.field('ETag')]).toEqual([
      200,
      `${whole.body.length}`,
      whole.field('ETag'),
    ])
    const condition = [`If-None-Match: ${whole.field('ETag')}`]
    const same = await responseTo('/b/', condition)
    expect([same.status, same.field('Vary')]).toEqual([304, 'Accept-Encoding, Accept'])
    writeFileSync(join(root, 'b/file-0'), 'longer')
    expect((await responseTo('/b/', condition)).status).toBe(200)
  })
})

describe('an .svgz file', () => {
  it('has the type of SVG and its coding, and is 406 where that is not accepted', async () => {
    const coded = gzipSync('<svg/>')
    const { responseTo, root } = await siteOf({ 'a.svgz': '' })
    writeFileSync(join(root, 'a.svgz'), coded)
    for (const lines of [[], ['Accept-Encoding: gzip']]) {
      const { status, field, body } = await responseTo('/a.svgz', lines)
      expect([status, field('Content-Type'), field('Content-Encoding'), field('Vary')]).toEqual([
        200,
        'image/svg+xml',
        'gzip',
        'Accept-Encoding',
      ])
      expect(body.equals(coded)).toBe(true)
    }
    expect((await responseTo('/a.svgz', ['Accept-Encoding: br'])).status).toBe(406)
  })
})
