import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import { RawClient } from '../raw-client.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const SLEEP_MS = 700
/** The tests poll the disk, which gives no events. */
const POLL = { interval: 5, timeout: 5000 }
const UPLOAD_BYTES_MAX = 8 * 1024 * 1024

let folder: TemporaryFolder
let server: RunningServer

beforeAll(async () => {
  folder = new TemporaryFolder({ 'index.html': '<!doctype html>', 'sub/a.txt': 'a' })
  server = await RunningServer.start([
    folder.path,
    '--endpoints=echo,user-agent,sleep,files',
    `--sleep-ms=${SLEEP_MS}`,
    `--upload-bytes-max=${UPLOAD_BYTES_MAX}`,
  ])
})
afterAll(async () => {
  await server?.kill()
  folder.remove()
})

/** Sends one request on a connection of its own. */
async function request(
  method: string,
  target: string,
  fields: string[] = [],
  content = '',
): Promise<ReceivedResponse> {
  const client = await RawClient.connect(server.port)
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...fields]
  if (content !== '') lines.push(`Content-Length: ${content.length}`)
  return client.request(`${lines.join('\r\n')}\r\n\r\n${content}`, method)
}

describe('/echo/{text}', () => {
  it('responds with the text, as text/plain', async () => {
    const { status, field, text } = await request('GET', '/echo/abc')
    expect(status).toBe(200)
    expect(text).toBe('abc')
    expect(field('content-type')).toBe('text/plain')
    expect(field('content-length')).toBe('3')
    expect(field('vary')).toBe('Accept-Encoding')
    expect(field('content-encoding')).toBeUndefined()
  })

  it.each([
    ['/echo/', ''],
    ['/echo/a%20b', 'a b'],
    ['/echo/a+b', 'a+b'],
    ['/echo/%C3%A9%E5%92%8C', 'é和'],
    ['/echo/a%2Fb/c', 'a/b/c'],
    ['/echo/%00', '\0'],
    ['/echo/%0d%0aSet-Cookie:%20a=b', '\r\nSet-Cookie: a=b'],
    ['/echo/..%2F..%2Fetc%2Fpasswd', '../../etc/passwd'],
    ['/echo/%2525', '%25'],
    ['/echo/a?query', 'a'],
  ])('%s', async (target, expected) => {
    const { status, field, text } = await request('GET', target)
    expect(status).toBe(200)
    expect(text).toBe(expected)
    expect(field('content-length')).toBe(String(Buffer.byteLength(expected)))
    expect(field('set-cookie')).toBeUndefined()
  })

  it.each(['/echo/%', '/echo/%4', '/echo/%zz', '/echo/%ff', '/echo/%c0%ae', '/echo/%ed%a0%80'])(
    '%s is a 400',
    async target => {
      expect((await request('GET', target)).status).toBe(400)
    },
  )

  it.each([
    'gzip',
    'GZIP',
    'x-gzip',
    'deflate, gzip',
    'invalid-1, gzip, invalid-2',
    'br;q=1.0, gzip;q=0.8, *;q=0.1',
    'identity;q=0.5, gzip;q=1',
    '*',
    'gzip;q=0.001',
    'identity;q=0, gzip;q=0.1',
    ', ,gzip ;q=0.5,',
  ])('is gzip for Accept-Encoding: %s', async accepted => {
    const text = 'statewire '.repeat(40)
    const { status, field, body } = await request('GET', `/echo/${encodeURIComponent(text)}`, [
      `Accept-Encoding: ${accepted}`,
    ])
    expect(status).toBe(200)
    expect(field('content-encoding')).toBe('gzip')
    expect(field('content-type')).toBe('text/plain')
    expect(field('vary')).toBe('Accept-Encoding')
    expect(field('content-length')).toBe(String(body.length))
    expect(body.length).toBeLessThan(text.length)
    expect(gunzipSync(body).toString()).toBe(text)
  })

  it('is gzip if one of several Accept-Encoding lines allows it', async () => {
    const { field, body } = await request('GET', '/echo/abc', [
      'Accept-Encoding: br',
      'Accept-Encoding: gzip',
    ])
    expect(field('content-encoding')).toBe('gzip')
    expect(gunzipSync(body).toString()).toBe('abc')
  })

  it.each([
    'identity',
    'br',
    'deflate, br',
    'gzip;q=0',
    'gzip;q=0.000, br',
    'identity, gzip;q=0.5',
    '*;q=0, identity;q=0.1',
    'gzipped',
    'gzip;q=2',
    'gzip;q=abc',
  ])('is plain for Accept-Encoding: %s', async accepted => {
    const { status, field, text } = await request('GET', '/echo/abc', [
      `Accept-Encoding: ${accepted}`,
    ])
    expect(status).toBe(200)
    expect(field('content-encoding')).toBeUndefined()
    expect(field('vary')).toBe('Accept-Encoding')
    expect(text).toBe('abc')
  })

  it('is plain for an empty Accept-Encoding', async () => {
    const { status, field, text } = await request('GET', '/echo/abc', ['Accept-Encoding:'])
    expect([status, field('content-encoding'), text]).toEqual([200, undefined, 'abc'])
  })

  it('is a 406 if nothing is acceptable', async () => {
    expect((await request('GET', '/echo/abc', ['Accept-Encoding: identity;q=0'])).status).toBe(406)
    expect((await request('GET', '/echo/abc', ['Accept-Encoding: *;q=0'])).status).toBe(406)
  })

  it('responds to HEAD with the fields of GET', async () => {
    for (const fields of [[], ['Accept-Encoding: gzip']]) {
      const get = await request('GET', '/echo/abc', fields)
      const head = await request('HEAD', '/echo/abc', fields)
      expect(head.body.length).toBe(0)
      expect(head.fields.filter(([name]) => name !== 'Date')).toEqual(
        get.fields.filter(([name]) => name !== 'Date'),
      )
    }
  })

  it('allows no other method', async () => {
    const { status, field } = await request('POST', '/echo/abc', [], 'content')
    expect(status).toBe(405)
    expect(field('allow')).toBe('GET, HEAD, OPTIONS')
  })
})

