import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from '../raw-client.ts'
import { EXAMPLE_SITE, RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const FILES = readdirSync(EXAMPLE_SITE, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile())
  .map(entry => join(entry.parentPath, entry.name).slice(EXAMPLE_SITE.length + 1))

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  txt: 'text/plain; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  wasm: 'application/wasm',
  wat: 'text/plain; charset=utf-8',
}
const NEVER_COMPRESSED = ['png']
const COMPRESSED_BYTES_MIN = 1024

const extensionOf = (file: string): string => file.slice(file.lastIndexOf('.') + 1)
/** Returns the path of a file; that of an index.html is its folder. */
const pathOf = (file: string): string =>
  `/${file.split('/').map(encodeURIComponent).join('/')}`.replace(/(?<=\/)index\.html$/, '')
const contentOf = (file: string): Buffer => readFileSync(join(EXAMPLE_SITE, file))
const isCompressed = (file: string): boolean =>
  !NEVER_COMPRESSED.includes(extensionOf(file)) && contentOf(file).length >= COMPRESSED_BYTES_MIN

type CurlResponse = { readonly status: number; readonly fields: Headers; readonly body: Buffer }

async function curl(...args: string[]): Promise<CurlResponse> {
  const always = ['--silent', '--show-error', '--include', '--max-time', '10', '--noproxy', '*']
  const { stdout } = await promisify(execFile)('curl', [...always, ...args], { encoding: 'buffer' })
  const headEnd = stdout.indexOf('\r\n\r\n')
  const [statusLine, ...lines] = stdout.subarray(0, headEnd).toString('latin1').split('\r\n')
  const fields = new Headers(
    lines.map(line => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
  )
  return { status: Number(statusLine!.split(' ')[1]), fields, body: stdout.subarray(headEnd + 4) }
}

describe('examples/site', () => {
  let server: RunningServer
  const url = (path: string) => server.url + path

  beforeAll(async () => {
    server = await RunningServer.start([EXAMPLE_SITE])
  })
  afterAll(() => server.kill())

  it('has the kinds of files that a real site has', () => {
    const extensions = new Set(FILES.map(extensionOf))
    expect([...extensions]).toEqual(
      expect.arrayContaining(['html', 'css', 'js', 'svg', 'png', 'wasm', 'txt', 'json']),
    )
    expect(FILES.some(file => file.includes(' '))).toBe(true)
    expect(FILES.some(file => /[^\0-\x7f]/.test(file))).toBe(true)
    expect(FILES.some(file => file.endsWith('/index.html'))).toBe(true)
  })

  describe('requested by curl', () => {
    it.each(FILES)('%s', async file => {
      const { status, fields, body } = await curl(url(pathOf(file)))
      expect(status).toBe(200)
      expect(fields.get('content-type')).toBe(TYPES[extensionOf(file)])
      expect(fields.get('content-length')).toBe(String(contentOf(file).length))
      expect(fields.get('content-encoding')).toBeNull()
      expect(body.equals(contentOf(file))).toBe(true)
    })

    it.each(FILES)('%s, --compressed', async file => {
      const requestCompressed = async (): Promise<CurlResponse> => {
        const response = await curl('--compressed', url(pathOf(file)))
        expect(response.status).toBe(200)
        expect(response.fields.get('vary')).toBe(isCompressed(file) ? 'Accept-Encoding' : null)
        // curl has decoded the content.
        expect(response.body.equals(contentOf(file))).toBe(true)
        return response
      }
      // No client waits for the compression: the first response may be uncompressed.
      await requestCompressed()
      if (isCompressed(file))
        await expect
          .poll(async () => (await requestCompressed()).fields.get('content-encoding'))
          .toMatch(/^(?:br|gzip|zstd)$/)
      else expect((await requestCompressed()).fields.get('content-encoding')).toBeNull()
    })

    it('a HEAD has the fields of the GET, and no content', async () => {
      const get = await curl(url('/style.css'))
      const head = await curl('--head', url('/style.css'))
      expect(head.status).toBe(200)
      expect(head.body.length).toBe(0)
      for (const fields of [get.fields, head.fields]) fields.delete('date')
      expect([...head.fields]).toEqual([...get.fields])
    })

    it('a range is a 206 with these bytes of the file', async () => {
      const { status, body, fields } = await curl('--range', '2-7', url('/img/wire.png'))
      const png = contentOf('img/wire.png')
      expect(status).toBe(206)
      expect(fields.get('content-range')).toBe(`bytes 2-7/${png.length}`)
      expect(body.equals(png.subarray(2, 8))).toBe(true)
    })

    it('a missing file is a 404', async () => {
      const { status, fields, body } = await curl(url('/nothing.html'))
      expect(status).toBe(404)
      expect(fields.get('content-type')).toBe('text/plain; charset=utf-8')
      expect(body.toString()).toBe('404 Not Found\n')
    })

    it('a folder without its slash is a 301 that keeps the query', async () => {
      const { status, fields } = await curl(url('/guide?a=1&b=%20'))
      expect(status).toBe(301)
      expect(fields.get('location')).toBe('guide/?a=1&b=%20')
      expect((await curl(url('/guide'))).fields.get('location')).toBe('guide/')
    })

    it('--location follows it', async () => {
      const { stdout } = await promisify(execFile)('curl', [
        '-sSL',
        '--noproxy',
        '*',
        url('/guide?a'),
      ])
      expect(stdout).toBe(contentOf('guide/index.html').toString())
    })

    it('several files over one connection', async () => {
      const format = '\n%{http_code} %{num_connects} %{local_port}\n'
      const paths = ['/', '/style.css', '/nothing', '/img/wire.png', '/guide/']
      const args = paths.flatMap(path => ['-o', '/dev/null', url(path)])
      const { stdout } = await promisify(execFile)('curl', [
        '-sS',
        '--noproxy',
        '*',
        '-w',
        format,
        ...args,
      ])
      const rows = stdout.split('\n').filter(Boolean)
      expect(rows.map(row => row.split(' ')[0])).toEqual(['200', '200', '404', '200', '200'])
      expect(rows.map(row => row.split(' ')[1])).toEqual(['1', '0', '0', '0', '0'])
      expect(new Set(rows.map(row => row.split(' ')[2])).size).toBe(1)
    })
  })

  describe('requested by fetch', () => {
    it.each(FILES)('%s', async file => {
      const response = await fetch(url(pathOf(file)))
      const { headers } = response
      expect(response.status).toBe(200)
      expect(headers.get('content-type')).toBe(TYPES[extensionOf(file)])
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.has('vary')).toBe(isCompressed(file))
      expect(headers.get('last-modified')).toBe(
        statSync(join(EXAMPLE_SITE, file)).mtime.toUTCString(),
      )
      expect(Math.abs(Date.parse(headers.get('date')!) - Date.now())).toBeLessThan(10_000)
      expect(Buffer.from(await response.arrayBuffer()).equals(contentOf(file))).toBe(true)
    })

    it.each(FILES)('%s, 304 with its ETag', async file => {
      const { headers } = await fetch(url(pathOf(file)))
      const etag = headers.get('etag')!
      expect(etag).toMatch(/^"[!#-~]+"$/)
      const again = await fetch(url(pathOf(file)), {
        headers: { 'if-none-match': `"other", W/${etag}` },
      })
      expect(again.status).toBe(304)
      expect(again.headers.get('etag')).toBe(etag)
      expect(again.headers.has('last-modified')).toBe(false)
      expect(again.headers.get('content-length')).toBeNull()
      expect(again.headers.get('vary')).toBe(headers.get('vary'))
      const other = await fetch(url(pathOf(file)), { headers: { 'if-none-match': '"other"' } })
      expect(other.status).toBe(200)
      expect((await other.arrayBuffer()).byteLength).toBe(contentOf(file).length)
    })

    it('the ETag differs between codings', async () => {
      const plain = await fetch(url('/style.css'), { headers: { 'accept-encoding': 'identity' } })
      const gzipped = await fetch(url('/style.css'), {
        headers: { 'accept-encoding': 'gzip, identity;q=0' },
      })
      expect(plain.headers.get('content-encoding')).toBeNull()
      expect(gzipped.headers.get('content-encoding')).toBe('gzip')
      expect(plain.headers.get('vary')).toBe('Accept-Encoding')
      expect(plain.headers.get('etag')).not.toBe(gzipped.headers.get('etag'))
      expect(await plain.text()).toBe(await gzipped.text())
    })

    it('If-Modified-Since: 304 at and after the time of the file, 200 before it and for an invalid date', async () => {
      const since = async (value: string): Promise<number> =>
        (await fetch(url('/notes.txt'), { headers: { 'if-modified-since': value } })).status
      const { mtimeMs } = statSync(join(EXAMPLE_SITE, 'notes.txt'))
      expect(await since(new Date(mtimeMs).toUTCString())).toBe(304)
      expect(await since(new Date(mtimeMs + 60_000).toUTCString())).toBe(304)
      expect(await since(new Date(mtimeMs - 2000).toUTCString())).toBe(200)
      expect(await since('yesterday')).toBe(200)
    })

    it('If-None-Match overrides If-Modified-Since', async () => {
      const headers = { 'if-none-match': '"other"', 'if-modified-since': new Date().toUTCString() }
      expect((await fetch(url('/notes.txt'), { headers })).status).toBe(200)
    })

    it('a folder is served by its index.html', async () => {
      for (const [path, file] of [
        ['/', 'index.html'],
        ['/guide/', 'guide/index.html'],
        ['/guide/?a=1', 'guide/index.html'],
      ] as const) {
        const response = await fetch(url(path))
        expect(response.status).toBe(200)
        expect(response.headers.get('content-type')).toBe(TYPES.html)
        expect(await response.text()).toBe(contentOf(file).toString())
      }
    })

    it('a folder without one is a 404, unless --list is given', async () => {
      expect((await fetch(url('/img/'))).status).toBe(404)
    })

    it('40 files at once', async () => {
      const files = Array.from({ length: 40 }, (_, n) => FILES[n % FILES.length]!)
      const bodies = await Promise.all(
        files.map(async file => Buffer.from(await (await fetch(url(pathOf(file)))).arrayBuffer())),
      )
      expect(bodies.map((body, n) => body.equals(contentOf(files[n]!)))).toEqual(
        files.map(() => true),
      )
    })
  })

  describe('methods', () => {
    it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'])('%s is a 405 with Allow', async method => {
      const { status, fields } = await curl('--request', method, url('/index.html'))
      expect(status).toBe(405)
      expect(fields.get('allow')).toBe('GET, HEAD, OPTIONS')
    })

    it.each(['FOO', 'get', 'PROPFIND'])('%s is a 501', async method => {
      expect((await curl('--request', method, url('/index.html'))).status).toBe(501)
    })

    it('OPTIONS is a 204 with Allow', async () => {
      const { status, fields, body } = await curl('--request', 'OPTIONS', url('/index.html'))
      expect(status).toBe(204)
      expect(fields.get('allow')).toBe('GET, HEAD, OPTIONS')
      expect(fields.get('content-length')).toBeNull()
      expect(body.length).toBe(0)
    })

    it('OPTIONS * is a 204 with Allow', async () => {
      const client = await RawClient.connect(server.port)
      const { status, field } = await client.request('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n')
      expect(status).toBe(204)
      expect(field('allow')).toContain('GET, HEAD')
    })

    it('CONNECT is a 501 and closes', async () => {
      const client = await RawClient.connect(server.port)
      const { status, field } = await client.request('CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n')
      expect(status).toBe(501)
      expect(field('connection')).toBe('close')
      expect(await client.ending()).toEqual({ how: 'fin', rest: '' })
    })
  })

  describe('other features of a request', () => {
    it('Upgrade is ignored, and the connection goes on in HTTP/1.1', async () => {
      const client = await RawClient.connect(server.port)
      const fields =
        'Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'
      for (let n = 0; n < 2; n++) {
        const response = await client.request(`GET / HTTP/1.1\r\n${fields}\r\n`)
        expect([
          response.status,
          response.version,
          response.field('upgrade') !== undefined,
        ]).toEqual([200, '1.1', false])
        expect(response.body.equals(contentOf('index.html'))).toBe(true)
      }
      expect(client.isOver).toBe(false)
    })

    it('a target in absolute-form overrides Host', async () => {
      const client = await RawClient.connect(server.port)
      for (const host of ['other:81', '', '[::1]']) {
        const response = await client.request(
          `GET http://a.example/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
        )
        expect(response.status).toBe(200)
        expect(response.body.equals(contentOf('index.html'))).toBe(true)
      }
    })
  })
})

describe('--list', () => {
  const HOSTILE = '<img src=x onerror=alert(1)>'
  let folder: TemporaryFolder
  let server: RunningServer

  beforeAll(async () => {
    folder = new TemporaryFolder({
      [HOSTILE]: 'hostile',
      'a file.txt': 'a',
      '10.txt': '0123456789',
      '9.txt': '9',
      '.hidden': 'hidden',
      '.well-known/security.txt': 'well',
      'sub/größe.txt': 'sub',
      'sub/.hidden/a.txt': 'hidden',
      'with-index/index.html': '<!doctype html><title>own</title>',
      [`hostile ${HOSTILE}/javascript:alert(1)`]: 'hostile',
    })
    folder.folder('sub/empty')
    server = await RunningServer.start([folder.path, '--list'])
  })
  afterAll(async () => {
    await server?.kill()
    folder.remove()
  })

  const list = async (path: string): Promise<string> => {
    const response = await fetch(server.url + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none';/)
    return response.text()
  }
  const linksOf = (html: string): string[] =>
    Array.from(html.matchAll(/<td><a href="([^"]*)"/g), match => match[1]!)

  it('lists folders first, then files in the order of their numbers', async () => {
    expect(linksOf(await list('/'))).toEqual([
      './.well-known/',
      `./${encodeURIComponent(`hostile ${HOSTILE}`)}/`,
      './sub/',
      './with-index/',
      `./${encodeURIComponent(HOSTILE)}`,
      './9.txt',
      './10.txt',
      './a%20file.txt',
    ])
  })

  it('hides names that begin with a dot, except .well-known at the root', async () => {
    expect(linksOf(await list('/sub/'))).toEqual([
      '../',
      './empty/',
      `./${encodeURIComponent('größe.txt')}`,
    ])
    expect(linksOf(await list('/.well-known/'))).toEqual(['../', './security.txt'])
    expect((await fetch(`${server.url}/.hidden`)).status).toBe(404)
    expect((await fetch(`${server.url}/sub/.hidden/`)).status).toBe(404)
    expect((await fetch(`${server.url}/sub/.hidden/a.txt`)).status).toBe(404)
  })

  it('has a working link for every entry', async () => {
    const seen: string[] = []
    const visit = async (path: string): Promise<void> => {
      seen.push(path)
      for (const link of linksOf(await list(path))) {
        const { pathname, origin } = new URL(link, server.url + path)
        expect(origin).toBe(server.url)
        if (seen.includes(pathname)) continue
        if (pathname.endsWith('/') && !pathname.endsWith('/with-index/')) await visit(pathname)
        else expect((await fetch(server.url + pathname)).status).toBe(200)
      }
    }
    await visit('/')
    expect(seen.length).toBe(5)
  })

  it('escapes every name', async () => {
    for (const path of ['/', `/${encodeURIComponent(`hostile ${HOSTILE}`)}/`]) {
      const html = await list(path)
      expect(html).not.toContain('<img')
      expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
      expect(html).not.toContain('href="javascript:')
    }
    expect(await (await fetch(`${server.url}/${encodeURIComponent(HOSTILE)}`)).text()).toBe(
      'hostile',
    )
  })

  it('serves index.html instead if there is one', async () => {
    const response = await fetch(`${server.url}/with-index/`)
    expect(await response.text()).toContain('<title>own</title>')
  })

  it('redirects with a 301 to the address with a slash', async () => {
    const response = await fetch(`${server.url}/sub?x`, { redirect: 'manual' })
    expect(response.status).toBe(301)
    expect(response.headers.get('location')).toBe('sub/?x')
  })

  it('lists no symbolic link that leads out of the root, or nowhere, but one to a hidden name', async () => {
    const outside = new TemporaryFolder({ 'secret.txt': 'outside' })
    const own = new TemporaryFolder({ 'own.txt': 'own', '.hidden': 'hidden' })
    symlinkSync('own.txt', join(own.path, 'inside.txt'))
    symlinkSync(join(outside.path, 'secret.txt'), join(own.path, 'out.txt'))
    symlinkSync(outside.path, join(own.path, 'out'))
    symlinkSync('.hidden', join(own.path, 'to-hidden'))
    symlinkSync('nowhere', join(own.path, 'dangling'))
    const listing = await RunningServer.start([own.path, '--list'])
    try {
      const html = await (await fetch(listing.url)).text()
      expect(linksOf(html)).toEqual(['./inside.txt', './own.txt', './to-hidden'])
    } finally {
      await listing.kill()
      outside.remove()
      own.remove()
    }
  })

  it('lists no name that cannot be requested', async () => {
    const own = new TemporaryFolder({
      'own.txt': 'own',
      'a\\b.txt': 'backslash',
      'a\nb.txt': 'line end',
    })
    const listing = await RunningServer.start([own.path, '--list'])
    try {
      const links = linksOf(await (await fetch(listing.url)).text())
      for (const link of links)
        expect((await fetch(new URL(link, listing.url))).status, link).toBe(200)
      expect(links).toContain('./own.txt')
    } finally {
      await listing.kill()
      own.remove()
    }
  })

  it('has a Content-Length and no content for HEAD', async () => {
    const headers = { 'Accept-Encoding': 'identity' }
    const head = await fetch(`${server.url}/sub/`, { method: 'HEAD', headers })
    expect(head.status).toBe(200)
    expect(head.headers.get('content-length')).toBe(
      String(Buffer.byteLength(await (await fetch(`${server.url}/sub/`, { headers })).text())),
    )
  })

  it('is a 200 for / of an empty folder', async () => {
    const empty = new TemporaryFolder()
    const own = await RunningServer.start([empty.path, '--list'])
    try {
      const response = await fetch(own.url)
      expect(response.status).toBe(200)
      const html = await response.text()
      expect(html).toContain('This folder is empty.')
      expect(linksOf(html)).toEqual([])
    } finally {
      await own.kill()
      empty.remove()
    }
  })

  it('is a 404 for / of an empty folder without --list', async () => {
    const empty = new TemporaryFolder()
    const own = await RunningServer.start([empty.path])
    try {
      expect((await fetch(own.url)).status).toBe(404)
    } finally {
      await own.kill()
      empty.remove()
    }
  })
})
