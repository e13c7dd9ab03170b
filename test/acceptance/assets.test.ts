import { utimesSync } from 'node:fs'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient, type RawResponse } from './raw-client.ts'
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

async function ask(
  { port }: RunningServer,
  path: string,
  fields: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<RawResponse> {
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
    // Files that changed within the last second are served with care.
    await new Promise(resolve => setTimeout(resolve, 1100))
  })

  it.each([
    ['/about', 200, '<h1>about</h1>'],
    ['/about/team', 200, '<h1>team</h1>'],
    ['/docs/', 200, '<h1>docs</h1>'],
    ['/plain', 200, 'plain'],
    // Without its extension it would be another file's.
    ['/plain.html', 200, '<h1>plain</h1>'],
    ['/about.html?a=1&b', 308, '/about?a=1&b'],
    ['/about/', 308, '/about'],
    ['/about/team.html', 308, '/about/team'],
    ['/docs', 308, '/docs/'],
    ['/docs?q', 308, '/docs/?q'],
    ['/docs/index', 308, '/docs/'],
    ['/docs/index.html', 308, '/docs/'],
    ['/index.html', 308, '/'],
    ['/index?x', 308, '/?x'],
    ['/plain/', 404, '<h1>not here</h1>'],
    ['/script.js/', 404, '<h1>not here</h1>'],
    ['/nothing', 404, '<h1>not here</h1>'],
  ])('%s is %d %s', async (path, status, expected) => {
    const answer = await ask(site, path)
    expect(answer.status).toBe(status)
    expect(status === 308 ? answer.fields.get('location') : answer.text).toBe(expected)
  })

  it('has a page for what is not there, with no validators', async () => {
    const { status, fields } = await ask(site, '/nothing')
    expect([status, fields.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
    for (const name of ['etag', 'last-modified', 'accept-ranges'])
      expect(fields.has(name)).toBe(false)
  })

  it('keeps what holds a hash for ever, and asks after all else', async () => {
    const cacheControl = async (path: string) => (await ask(site, path)).fields.get('cache-control')
    expect(await cacheControl('/assets/app-BxT1_k9Q.js')).toBe(
      'public, max-age=31536000, immutable',
    )
    expect(await cacheControl('/script.js')).toBe('no-cache')
    expect(await cacheControl('/')).toBe('no-cache')
  })

  it('compresses beside the first answer, once, and has a tag for each coding', async () => {
    const accepted = { 'Accept-Encoding': 'br' }
    const first = await ask(site, '/script.js', accepted)
    expect(first.fields.get('vary')).toBe('Accept-Encoding')
    await expect
      .poll(async () => (await ask(site, '/script.js', accepted)).fields.get('content-encoding'))
      .toBe('br')
    const coded = await ask(site, '/script.js', accepted)
    expect(brotliDecompressSync(coded.body).toString()).toBe(SCRIPT)
    const identity = await ask(site, '/script.js')
    expect(identity.text).toBe(SCRIPT)
    const tags = [coded, identity].map(({ fields }) => fields.get('etag')!)
    expect(tags[0]).toBe(tags[1]!.replace(/"$/, '-br"'))
    for (const tag of tags)
      expect(
        (await ask(site, '/script.js', { ...accepted, 'If-None-Match': tag })).fields.get('etag'),
      ).toBe(tag)
    const part = await ask(site, '/script.js', { ...accepted, Range: 'bytes=0-9' })
    expect(part.status).toBe(206)
    expect(part.fields.get('content-range')).toBe(`bytes 0-9/${coded.body.length}`)
    expect(part.body.equals(coded.body.subarray(0, 10))).toBe(true)
  })

  it('makes those wait who take nothing else', async () => {
    const answer = await ask(site, '/script.js', { 'Accept-Encoding': 'gzip, identity;q=0' })
    expect(answer.fields.get('content-encoding')).toBe('gzip')
    expect(gunzipSync(answer.body).toString()).toBe(SCRIPT)
    expect((await ask(site, '/nix.txt', { 'Accept-Encoding': 'identity;q=0' })).status).toBe(406)
  })

  it.each([
    ['br, gzip', 'br'],
    ['gzip, br;q=0.1', 'gzip'],
    ['gzip;q=0, br;q=0', null],
    ['*', 'br'],
  ])('has what lies beside a file for Accept-Encoding: %s', async (accepted, coding) => {
    const { fields, body } = await ask(site, '/built.css', { 'Accept-Encoding': accepted })
    expect(fields.get('content-encoding') ?? null).toBe(coding)
    expect(fields.get('content-type')).toBe('text/css; charset=utf-8')
    expect(fields.get('vary')).toBe('Accept-Encoding')
    if (coding === 'br') expect(brotliDecompressSync(body).toString()).toBe('brotli')
    if (coding === 'gzip') expect(gunzipSync(body).toString()).toBe('gzip')
  })

  it('has what there is in a coding alone', async () => {
    const { status, fields } = await ask(site, '/coded-only.svg', { 'Accept-Encoding': 'gzip' })
    expect([status, fields.get('content-encoding'), fields.get('content-type')]).toEqual([
      200,
      'gzip',
      'image/svg+xml',
    ])
    expect((await ask(site, '/coded-only.svg', { 'Accept-Encoding': 'br' })).status).toBe(406)
  })

  it('answers conditions in the order of RFC 9110 §13.2.2', async () => {
    const { fields } = await ask(site, '/dated.txt')
    const etag = fields.get('etag')!
    const date = OLD.toUTCString()
    expect(fields.get('last-modified')).toBe(date)
    const status = async (conditions: Record<string, string>) =>
      (await ask(site, '/dated.txt', conditions)).status
    expect(await status({ 'If-Match': '"x"' })).toBe(412)
    expect(await status({ 'If-Match': etag, 'If-None-Match': etag })).toBe(304)
    expect(await status({ 'If-Unmodified-Since': 'Wed, 31 Dec 2025 23:59:59 GMT' })).toBe(412)
    expect(await status({ 'If-None-Match': '"x"', 'If-Modified-Since': date })).toBe(200)
    expect(await status({ 'If-Modified-Since': date })).toBe(304)
    expect(await status({ Range: 'bytes=0-0', 'If-Range': etag })).toBe(206)
    expect(await status({ Range: 'bytes=0-0', 'If-Range': date })).toBe(206)
    expect(await status({ Range: 'bytes=0-0', 'If-Range': '"x"' })).toBe(200)
  })

  it('has no Last-Modified that would be a lie', async () => {
    expect((await ask(site, '/nix.txt')).fields.has('last-modified')).toBe(false)
  })

  it('has the same tag for the same content, whatever the times and inodes', async () => {
    const tag = async (path: string) => (await ask(site, path)).fields.get('etag')
    folder.write('site/copy.txt', 'dated')
    await new Promise(resolve => setTimeout(resolve, 1100))
    expect(await tag('/copy.txt')).toBe(await tag('/dated.txt'))
  })

  it('has a weak tag for what changed within the last second, and does not compress it', async () => {
    folder.write('site/fresh.js', SCRIPT)
    const { fields } = await ask(site, '/fresh.js', { 'Accept-Encoding': 'br' })
    expect(fields.get('etag')).toMatch(/^W\//)
    expect(fields.has('content-encoding')).toBe(false)
    const etag = fields.get('etag')!
    expect((await ask(site, '/fresh.js', { Range: 'bytes=0-0', 'If-Range': etag })).status).toBe(
      200,
    )
  })
})

describe('a single-page application', () => {
  it('has its page for navigations to what is no file, and for nothing else', async () => {
    const site = await start(`${folder.path}/site`, '--single')
    const navigation = async (path: string, method?: string) => ask(site, path, HTML, method)
    expect((await navigation('/deep/link')).text).toBe('<h1>home</h1>')
    expect((await navigation('/deep/link', 'HEAD')).status).toBe(200)
    expect((await navigation('/users/john.doe')).text).toBe('<h1>home</h1>')
    expect((await navigation('/about')).text).toBe('<h1>about</h1>')
    for (const path of ['/gone.js', '/assets/gone.css'])
      expect((await navigation(path)).status).toBe(404)
    expect((await ask(site, '/deep/link', { Accept: '*/*' })).status).toBe(404)
    expect((await ask(site, '/deep/link')).status).toBe(404)
    expect((await navigation('/deep/link', 'POST')).status).toBe(405)
  })

  it('may be another page', async () => {
    const site = await start(`${folder.path}/site`, '--single=app/index.html')
    expect((await ask(site, '/deep/link', HTML)).text).toBe('<h1>app</h1>')
  })
})

describe('fields on all answers', () => {
  it('let other origins read, where they may', async () => {
    const any = await start(`${folder.path}/site`, '--cors')
    expect(
      (await ask(any, '/about', { Origin: 'https://x.example' })).fields.get(
        'access-control-allow-origin',
      ),
    ).toBe('*')
    const some = await start(`${folder.path}/site`, '--cors=https://x.example')
    for (const path of ['/about', '/nothing']) {
      const answer = await ask(some, path, { Origin: 'https://x.example' })
      expect(answer.fields.get('access-control-allow-origin')).toBe('https://x.example')
      expect(answer.fields.get('vary')).toContain('Origin')
    }
    const other = await ask(some, '/about', { Origin: 'https://y.example' })
    expect(other.fields.has('access-control-allow-origin')).toBe(false)
    const preflight = await ask(
      some,
      '/about',
      {
        Origin: 'https://x.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'x-a',
      },
      'OPTIONS',
    )
    expect([preflight.status, preflight.fields.get('access-control-allow-headers')]).toEqual([
      204,
      'x-a',
    ])
  })

  it('are for security where it is asked for, and HSTS is not without TLS', async () => {
    const site = await start(
      ...[
        `${folder.path}/site`,
        '--security-headers',
        '--content-security-policy',
        "default-src 'self'",
      ],
    )
    const { fields } = await ask(site, '/about')
    expect(fields.get('content-security-policy')).toBe("default-src 'self'")
    expect(fields.has('referrer-policy') && fields.has('x-frame-options')).toBe(true)
    expect(fields.has('strict-transport-security')).toBe(false)
  })

  it('have the max-age that is given', async () => {
    const site = await start(`${folder.path}/site`, '--cache', '60')
    expect((await ask(site, '/about')).fields.get('cache-control')).toBe('public, max-age=60')
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
    const answer = await ask(site, path, fields)
    expect(answer.status).toBe(status)
    if (text !== undefined) expect(answer.text).toBe(text)
    expect(answer.fields.get('x-site')).toBe(text === 'site a' ? 'a' : undefined)
  })

  it('belong to their site', async () => {
    const plain = await start(
      '--config',
      `${folder.path}/statewire.toml`,
      '--unknown-hosts',
      'default',
    )
    const asset = await ask(plain, '/assets/app-BxT1_k9Q.js')
    expect(asset.fields.get('x-team')).toBe('web')
    expect(asset.fields.has('last-modified')).toBe(false)
    const etag = asset.fields.get('etag')!
    const again = await ask(plain, '/assets/app-BxT1_k9Q.js', { 'If-None-Match': etag })
    expect([again.status, again.fields.get('x-team')]).toEqual([304, 'web'])
    const moved = await ask(plain, '/old/a%20b?q=1')
    expect([moved.status, moved.fields.get('location')]).toEqual([301, '/docs/a%20b?q=1'])
    expect((await ask(plain, '/pages/about')).text).toBe('<h1>about</h1>')
    expect((await ask(plain, '/script.js')).fields.get('cache-control')).toBe('public, max-age=600')
    expect((await ask(plain, '/app/deep', HTML)).text).toBe('<h1>app</h1>')
    expect((await ask(plain, '/elsewhere', HTML)).status).toBe(404)
  })
})

describe('links', () => {
  it('are followed as far as they may be', async () => {
    const { symlinkSync } = await import('node:fs')
    folder.write('linked/file.txt', 'file')
    folder.write('outside.txt', 'outside')
    symlinkSync('file.txt', `${folder.path}/linked/in.txt`)
    symlinkSync('../outside.txt', `${folder.path}/linked/out.txt`)
    const statuses = async (mode: string) => {
      const site = await start(`${folder.path}/linked`, '--symlinks', mode)
      const paths = ['/file.txt', '/in.txt', '/out.txt']
      return Promise.all(paths.map(async path => (await ask(site, path)).status))
    }
    expect(await statuses('inside')).toEqual([200, 200, 404])
    expect(await statuses('never')).toEqual([200, 404, 404])
    expect(await statuses('anywhere')).toEqual([200, 200, 200])
  })
})