describe('/user-agent', () => {
  it('responds with the field, as text/plain', async () => {
    const { status, field, text } = await request('GET', '/user-agent', [
      'User-Agent: foobar/1.2.3 (x; y)',
    ])
    expect(status).toBe(200)
    expect(text).toBe('foobar/1.2.3 (x; y)')
    expect(field('content-type')).toBe('text/plain')
    expect(field('content-length')).toBe('19')
  })

  it('accepts the field in any case, and with white space around its value', async () => {
    expect((await request('GET', '/user-agent', ['uSER-aGENT:  \t a b \t'])).text).toBe('a b')
  })

  it('is gzip for clients that accept it', async () => {
    const { field, body } = await request('GET', '/user-agent', [
      'User-Agent: curl',
      'Accept-Encoding: gzip',
    ])
    expect(field('content-encoding')).toBe('gzip')
    expect(field('content-length')).toBe(String(body.length))
    expect(gunzipSync(body).toString()).toBe('curl')
  })

  it('is a 400 without the field', async () => {
    expect((await request('GET', '/user-agent')).status).toBe(400)
  })

  it('sends the bytes of the field unchanged', async () => {
    const client = await RawClient.connect(server.port)
    const { body } = await client.request(
      'GET /user-agent HTTP/1.1\r\nHost: a\r\nUser-Agent: \xe9\xff\r\n\r\n',
    )
    expect(body.toString('latin1')).toBe('\xe9\xff')
  })
})

describe('/sleep', () => {
  it('does not delay other clients', async () => {
    const sleepers = await Promise.all([1, 2, 3].map(() => RawClient.connect(server.port)))
    const startMs = performance.now()
    for (const sleeper of sleepers) sleeper.send('GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n')
    const fast = await RawClient.connect(server.port)
    for (let n = 0; n < 50; n++) {
      expect((await fast.request(`GET /echo/${n} HTTP/1.1\r\nHost: a\r\n\r\n`)).text).toBe(
        String(n),
      )
      expect((await fast.request('GET /sub/a.txt HTTP/1.1\r\nHost: a\r\n\r\n')).text).toBe('a')
    }
    // All of these responses arrived while the others slept.
    expect(sleepers.map(sleeper => sleeper.received)).toEqual(['', '', ''])
    const responses = await Promise.all(sleepers.map(sleeper => sleeper.response()))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(SLEEP_MS)
    // They slept at the same time, not in turn.
    expect(performance.now() - startMs).toBeLessThan(3 * SLEEP_MS)
  })

  it('is cancelled when its client disconnects', async () => {
    const gone = await RawClient.connect(server.port)
    await gone.sent('GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n')
    gone.reset()
    expect((await request('GET', '/sleep')).status).toBe(200)
    expect(server.hasEnded).toBe(false)
  })
})

