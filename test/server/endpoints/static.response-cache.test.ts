import { randomBytes } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { configFromOptions } from '../../../src/server/config/load-config.ts'
import type { ConfigOptions } from '../../../src/server/config/rule-options.ts'
import { systemClock } from '../../../src/server/connection/clock.ts'
import { Connection } from '../../../src/server/connection/connection.ts'
import type { Exchange } from '../../../src/server/connection/exchange.ts'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import { nodeContentCoder } from '../../../src/server/files/content-coder.ts'
import { nodeDirectFileSystem, nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { ResponseLog } from '../../../src/server/log/response-log.ts'
import type { ServerContext } from '../../../src/server/server-context.ts'
import { createServerCore } from '../../../src/server/server-core.ts'
import { parseResponse } from '../../parse-responses.ts'
import { requestOf } from '../fake-server.ts'
import { FakeTransport } from '../fake-transport.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'

const HTML = 'Accept: text/html'
const MODES = ['direct', 'threads'] as const

type Options = ConfigOptions & { readonly fileAccess?: (typeof MODES)[number] }

/** A whole server but for its sockets, on a clock that the test sets. */
async function serverOf(tree: Tree, options: Options = {}) {
  const root = temporaryFolder(tree)
  const time = { nowMs: 0 }
  const config = await configFromOptions(
    { root, fileAccess: 'direct', ...options },
    { cwd: '/', stdoutIsTerminal: false, openFilesSoftLimit: () => 1064 },
  )
  const core = await createServerCore(
    config,
    {
      // Files do not count as recently changed.
      clock: { ...systemClock, monotonicMs: () => time.nowMs, wallMs: () => Date.now() + 10_000 },
      fileSystem: nodeFileSystem,
      directFileSystem: nodeDirectFileSystem,
      coder: nodeContentCoder,
      buffers: new BufferPool(64 * 1024, 64 * 1024, 4),
    },
    { handlers: {}, responseLog: new ResponseLog(undefined), logError: () => {} },
  )
  let dispatched = 0
  const context: ServerContext = {
    ...core,
    dispatcher: {
      prepare: exchange => core.dispatcher.prepare(exchange, context),
      dispatch(exchange: Exchange) {
        dispatched++
        core.dispatcher.dispatch(exchange, context)
      },
      findShared: head => core.dispatcher.findShared(head, context),
      settled: () => core.dispatcher.settled(),
    },
  }
  /** Returns the response, and whether it came from the cache. */
  const request = async (
    path: string,
    lines: readonly string[] = [],
    method = 'GET',
    minor = 1,
  ) => {
    const transport = new FakeTransport()
    transport.listen(new Connection(transport, context))
    const before = dispatched
    transport.send(requestOf(`${method} ${path} HTTP/1.${minor}`, ['Host: a', ...lines]))
    await core.dispatcher.settled()
    const response = parseResponse(transport.text, method)
    return { response, isCached: dispatched === before }
  }
  /** The status, the body or location, and `cached` if it came from the cache. */
  const summary = async (...args: Parameters<typeof request>): Promise<string> => {
    const { response, isCached } = await request(...args)
    const { status, text } = response
    const detail =
      response.field('Location') ?? (status === 404 && text.length > 40 ? 'page' : text)
    return [status, detail.trim().split('\n')[0], ...(isCached ? ['cached'] : [])].join(' ')
  }
  const end = (): void => core.wheel.stop()
  return { root, time, request, summary, end, context }
}

describe.each(MODES)('cached responses of a site, files in mode %s', fileAccess => {
  it('are sent to requests in other versions, for connections that close, and by date', async () => {
    const { summary, request } = await serverOf({ a: 'A' }, { fileAccess })
    expect(await summary('/a')).toBe('200 A')
    const date = (await request('/a')).response.field('Last-Modified')!
    expect(await summary('/a', [], 'GET', 0)).toBe('200 A cached')
    expect(await summary('/a', ['Connection: close'])).toBe('200 A cached')
    expect(await summary('/a', [`If-Modified-Since: ${date}`])).toBe('304  cached')
    expect(await summary('/a', ['Range: bytes=0-'])).toBe('206 A cached')
    expect(await summary('/a?query')).toBe('200 A cached')
  })

  it('have the same fields as the endpoint sends', async () => {
    const { request } = await serverOf({ 'a.css': 'body {}'.repeat(10) }, { fileAccess })
    const date = (await request('/a.css')).response.field('Last-Modified')!
    const variants: [lines: string[], method?: string, minor?: number][] = [
      [[]],
      [[], 'HEAD'],
      [[], 'GET', 0],
      [['Connection: close']],
      [['Connection: keep-alive'], 'GET', 0],
      [['Range: bytes=3-9']],
      [['Range: bytes=3-'], 'HEAD'],
      [[`If-Modified-Since: ${date}`]],
    ]
    for (const [lines, method, minor] of variants) {
      const cached = await request('/a.css', lines, method, minor)
      // A field that is repeated is left to the endpoint.
      const other = await request('/a.css', [...lines, 'Referer: a', 'Referer: b'], method, minor)
      expect([cached.isCached, other.isCached], lines.join()).toEqual([true, false])
      const fieldsOf = ({ response }: typeof cached): string[] =>
        response.fields.map(([name, value]) => `${name}: ${value}`).sort()
      expect(fieldsOf(cached), lines.join()).toEqual(fieldsOf(other))
      expect(cached.response.text).toBe(other.response.text)
    }
  })

  it('follow a file that changes, after revalidateMs', async () => {
    const { summary, root, time } = await serverOf({ a: 'one' }, { fileAccess })
    await summary('/a')
    expect(await summary('/a')).toBe('200 one cached')
    await new Promise(done => setTimeout(done, 20))
    writeFileSync(join(root, 'a'), 'two')
    time.nowMs = 999
    expect(await summary('/a')).toBe('200 one cached')
    time.nowMs = 1000
    expect(await summary('/a')).toBe('200 two')
    rmSync(join(root, 'a'))
    time.nowMs = 2000
    expect(await summary('/a')).toBe('404 404 Not Found')
  })

  it('are renewed if the file is the same', async () => {
    const { summary, time } = await serverOf({ a: 'A' }, { fileAccess })
    await summary('/a')
    for (const nowMs of [1000, 2500, 4000]) {
      time.nowMs = nowMs
      await summary('/a')
      await new Promise(done => setTimeout(done, 20))
      expect(await summary('/a'), `${nowMs}`).toBe('200 A cached')
    }
  })

  it('are redirects, for requests without a query', async () => {
    const { summary } = await serverOf({ 'd/index.html': 'D' }, { fileAccess })
    expect(await summary('/d')).toBe('301 d/')
    expect(await summary('/d')).toBe('301 d/ cached')
    expect(await summary('/d?x')).toBe('301 d/?x')
  })

  it('have the link to the canonical path, as long as it leads to the same file', async () => {
    const { request, root, time } = await serverOf({ 'about.html': 'about' }, { fileAccess })
    const link = async (path: string): Promise<unknown[]> => {
      const { response, isCached } = await request(path)
      return [response.status, response.field('Link'), isCached]
    }
    const canonical = '<about>; rel="canonical"'
    expect(await link('/about.html')).toEqual([200, canonical, false])
    expect(await link('/about.html?x')).toEqual([200, canonical, true])
    expect(await link('/about')).toEqual([200, undefined, false])
    await new Promise(done => setTimeout(done, 20))
    writeFileSync(join(root, 'about'), 'another file')
    time.nowMs = 1000
    expect(await link('/about.html')).toEqual([200, undefined, false])
  })

  it('see at once what this process stores', async () => {
    const { summary } = await serverOf({ a: 'one' }, { fileAccess, endpoints: ['files'] })
    expect([await summary('/a'), await summary('/new')]).toEqual(['200 one', '404 404 Not Found'])
    await summary('/files/a', ['Content-Length: 0'], 'PUT')
    await summary('/files/new', ['Content-Length: 0'], 'PUT')
    expect([await summary('/a'), await summary('/new')]).toEqual(['200 ', '200 '])
  })
})

describe('paths that lead to nothing', () => {
  it('share one response for text and one page', async () => {
    const { summary, context } = await serverOf({ a: 'A' })
    expect(await summary('/x')).toBe('404 404 Not Found')
    expect(await summary('/y')).toBe('404 404 Not Found cached')
    expect(await summary('/y', [HTML])).toBe('404 page')
    expect(await summary('/z/z', [HTML])).toBe('404 page cached')
    expect(await summary('/w', [], 'HEAD')).toBe('404  cached')
    expect(await summary('/w', ['If-None-Match: *'])).toBe('404 404 Not Found cached')
    expect(context.responseCache!.size).toBe(0)
  })

  it('share the page of the site, and follow it', async () => {
    const { summary, root, time } = await serverOf({ '404.html': 'gone' })
    expect([await summary('/x'), await summary('/y')]).toEqual(['404 gone', '404 gone cached'])
    await new Promise(done => setTimeout(done, 20))
    writeFileSync(join(root, '404.html'), 'gone away')
    time.nowMs = 1000
    expect([await summary('/x'), await summary('/y')]).toEqual([
      '404 gone away',
      '404 gone away cached',
    ])
  })

  it('get the page of the nearest folder upwards, and share it with their neighbours', async () => {
    const { summary, root, time } = await serverOf({
      '404.html': 'top',
      'docs/404.html': 'docs',
      'docs/deep/er/a': 'A',
      'other/a': 'A',
      'folder/404.html/a': 'A',
    })
    const deep = `/docs/${'a/'.repeat(2000)}x`
    for (const [path, page] of [
      ['/x', 'top'],
      ['/other/x', 'top'],
      ['/gone/x/y', 'top'],
      ['/folder/x', 'top'],
      ['/docs/x', 'docs'],
      ['/docs/x/y/z', 'docs'],
      ['/docs/deep/er/x', 'docs'],
      ['/docs/deep/', 'docs'],
      ['/docs/a%2Fb', 'docs'],
      [deep, 'docs'],
    ] as const)
      expect(await summary(path), path).toMatch(new RegExp(`^404 ${page}(?: cached)?$`))
    // Whether the names in a folder are known by now or not.
    for (let n = 0; n < 20; n++) {
      await new Promise(done => setImmediate(done))
      expect(await summary(`/y${n}`)).toBe('404 top cached')
      expect(await summary(`/docs/y${n}`)).toBe('404 docs cached')
      expect(await summary(`/docs/deep/er/y${n}`)).toBe('404 docs cached')
      expect(await summary(`/folder/y${n}`)).toBe('404 top cached')
      expect(await summary(`/gone/y${n}`)).toBe('404 top cached')
    }
    await new Promise(done => setTimeout(done, 20))
    writeFileSync(join(root, 'docs/deep/404.html'), 'deep')
    time.nowMs = 1000
    expect(await summary('/docs/deep/er/z')).toBe('404 deep')
    expect(await summary('/docs/deep/z')).toBe('404 deep cached')
    expect(await summary('/docs/z')).toBe('404 docs cached')
    rmSync(join(root, 'docs/404.html'))
    time.nowMs = 2000
    expect(await summary('/docs/z')).toBe('404 top cached')
  })

  it('lead to a file at once when there is one', async () => {
    const { summary, root } = await serverOf({ a: 'A' })
    await summary('/x')
    writeFileSync(join(root, 'new'), 'new')
    expect(await summary('/new')).toBe('200 new')
  })

  it('keep the headers of the rule that matches them', async () => {
    const { request } = await serverOf(
      {},
      { rules: { headers: [{ match: '/x/**', set: { 'X-Rule': 'x' } }] } },
    )
    for (let n = 0; n < 2; n++) {
      const ruled = await request('/x/y')
      const other = await request('/y')
      expect([ruled.isCached, other.isCached]).toEqual([n > 0, n > 0])
      expect(ruled.response.field('X-Rule')).toBe('x')
      expect(other.response.field('X-Rule')).toBeUndefined()
    }
  })

  it('keep the headers of all rules that match them together', async () => {
    const headers = [
      { match: '/x/**', set: { 'X-Rule': 'x', 'X-X': '1' } },
      { match: '/**/y', set: { 'X-Rule': 'y' } },
    ]
    const cache = [{ match: '/x/y', seconds: 60, status: 404 }]
    const { request } = await serverOf({}, { rules: { headers, cache } })
    for (let n = 0; n < 2; n++)
      for (const [path, ...expected] of [
        ['/x/y', 'y', '1', 'public, max-age=60'],
        ['/x/z', 'x', '1', undefined],
        ['/a/y', 'y', undefined, undefined],
        ['/a/z', undefined, undefined, undefined],
      ] as const) {
        const { response, isCached } = await request(path)
        const fields = ['X-Rule', 'X-X', 'Cache-Control'].map(name => response.field(name))
        expect([isCached, ...fields]).toEqual([n > 0, ...expected])
      }
  })

  it('are redirected by a rule, not shared', async () => {
    const { summary } = await serverOf(
      {},
      { rules: { redirects: [{ match: '/old/*', to: '/new' }] } },
    )
    expect([await summary('/x'), await summary('/old/a')]).toEqual([
      '404 404 Not Found',
      '308 /new',
    ])
  })

  it('get the page of a single-page application, but not as subresources', async () => {
    const { summary, request, root, time } = await serverOf(
      { 'index.html': 'app' },
      { single: 'index.html' },
    )
    const vary = async (path: string, lines: readonly string[]): Promise<unknown[]> => {
      const { response, isCached } = await request(path, lines)
      return [response.status, response.field('Vary'), isCached]
    }
    expect(await summary('/deep/1', [HTML])).toBe('200 app')
    expect(await summary('/deep/2')).toBe('200 app cached')
    expect(await summary('/users/a%2Fb')).toBe('200 app cached')
    expect(await summary('/deep/3', ['Sec-Fetch-Mode: cors'])).toBe('200 app cached')
    expect(await summary('/deep/4', ['Sec-Fetch-Dest: image'])).toBe('404 404 Not Found')
    expect(await summary('/deep/5', ['Sec-Fetch-Dest: script'])).toBe('404 404 Not Found cached')
    expect(await summary('/deep/6', [HTML, 'Sec-Fetch-Dest: style'])).toBe('404 page')
    expect(await summary('/script.js', [HTML])).toBe('404 page')
    expect(await summary('/style.css', [HTML])).toBe('404 page cached')
    const navigation = ['Sec-Fetch-Mode: navigate']
    const modeAndDestination = 'Sec-Fetch-Mode, Sec-Fetch-Dest'
    expect(await vary('/domain/x.ai', navigation)).toEqual([200, modeAndDestination, false])
    expect(await vary('/domain/y.ai', navigation)).toEqual([200, modeAndDestination, true])
    const missing = [404, `Accept, ${modeAndDestination}`]
    expect(await vary('/domain/x.ai', [])).toEqual([...missing, false])
    expect(await vary('/domain/x.ai', ['Sec-Fetch-Mode: cors'])).toEqual([...missing, true])
    expect(await vary('/deep/1', [])).toEqual([200, 'Sec-Fetch-Dest', true])
    expect(await vary('/deep/1', ['Sec-Fetch-Dest: font'])).toEqual([
      404,
      'Accept, Sec-Fetch-Dest',
      true,
    ])
    // A file does not depend on them.
    expect(await vary('/', navigation)).toEqual([200, undefined, false])
    await new Promise(done => setTimeout(done, 20))
    writeFileSync(join(root, 'index.new'), 'next')
    renameSync(join(root, 'index.new'), join(root, 'index.html'))
    utimesSync(join(root, 'index.html'), 1_000_000_000, 1_000_000_000)
    time.nowMs = 1000
    expect(await summary('/deep/6', [HTML])).toBe('200 next')
    expect(await summary('/deep/7', [HTML])).toBe('200 next cached')
  })
})

describe('names in another Unicode form', () => {
  const [nfc, nfd] = ['/caf%C3%A9', '/cafe%CC%81']

  it('lead to the file, until there is one of exactly the name', async () => {
    const { summary, root, time } = await serverOf({ 'cafe\u0301': 'decomposed' })
    expect(await summary(nfd)).toBe('200 decomposed')
    expect(await summary(nfc)).toBe('200 decomposed')
    expect(await summary(nfc)).toBe('200 decomposed cached')
    expect(await summary(`${nfc}/x`)).toBe('404 404 Not Found')
    await new Promise(done => setTimeout(done, 20))
    writeFileSync(join(root, 'caf\u00e9'), 'composed')
    time.nowMs = 1000
    expect(await summary(nfc)).toBe('200 composed')
    expect(await summary(nfd)).toBe('200 decomposed cached')
  })

  it('are matched by the same rules', async () => {
    const rules = {
      headers: [{ match: '/caf\u00e9/**', set: { 'X-Form': 'any' } }],
      redirects: [{ match: '/cafe\u0301/old/:name', to: '/new/:name' }],
      single: [{ prefix: '/cafe\u0301/app', file: 'cafe\u0301/a.txt' }],
    }
    const { request, summary } = await serverOf({ 'cafe\u0301/a.txt': 'A' }, { rules })
    for (const path of [nfc, nfd]) {
      const { response } = await request(`${path}/a.txt`)
      expect([response.status, response.field('X-Form')], path).toEqual([200, 'any'])
      expect(await summary(`${path}/old/x`)).toBe('308 /new/x')
      expect(await summary(`${path}/app/route`)).toMatch(/^200 A/)
    }
  })

  it('are listed, redirected and missing as others are', async () => {
    const { summary } = await serverOf({ 'cafe\u0301/a.txt': 'A' }, { list: true })
    expect(await summary(nfc)).toMatch(/^301 (?:\.\.\/)?cafe%CC%81\/$/)
    expect(await summary(`${nfc}/`, ['Accept: application/json'])).toContain('200 ')
    expect(await summary(`${nfc}/a.txt`)).toBe('200 A')
    expect(await summary(`${nfc}/b.txt`)).toBe('404 404 Not Found')
    expect(await summary(`${nfc}/c.txt`)).toBe('404 404 Not Found cached')
  })
})

// Elsewhere, names are Unicode.
describe.skipIf(process.platform !== 'linux')('names that are not UTF-8', () => {
  const named = (root: string, name: string): Buffer => Buffer.from(`${root}/${name}`, 'latin1')
  async function latin1Site(options: Options = {}) {
    const site = await serverOf({ 'plain.txt': 'plain', 'cafÃ©.txt': 'UTF-8 of Latin-1' }, options)
    const { root } = site
    mkdirSync(named(root, 'd\xe9j\xe0'))
    writeFileSync(named(root, 'caf\xe9.txt'), 'Latin-1')
    writeFileSync(named(root, 'caf\xe9.html'), 'page')
    writeFileSync(named(root, 'd\xe9j\xe0/vu.txt'), 'again')
    writeFileSync(named(root, 'd\xe9j\xe0/\xff'), gzipSync('last'))
    symlinkSync(named(root, 'd\xe9j\xe0'), join(root, 'link'))
    return site
  }

  it.each(MODES)('are found, files in mode %s', async fileAccess => {
    const { summary } = await latin1Site({ fileAccess })
    expect(await summary('/caf%E9.txt')).toBe('200 Latin-1')
    expect(await summary('/caf%e9.txt')).toBe('200 Latin-1')
    expect(await summary('/caf%E9.txt')).toBe('200 Latin-1 cached')
    expect(await summary('/caf%E9')).toBe('200 page')
    expect(await summary('/caf%C3%83%C2%A9.txt')).toBe('200 UTF-8 of Latin-1')
    expect(await summary('/caf%C3%A9.txt')).toBe('404 404 Not Found')
    expect(await summary('/d%E9j%E0')).toBe('301 d%E9j%E0/')
    expect(await summary('//d%E9j%E0/./vu.txt')).toBe('301 /d%E9j%E0/vu.txt')
    expect(await summary('/d%E9j%E0/vu.txt')).toBe('200 again')
    expect(await summary('/link/vu.txt')).toBe('200 again')
    expect((await summary('/d%E9j%E0/%FF')).slice(0, 3)).toBe('200')
    expect(await summary('/d%E9j%E0/%FE')).toMatch(/^404/)
    expect((await summary('/d%E9j%E0/%C0%AE')).slice(0, 3)).toBe('400')
  })

  it('follow their file, also where the names in their folder are known', async () => {
    const { summary, root, time } = await latin1Site()
    for (let n = 0; n < 20; n++) {
      await new Promise(done => setImmediate(done))
      expect(await summary(`/missing%E9${n}`)).toMatch(/^404/)
    }
    expect(await summary('/caf%E9.txt')).toBe('200 Latin-1')
    await new Promise(done => setTimeout(done, 20))
    writeFileSync(named(root, 'caf\xe9.txt'), 'changed')
    time.nowMs = 1000
    expect(await summary('/caf%E9.txt')).toBe('200 changed')
    rmSync(named(root, 'caf\xe9.txt'))
    time.nowMs = 2000
    expect(await summary('/caf%E9.txt')).toMatch(/^404/)
  })

  it('are listed, each with a link that leads to it', async () => {
    const { request } = await latin1Site({ list: true })
    const { response } = await request('/', ['Accept: text/html'])
    expect(response.text).toContain('<a href="./caf%E9.txt" class="file"><bdi>café.txt</bdi></a>')
    expect(response.text).toContain('<a href="./d%E9j%E0/" class="folder"><bdi>déjà</bdi></a>')
    expect(response.text).toContain('href="./caf%C3%83%C2%A9.txt"')
    const below = await request('/d%E9j%E0/', ['Accept: application/json'])
    const { path, entries } = JSON.parse(below.response.text)
    expect(path).toBe('/déjà/')
    expect(entries).toMatchObject([
      { name: 'vu.txt', type: 'file' },
      { name: 'ÿ', href: './%FF' },
    ])
    expect(entries[0].href).toBe(undefined)
  })

  it('are matched and captured by rules', async () => {
    const rules = {
      redirects: [{ match: '/old/:name', to: '/new/:name' }],
      rewrites: [{ match: '/pages/:page', to: '/:page.txt' }],
    }
    const { summary } = await latin1Site({ rules })
    expect(await summary('/old/caf%E9')).toBe('308 /new/caf%E9')
    expect(await summary('/pages/caf%E9')).toBe('200 Latin-1')
  })

  it('are not created by an upload', async () => {
    const { summary, root } = await latin1Site({ endpoints: ['files'] })
    expect(await summary('/files/caf%E9.txt')).toBe('200 Latin-1')
    const put = await summary('/files/new%E9', ['Content-Length: 0'], 'PUT')
    expect(put.slice(0, 3)).toBe('400')
    expect(readdirSync(root).some(name => name.startsWith('new'))).toBe(false)
  })
})

describe('the memory', () => {
  it('stays below its limit with more files than it holds', async () => {
    const tree = Object.fromEntries(
      Array.from({ length: 200 }, (_, n) => [`f${n}`, `${n}`.padEnd(4000, 'x')]),
    )
    const memoryBytesMax = 200_000
    const { summary, context } = await serverOf(tree, { memoryBytesMax })
    for (let round = 0; round < 3; round++)
      for (let n = 0; n < 200; n++) {
        expect(await summary(`/f${n}`)).toMatch(new RegExp(`^200 ${n}x+`))
        const { assets, responseCache, sites } = context
        expect(assets.bytes + responseCache!.bytes + sites.bytes).toBeLessThanOrEqual(
          memoryBytesMax * 1.1,
        )
      }
  })

  it('of 0 keeps nothing, and serves all the same', async () => {
    const { summary, context } = await serverOf({ a: 'A' }, { memoryBytesMax: 0 })
    for (let n = 0; n < 2; n++) {
      expect(await summary('/a')).toBe('200 A')
      expect(await summary('/x')).toBe('404 404 Not Found')
    }
    expect([context.assets.bytes, context.responseCache!.bytes]).toEqual([0, 0])
  })
})

describe.each(MODES)(
  'parts of a file that is also sent compressed, files in mode %s',
  fileAccess => {
    const CSS = Array.from({ length: 20_000 }, (_, n) => `.a${n} { margin: 0 }\n`).join('')
    const GZIP = 'Accept-Encoding: gzip'

    it('are those of the file itself, before and after it is compressed', async () => {
      const { request } = await serverOf({ 'a.css': CSS }, { fileAccess })
      const selective = [
        [GZIP, 'Range: bytes=300000-300009'],
        [GZIP, 'Range: bytes=-10'],
        [GZIP, 'Range: bytes=300000-300009', 'If-Match: *'],
      ]
      const partsOf = async () => {
        const parts = []
        for (const lines of selective) {
          const { response } = await request('/a.css', lines)
          expect(response.field('Content-Encoding')).toBeUndefined()
          parts.push([response.status, response.field('Content-Range'), response.text])
        }
        return parts
      }
      const before = await partsOf()
      expect(before[0]).toEqual([
        206,
        `bytes 300000-300009/${CSS.length}`,
        CSS.slice(300_000, 300_010),
      ])
      await expect
        .poll(async () => (await request('/a.css', [GZIP])).response.field('Content-Encoding'))
        .toBe('gzip')
      expect((await request('/a.css', [GZIP])).isCached).toBe(true)
      expect(await partsOf()).toEqual(before)
      const head = await request('/a.css', [GZIP, 'Range: bytes=0-9'], 'HEAD')
      expect(head.response.field('Content-Length')).toBe(String(CSS.length))
    })

    it('are not sent of the compressed file, not even to a client that has its tag', async () => {
      const { request } = await serverOf({ 'a.css': CSS }, { fileAccess })
      await expect
        .poll(async () => (await request('/a.css', [GZIP])).response.field('Content-Encoding'))
        .toBe('gzip')
      const whole = (await request('/a.css', [GZIP])).response
      for (const field of ['If-Range', 'If-Match']) {
        const lines = [GZIP, 'Range: bytes=10-', `${field}: ${whole.field('ETag')}`]
        const { response } = await request('/a.css', lines)
        expect([response.status, response.field('ETag')]).toEqual([200, whole.field('ETag')])
        expect(response.body.equals(whole.body)).toBe(true)
      }
    })
  },
)

describe('the first response of a small file', () => {
  const SMALL = 'body { margin: 0 }\n'.repeat(100)
  const LARGE = SMALL.repeat(40)
  const BR = 'Accept-Encoding: br, gzip'

  it.each(MODES)('is compressed, and cached, files in mode %s', async fileAccess => {
    const { request } = await serverOf({ 'a.css': SMALL, 'b.css': LARGE }, { fileAccess })
    const { response } = await request('/a.css', [BR])
    expect(response.field('Content-Encoding')).toBe('br')
    expect(brotliDecompressSync(response.body).toString()).toBe(SMALL)
    const next = await request('/a.css', [BR])
    expect([next.isCached, next.response.body.equals(response.body)]).toEqual([true, true])
    expect((await request('/b.css', [BR])).response.field('Content-Encoding')).toBeUndefined()
  })

  it('is as it is if compressing does not make it smaller, and is cached so', async () => {
    const noise = randomBytes(2000).toString('latin1')
    const { request, root } = await serverOf({ 'a.css': '' })
    writeFileSync(join(root, 'a.css'), noise, 'latin1')
    // Brotli and gzip are tried, in turn.
    for (const isCached of [false, false, false, true]) {
      const result = await request('/a.css', [BR])
      expect(result.response.field('Content-Encoding')).toBeUndefined()
      expect(result.isCached).toBe(isCached)
    }
  })

  it('is as it is while longer compressions take all turns', async () => {
    const { request, context } = await serverOf({ 'a.css': SMALL })
    let end = () => {}
    const slow = context.assets.compressions.compress('slow', 'br', async () => {
      await new Promise<void>(done => {
        end = done
      })
      return Buffer.from('slow')
    })
    const { response, isCached } = await request('/a.css', [BR])
    expect([response.text, isCached]).toEqual([SMALL, false])
    end()
    await slow
    await expect
      .poll(async () => (await request('/a.css', [BR])).response.field('Content-Encoding'))
      .toBe('br')
  })
})
