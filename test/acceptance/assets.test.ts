import { utimesSync } from 'node:fs'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import { RawClient } from '../raw-client.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const SCRIPT = 'console.log("the same line, again and again")\n'.repeat(100)
const HTML = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const OLD = new Date('2026-01-01T00:00:00Z')

let folder: TemporaryFolder
const servers: RunningServer[] = []

async function start(...args: string[]): Promise<RunningServer> {
  const server = await RunningServer.start(args)
  servers.push(server)
  return server
}

async function request(
  { port }: RunningServer,
  path: string,
  fields: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<ReceivedResponse> {
  const client = await RawClient.connect(port)
  const lines = Object.entries({ Host: 'a', ...fields }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return client.request(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
}

beforeAll(() => {
  folder = new TemporaryFolder({
    'site/index.html': '<h1>home</h1>',
    'site/about.html': '<h1>about</h1>',
    'site/about/team.html': '<h1>team</h1>',
    'site/docs/index.html': '<h1>docs</h1>',
    'site/plain': 'plain',
    'site/plain.html': '<h1>plain</h1>',
    'site/404.html': '<h1>not here</h1>',
    'site/script.js': SCRIPT,
    'site/assets/app-BxT1_k9Q.js': 'hashed',
    'site/built.css': 'identity '.repeat(300),
    'site/built.css.br': brotliCompressSync('brotli'),
    'site/built.css.gz': gzipSync('gzip'),
    'site/coded-only.svg.gz': gzipSync('<svg/>'),
    'site/old/page.html': '<h1>old</h1>',
    'site/app/index.html': '<h1>app</h1>',
    'site/nix.txt': 'from the store',
    'a/index.html': 'site a',
    'a/secret.txt': 'of a',
    'b/index.html': 'site b',
  })
  utimesSync(folder.write('site/dated.txt', 'dated'), OLD, OLD)
  utimesSync(folder.write('site/nix.txt', 'nix'), 1, 1)
})
afterAll(async () => {
  await Promise.all(servers.map(server => server.kill()))
  folder.remove()
})

describe('a site', () => {
  let site: RunningServer
  beforeAll(async () => {
    site = await start(`${folder.path}/site`)
    // Until a file is one second old, its ETag is weak and it is not compressed.
    await new Promise(resolve => setTimeout(resolve, 1100))
  })

  it.each([
    ['/about', 200, '<h1>about</h1>'],
    ['/about/team', 200, '<h1>team</h1>'],
    ['/docs/', 200, '<h1>docs</h1>'],
    ['/plain', 200, 'plain'],
    // Not redirected to /plain, which is another file.
    ['/plain.html', 200, '<h1>plain</h1>'],
    ['/about.html?a=1&b', 200, '<h1>about</h1>'],
    ['/about/', 301, '../about'],
    ['/about/team.html', 200, '<h1>team</h1>'],
    ['/docs', 301, 'docs/'],
    ['/docs?q', 301, 'docs/?q'],
    ['/docs/index', 200, '<h1>docs</h1>'],
    ['/docs/index.html', 200, '<h1>docs</h1>'],
    ['/index.html', 200, '<h1>home</h1>'],
    ['/index?x', 200, '<h1>home</h1>'],
    ['/./about', 301, '/about'],
    ['//docs/..//docs/?q', 301, '/docs/?q'],
    ['/plain/', 404, '<h1>not here</h1>'],
    ['/script.js/', 404, '<h1>not here</h1>'],
    ['/nothing', 404, '<h1>not here</h1>'],
  ])('%s is %d %s', async (path, status, expected) => {
    const response = await request(site, path)
    expect(response.status).toBe(status)
    expect(status === 301 ? response.field('location') : response.text).toBe(expected)
  })

  it.each([
    ['/about.html', 'about'],
    ['/about.html?x', 'about'],
    ['/about/team.html', 'team'],
    ['/docs/index', './'],
    ['/docs/index.html', './'],
    ['/index.html', './'],
    ['/about', undefined],
    ['/docs/', undefined],
    ['/', undefined],
    ['/plain.html', undefined],
    ['/script.js', undefined],
  ])('%s has the canonical link %s', async (path, reference) => {
    const expected = reference && `<${reference}>; rel="canonical"`
    const { field } = await request(site, path)
    expect(field('link')).toBe(expected)
    const again = await request(site, path, { 'If-None-Match': field('etag')! })
    expect([again.status, again.field('link')]).toEqual([304, expected])
  })

  it('sends 404.html for a missing file, without validators', async () => {
    const { status, field } = await request(site, '/nothing')
    expect([status, field('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
    for (const name of ['etag', 'last-modified', 'accept-ranges'])
      expect(field(name)).toBeUndefined()
  })

  it('has files with a hash in their name cached for a year, and all others revalidated', async () => {
    const cacheControl = async (path: string) => (await request(site, path)).field('cache-control')
    expect(await cacheControl('/assets/app-BxT1_k9Q.js')).toBe(
      'public, max-age=31536000, immutable',
    )
    expect(await cacheControl('/script.js')).toBe('no-cache')
    expect(await cacheControl('/')).toBe('no-cache')
  })

  it('compresses, and has an ETag for each coding', async () => {
    const accepted = { 'Accept-Encoding': 'br' }
    const first = await request(site, '/script.js', accepted)
    expect(first.field('vary')).toBe('Accept-Encoding')
    await expect
      .poll(async () => (await request(site, '/script.js', accepted)).field('content-encoding'))
      .toBe('br')
    const coded = await request(site, '/script.js', accepted)
    expect(brotliDecompressSync(coded.body).toString()).toBe(SCRIPT)
    const identity = await request(site, '/script.js')
    expect(identity.text).toBe(SCRIPT)
    const tags = [coded, identity].map(({ field }) => field('etag')!)
    expect(tags[0]).toBe(tags[1]!.replace(/"$/, '-br"'))
    for (const tag of tags)
      expect(
        (await request(site, '/script.js', { ...accepted, 'If-None-Match': tag })).field('etag'),
      ).toBe(tag)
    // Parts are of the file itself.
    const part = await request(site, '/script.js', { ...accepted, Range: 'bytes=0-9' })
    expect([part.status, part.text]).toEqual([206, SCRIPT.slice(0, 10)])
    expect(part.field('content-range')).toBe(`bytes 0-9/${SCRIPT.length}`)
  })

  it('compresses before it responds if the client does not accept identity', async () => {
    const response = await request(site, '/script.js', { 'Accept-Encoding': 'gzip, identity;q=0' })
    expect(response.field('content-encoding')).toBe('gzip')
    expect(gunzipSync(response.body).toString()).toBe(SCRIPT)
    expect((await request(site, '/nix.txt', { 'Accept-Encoding': 'identity;q=0' })).status).toBe(
      406,
    )
  })

  it.each([
    ['br, gzip', 'br'],
    ['gzip, br;q=0.1', 'gzip'],
    ['gzip;q=0, br;q=0', null],
    ['*', 'br'],
  ])('sends the precompressed file for Accept-Encoding: %s', async (accepted, coding) => {
    const { field, body } = await request(site, '/built.css', { 'Accept-Encoding': accepted })
    expect(field('content-encoding') ?? null).toBe(coding)
    expect(field('content-type')).toBe('text/css; charset=utf-8')
    expect(field('vary')).toBe('Accept-Encoding')
    if (coding === 'br') expect(brotliDecompressSync(body).toString()).toBe('brotli')
    if (coding === 'gzip') expect(gunzipSync(body).toString()).toBe('gzip')
  })

  it('serves a file that exists only in a coded form', async () => {
    const { status, field } = await request(site, '/coded-only.svg', { 'Accept-Encoding': 'gzip' })
    expect([status, field('content-encoding'), field('content-type')]).toEqual([
      200,
      'gzip',
      'image/svg+xml',
    ])
    expect((await request(site, '/coded-only.svg', { 'Accept-Encoding': 'br' })).status).toBe(406)
  })

  it('evaluates conditions in the order of RFC 9110 §13.2.2', async () => {
    const { field } = await request(site, '/dated.txt')
    const etag = field('etag')!
    const date = OLD.toUTCString()
    expect(field('last-modified')).toBe(date)
    const status = async (conditions: Record<string, string>) =>
      (await request(site, '/dated.txt', conditions)).status
    expect(await status({ 'If-Match': '"x"' })).toBe(412)
    expect(await status({ 'If-Match': etag, 'If-None-Match': etag })).toBe(304)
    expect(await status({ 'If-Unmodified-Since': 'Wed, 31 Dec 2025 23:59:59 GMT' })).toBe(412)
    expect(await status({ 'If-None-Match': '"x"', 'If-Modified-Since': date })).toBe(200)
    expect(await status({ 'If-Modified-Since': date })).toBe(304)
    expect(await status({ Range: 'bytes=0-0', 'If-Range': etag })).toBe(206)
    expect(await status({ Range: 'bytes=0-0', 'If-Range': date })).toBe(206)
    expect(await status({ Range: 'bytes=0-0', 'If-Range': '"x"' })).toBe(200)
  })

  it('sends no Last-Modified for a modification time of 1 s after the epoch', async () => {
    expect((await request(site, '/nix.txt')).field('last-modified')).toBeUndefined()
  })

  it('sends the same ETag for the same content, whatever the times and inodes', async () => {
    const tag = async (path: string) => (await request(site, path)).field('etag')
    folder.write('site/copy.txt', 'dated')
    await new Promise(resolve => setTimeout(resolve, 1100))
    expect(await tag('/copy.txt')).toBe(await tag('/dated.txt'))
  })

  it('sends a weak ETag for a file changed within the last second, and does not compress it', async () => {
    folder.write('site/fresh.js', SCRIPT)
    const { field } = await request(site, '/fresh.js', { 'Accept-Encoding': 'br' })
    expect(field('etag')).toMatch(/^W\//)
    expect(field('content-encoding')).toBeUndefined()
    const etag = field('etag')!
    expect(
      (await request(site, '/fresh.js', { Range: 'bytes=0-0', 'If-Range': etag })).status,
    ).toBe(200)
  })
})

describe('clean URLs', () => {
  it('are redirected to with --clean-urls=redirect, relative to the request', async () => {
    const site = await start(`${folder.path}/site`, '--clean-urls=redirect')
    for (const [path, location] of [
      ['/about.html?a=1&b', 'about?a=1&b'],
      ['/about/', '../about'],
      ['/about/team.html', 'team'],
      ['/docs/index', './'],
      ['/docs/index.html', './'],
      ['/index.html', './'],
      ['/index?x', './?x'],
    ] as const) {
      const { status, field } = await request(site, path)
      expect([status, field('location'), field('cache-control')], path).toEqual([
        301,
        location,
        'no-cache',
      ])
    }
    expect((await request(site, '/plain.html')).text).toBe('<h1>plain</h1>')
  })

  it('do not exist with --no-clean-urls', async () => {
    const site = await start(`${folder.path}/site`, '--no-clean-urls')
    expect((await request(site, '/about/team')).status).toBe(404)
    const { status, field } = await request(site, '/about.html')
    expect([status, field('link')]).toEqual([200, undefined])
  })
})

describe('a single-page application', () => {
  it('sends its page for routes and navigations, and for nothing else', async () => {
    const site = await start(`${folder.path}/site`, '--single')
    const navigation = async (path: string, method?: string) => request(site, path, HTML, method)
    expect((await navigation('/deep/link')).text).toBe('<h1>home</h1>')
    expect((await navigation('/deep/link', 'HEAD')).status).toBe(200)
    expect((await navigation('/users/john.doe')).text).toBe('<h1>home</h1>')
    expect((await navigation('/about')).text).toBe('<h1>about</h1>')
    for (const path of ['/gone.js', '/assets/gone.css'])
      expect((await navigation(path)).status).toBe(404)
    for (const fields of [{}, { Accept: '*/*' }, { 'Sec-Fetch-Mode': 'cors' }])
      expect((await request(site, '/deep/link', fields)).text).toBe('<h1>home</h1>')
    for (const path of ['/domain/x.ai', '/users/a%2Fb', '/assets/gone.css']) {
      const navigation = await request(site, path, { 'Sec-Fetch-Mode': 'navigate' })
      expect([navigation.text, navigation.status]).toEqual(['<h1>home</h1>', 200])
      const image = { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }
      const { status, field } = await request(site, path, image)
      expect([status, field('vary')?.includes('Sec-Fetch-Dest')]).toEqual([404, true])
    }
    expect((await request(site, '/users//b')).field('location')).toBe('/users/b')
    expect((await navigation('/deep/link', 'POST')).status).toBe(405)
  })

  it('may have a page other than index.html', async () => {
    const site = await start(`${folder.path}/site`, '--single=app/index.html')
    expect((await request(site, '/deep/link', HTML)).text).toBe('<h1>app</h1>')
  })
})

describe('fields of all responses', () => {
  it('allow the origins of --cors to read', async () => {
    const any = await start(`${folder.path}/site`, '--cors')
    expect(
      (await request(any, '/about', { Origin: 'https://x.example' })).field(
        'access-control-allow-origin',
      ),
    ).toBe('*')
    const some = await start(`${folder.path}/site`, '--cors=https://x.example')
    for (const path of ['/about', '/nothing']) {
      const response = await request(some, path, { Origin: 'https://x.example' })
      expect(response.field('access-control-allow-origin')).toBe('https://x.example')
      expect(response.field('vary')).toContain('Origin')
    }
    const other = await request(some, '/about', { Origin: 'https://y.example' })
    expect(other.field('access-control-allow-origin')).toBeUndefined()
    const preflight = await request(
      some,
      '/about',
      {
        Origin: 'https://x.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'x-a',
      },
      'OPTIONS',
    )
    expect([preflight.status, preflight.field('access-control-allow-headers')]).toEqual([
      204,
      'x-a',
    ])
  })

  it('include security headers if enabled, but no HSTS without TLS', async () => {
    const site = await start(
      ...[
        `${folder.path}/site`,
        '--security-headers',
        '--content-security-policy',
        "default-src 'self'",
      ],
    )
    const { field } = await request(site, '/about')
    expect(field('content-security-policy')).toBe("default-src 'self'")
    expect(field('referrer-policy')).toBeDefined()
    expect(field('x-frame-options')).toBeDefined()
    expect(field('strict-transport-security')).toBeUndefined()
  })

  it('have the max-age of --cache', async () => {
    const site = await start(`${folder.path}/site`, '--cache', '60')
    expect((await request(site, '/about')).field('cache-control')).toBe('public, max-age=60')
  })
})

describe('rules and hosts', () => {
  let site: RunningServer
  beforeAll(async () => {
    const config = folder.write(
      'statewire.toml',
      `root = "site"
unknown-hosts = "refuse"

[[headers]]
match = "/assets/**"
set = { X-Team = "web" }
unset = ["Last-Modified"]

[[redirects]]
match = "/old/**"
to = "/docs/:splat"
status = 301

[[rewrites]]
match = "/pages/:page"
to = "/:page.html"

[[cache]]
match = "/*.js"
seconds = 600

[[single]]
prefix = "/app/"
file = "app/index.html"

[[hosts]]
name = "a.example"
root = "a"

[[hosts.headers]]
match = "/**"
set = { X-Site = "a" }

[[hosts]]
name = "b.example"
root = "b"
`,
    )
    site = await start('--config', config)
  })

  const b = { Host: 'b.example:8080' }
  it.each([
    ['/', { Host: 'A.Example.' }, 200, 'site a'],
    ['/', b, 200, 'site b'],
    ['http://a.example/', b, 200, 'site a'],
    ['/secret.txt', b, 404, undefined],
    ['/', { Host: 'c.example' }, 421, undefined],
    ['/', { Host: '' }, 421, undefined],
  ])('%s with %j is %d %s', async (path, fields: Record<string, string>, status, text) => {
    const response = await request(site, path, fields)
    expect(response.status).toBe(status)
    if (text !== undefined) expect(response.text).toBe(text)
    expect(response.field('x-site')).toBe(text === 'site a' ? 'a' : undefined)
  })

  it('apply to their own site only', async () => {
    const plain = await start(
      '--config',
      `${folder.path}/statewire.toml`,
      '--unknown-hosts',
      'default',
    )
    const asset = await request(plain, '/assets/app-BxT1_k9Q.js')
    expect(asset.field('x-team')).toBe('web')
    expect(asset.field('last-modified')).toBeUndefined()
    const etag = asset.field('etag')!
    const again = await request(plain, '/assets/app-BxT1_k9Q.js', { 'If-None-Match': etag })
    expect([again.status, again.field('x-team')]).toEqual([304, 'web'])
    const moved = await request(plain, '/old/a%20b?q=1')
    expect([moved.status, moved.field('location')]).toEqual([301, '/docs/a%20b?q=1'])
    expect((await request(plain, '/pages/about')).text).toBe('<h1>about</h1>')
    expect((await request(plain, '/script.js')).field('cache-control')).toBe('public, max-age=600')
    expect((await request(plain, '/app/deep', HTML)).text).toBe('<h1>app</h1>')
    expect((await request(plain, '/elsewhere', HTML)).status).toBe(404)
  })
})

describe('symbolic links', () => {
  it('are followed as --symlinks allows', async () => {
    const { symlinkSync } = await import('node:fs')
    folder.write('linked/file.txt', 'file')
    folder.write('outside.txt', 'outside')
    symlinkSync('file.txt', `${folder.path}/linked/in.txt`)
    symlinkSync('../outside.txt', `${folder.path}/linked/out.txt`)
    const statuses = async (mode: string) => {
      const site = await start(`${folder.path}/linked`, '--symlinks', mode)
      const paths = ['/file.txt', '/in.txt', '/out.txt']
      return Promise.all(paths.map(async path => (await request(site, path)).status))
    }
    expect(await statuses('inside')).toEqual([200, 200, 404])
    expect(await statuses('never')).toEqual([200, 404, 404])
    expect(await statuses('anywhere')).toEqual([200, 200, 200])
  })
})