describe('/files/{name}', () => {
  const path = (name: string): string => join(folder.path, name)
  /** Returns the names of all files, including hidden and temporary ones. */
  const allNames = (): string[] =>
    (readdirSync(folder.path, { recursive: true }) as string[]).sort()

  async function upload(
    name: string,
    content: string | Uint8Array,
    field?: string,
  ): Promise<ReceivedResponse> {
    const client = await RawClient.connect(server.port)
    const framing = field ?? `Content-Length: ${content.length}`
    client.send(`POST /files/${name} HTTP/1.1\r\nHost: localhost\r\n${framing}\r\n\r\n`)
    client.send(content)
    return client.response('POST')
  }

  it('POST stores the content: 201, and 204 if it replaces a file', async () => {
    const first = randomBytes(2000)
    const created = await upload('stored.bin', first)
    expect(created.status).toBe(201)
    expect(created.field('location')).toBe('/files/stored.bin')
    expect(readFileSync(path('stored.bin')).equals(first)).toBe(true)

    const second = randomBytes(1000)
    const replaced = await upload('stored.bin', second)
    expect(replaced.status).toBe(204)
    expect(readFileSync(path('stored.bin')).equals(second)).toBe(true)

    const got = await request('GET', '/files/stored.bin')
    expect(got.status).toBe(200)
    expect(got.field('content-type')).toBe('application/octet-stream')
    expect(got.body.equals(second)).toBe(true)
  })

  it('GET derives the media type from the extension', async () => {
    const got = await request('GET', '/files/sub/a.txt')
    expect(got.text).toBe('a')
    expect(got.field('content-type')).toBe('text/plain; charset=utf-8')
    expect((await request('HEAD', '/files/sub/a.txt')).field('content-length')).toBe('1')
  })

  it('a name without an extension is application/octet-stream', async () => {
    expect((await upload('noextension', 'text')).status).toBe(201)
    const { field } = await request('GET', '/files/noextension')
    expect(field('content-type')).toBe('application/octet-stream')
  })

  it('a missing file is a 404', async () => {
    expect((await request('GET', '/files/nothing')).status).toBe(404)
  })

  it('a name is percent-decoded, and Location encodes it again', async () => {
    const created = await upload('sub/%C3%A9%20%25.txt', 'é')
    expect(created.status).toBe(201)
    expect(created.field('location')).toBe('/files/sub/%C3%A9%20%25.txt')
    expect(readFileSync(path('sub/é %.txt'), 'latin1')).toBe('é')
  })

  it('POST of empty content stores an empty file', async () => {
    expect((await upload('empty', '')).status).toBe(201)
    expect(readFileSync(path('empty')).length).toBe(0)
    expect((await request('GET', '/files/empty')).body.length).toBe(0)
  })

  it('POST without a framing field stores an empty file', async () => {
    const { status } = await request('POST', '/files/unframed')
    expect(status).toBe(201)
    expect(readFileSync(path('unframed')).length).toBe(0)
  })

  it('chunked content is stored without its framing', async () => {
    const chunked = '5\r\nfirst\r\n1;a="b"\r\n-\r\n6\r\nsecond\r\n0\r\nX-Sum: 1\r\n\r\n'
    expect((await upload('chunked.txt', chunked, 'Transfer-Encoding: chunked')).status).toBe(201)
    expect(readFileSync(path('chunked.txt'), 'utf8')).toBe('first-second')
  })

  it('chunked content may arrive byte by byte', async () => {
    const client = await RawClient.connect(server.port)
    const head =
      'POST /files/drip.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'
    for (const byte of `${head}3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n`)
      await client.sent(byte)
    expect((await client.response('POST')).status).toBe(201)
    expect(readFileSync(path('drip.txt'), 'utf8')).toBe('abc0123456789abcdef')
  })

  it('5 MB are stored and read back', async () => {
    const content = randomBytes(5_000_000)
    expect((await upload('large.bin', content)).status).toBe(201)
    expect(readFileSync(path('large.bin')).equals(content)).toBe(true)
    expect((await request('GET', '/files/large.bin')).body.equals(content)).toBe(true)
  })

  it('5 MB are written to the disk as they arrive', async () => {
    const content = randomBytes(5_000_000)
    const client = await RawClient.connect(server.port)
    client.send(
      `POST /files/stream.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${content.length}\r\n\r\n`,
    )
    await client.sent(content.subarray(0, 4_000_000))
    // The first part is in a temporary file before the last byte is sent.
    const temporary = (): number =>
      allNames()
        .filter(name => name.includes('.statewire-upload-'))
        .reduce((sum, name) => sum + lstatSync(path(name)).size, 0)
    await expect.poll(temporary, POLL).toBe(4_000_000)
    expect(existsSync(path('stream.bin'))).toBe(false)
    expect((await request('GET', '/files/stream.bin')).status).toBe(404)
    client.send(content.subarray(4_000_000))
    expect((await client.response('POST')).status).toBe(201)
    expect(readFileSync(path('stream.bin')).equals(content)).toBe(true)
  })

  it('two uploads to one name leave one of them complete', async () => {
    const contents = [Buffer.alloc(1_000_000, 'a'), Buffer.alloc(1_000_000, 'b')]
    const responses = await Promise.all(contents.map(content => upload('race.bin', content)))
    for (const { status } of responses) expect([201, 204]).toContain(status)
    const stored = readFileSync(path('race.bin'))
    expect(contents.some(content => content.equals(stored))).toBe(true)
  })

  it('an upload at the limit is stored, and one above it is a 413 that leaves no file', async () => {
    expect((await upload('max.bin', Buffer.alloc(UPLOAD_BYTES_MAX))).status).toBe(201)
    expect(lstatSync(path('max.bin')).size).toBe(UPLOAD_BYTES_MAX)
    const before = allNames()
    const over = await RawClient.connect(server.port)
    over.send(
      `POST /files/over.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${UPLOAD_BYTES_MAX + 1}\r\n\r\nsome of it`,
    )
    const { status, field } = await over.response('POST')
    expect([status, field('connection')]).toEqual([413, 'close'])
    expect(await over.ending()).toEqual({ how: 'fin', rest: '' })
    await expect.poll(allNames, POLL).toEqual(before)
  })

  it('chunked content above the limit is a 413 that leaves no file', async () => {
    const before = allNames()
    const client = await RawClient.connect(server.port)
    client.send(
      'POST /files/over.bin HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    await client.sent(`700000\r\n${'a'.repeat(0x700000)}\r\n`)
    // The size of the second chunk alone exceeds the limit.
    client.send('100001\r\n')
    const { status, field } = await client.response('POST')
    expect([status, field('connection')]).toEqual([413, 'close'])
    expect(await client.ending()).toEqual({ how: 'fin', rest: '' })
    await expect.poll(allNames, POLL).toEqual(before)
  })

  it.each(['FIN', 'RST'] as const)('an upload aborted by %s leaves no file', async how => {
    const before = allNames()
    const client = await RawClient.connect(server.port)
    client.send('POST /files/cut.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n')
    await client.sent('a'.repeat(50_000))
    await expect.poll(() => allNames().length, POLL).toBe(before.length + 1)
    if (how === 'FIN') {
      expect((await client.halfClose().response('POST')).status).toBe(400)
      expect(await client.ending()).toEqual({ how: 'fin', rest: '' })
    } else client.reset()
    await expect.poll(allNames, POLL).toEqual(before)
    expect((await request('GET', '/files/cut.bin')).status).toBe(404)
  })

  it('a malformed chunk leaves no file', async () => {
    const before = allNames()
    const { status } = await upload('bad.bin', '3\r\nabc\r\nzz\r\n', 'Transfer-Encoding: chunked')
    expect(status).toBe(400)
    await expect.poll(allNames, POLL).toEqual(before)
  })

  it.each([
    ['a missing folder', 'missing/a.txt', 404],
    ['a file instead of a folder', 'sub/a.txt/b.txt', 404],
    ['a folder', 'sub/', 400],
    ['an empty name', '', 400],
    ['the name of a folder', 'sub', 409],
    ['..', '../a.txt', 400],
    ['.. in the middle', 'sub/../a.txt', 400],
    ['encoded ..', '%2e%2e/a.txt', 400],
    ['an encoded slash', '..%2fa.txt', 400],
    ['a backslash', '..%5ca.txt', 400],
    ['NUL', 'a%00.txt', 400],
    ['a line end', 'a%0d%0a.txt', 400],
    ['an empty segment', '/etc/passwd', 400],
    ['a dotfile', '.env', 404],
    ['a file in a dot folder', '.git/config', 404],
    ['the name of a temporary file', '.statewire-upload-a', 404],
    ['bad encoding', '%zz', 400],
    ['a name that is too long', 'a'.repeat(256), 404],
  ])('POST to %s is refused', async (_, name, expected) => {
    const before = allNames()
    const { status } = await upload(name, 'content')
    expect(status).toBe(expected)
    await expect.poll(allNames, POLL).toEqual(before)
    expect(existsSync(join(folder.path, '../a.txt'))).toBe(false)
  })

  it('POST through a link out of the root is refused, and POST onto such a link replaces the link', async () => {
    const outside = new TemporaryFolder({ 'kept.txt': 'outside' })
    try {
      mkdirSync(path('links'))
      symlinkSync(outside.path, path('links/out'))
      symlinkSync(join(outside.path, 'kept.txt'), path('links/kept.txt'))
      expect((await upload('links/out/new.txt', 'new')).status).toBe(404)
      expect(readdirSync(outside.path)).toEqual(['kept.txt'])
      await upload('links/kept.txt', 'own')
      expect(readFileSync(join(outside.path, 'kept.txt'), 'utf8')).toBe('outside')
      expect(lstatSync(path('links/kept.txt')).isSymbolicLink()).toBe(false)
      expect((await request('GET', '/files/links/kept.txt')).text).toBe('own')
    } finally {
      outside.remove()
    }
  })

  it('allows no other method', async () => {
    const { status, field } = await request('DELETE', '/files/sub/a.txt')
    expect(status).toBe(405)
    expect(field('allow')).toBe('GET, HEAD, POST, PUT, OPTIONS')
    expect(readFileSync(path('sub/a.txt'), 'utf8')).toBe('a')
  })

  it('OPTIONS lists the methods', async () => {
    const { status, field } = await request('OPTIONS', '/files/sub/a.txt')
    expect([status, field('allow')]).toEqual([204, 'GET, HEAD, POST, PUT, OPTIONS'])
  })
})

describe('endpoints that are not enabled', () => {
  const TARGETS = ['/echo/abc', '/user-agent', '/sleep', '/files/sub/a.txt'] as const

  async function statuses(...flags: string[]): Promise<number[]> {
    const own = await RunningServer.start([folder.path, '--sleep-ms=0', ...flags])
    try {
      const headers = { 'user-agent': 'a' }
      return await Promise.all(
        TARGETS.map(async target => (await fetch(own.url + target, { headers })).status),
      )
    } finally {
      await own.kill()
    }
  }

  it('are all 404 by default', async () => {
    expect(await statuses()).toEqual([404, 404, 404, 404])
  })

  it('are 404 if others are enabled', async () => {
    expect(await statuses('--endpoints', 'user-agent')).toEqual([404, 200, 404, 404])
    expect(await statuses('--endpoints', 'echo', '--endpoints', 'files')).toEqual([
      200, 404, 404, 200,
    ])
  })

  it('accept no uploads', async () => {
    const own = await RunningServer.start([folder.path])
    try {
      const { status } = await fetch(`${own.url}/files/new.txt`, {
        method: 'POST',
        body: 'content',
      })
      expect(status).toBe(405)
      expect(existsSync(join(folder.path, 'new.txt'))).toBe(false)
    } finally {
      await own.kill()
    }
  })
})
