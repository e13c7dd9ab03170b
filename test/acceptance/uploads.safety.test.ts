import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from '../raw-client.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const POLL = { interval: 5, timeout: 5000 }
/** A file that changed within the last second has a weak tag. */
const SETTLED_MS = 1100
const SWAPS_MS = 1500

const folder = new TemporaryFolder()
let server: RunningServer

beforeAll(async () => {
  folder.write('statewire.toml', 'index-files = ["index.html"]\n')
  server = await RunningServer.start([folder.path, '--endpoints=files', '--list'], {
    cwd: folder.path,
  })
})
afterAll(async () => {
  await server?.kill()
  folder.remove()
})

const put = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}/files/${path}`, { method: 'PUT', body, headers })

describe('a page of another site', () => {
  it.each([
    ['a form', 'Content-Type: text/plain', 'Origin: https://evil.example'],
    ['a sandboxed frame', 'Origin: null'],
    ['a page on another port', 'Origin: http://localhost:3000', 'Sec-Fetch-Site: same-site'],
    ['a request without Origin', 'Sec-Fetch-Site: cross-site'],
  ])('may not upload by %s', async (_, ...lines) => {
    for (const method of ['POST', 'PUT']) {
      const client = await RawClient.connect(server.port)
      client.send(
        `${method} /files/evil HTTP/1.1\r\nHost: localhost:${server.port}\r\n${lines.join('\r\n')}\r\n` +
          'Content-Length: 3\r\nExpect: 100-continue\r\n\r\n',
      )
      expect((await client.response(method)).status).toBe(403)
    }
    expect(readdirSync(folder.path)).not.toContain('evil')
  })

  it('may not upload through a name that leads here', async () => {
    const client = await RawClient.connect(server.port)
    const host = `rebound.example:${server.port}`
    client.send(
      `PUT /files/evil HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\n` +
        'Sec-Fetch-Site: same-origin\r\nContent-Length: 3\r\n\r\nnew',
    )
    expect((await client.response('PUT')).status).toBe(403)
  })

  it('may upload if --upload-origins names it, after a preflight', async () => {
    const own = new TemporaryFolder()
    const origin = 'https://app.example'
    const allowing = await RunningServer.start([
      own.path,
      '--endpoints=files',
      `--upload-origins=${origin}`,
    ])
    try {
      const client = await RawClient.connect(allowing.port)
      client.send(
        `OPTIONS /files/a HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: PUT\r\n\r\n`,
      )
      const allowed = await client.response('OPTIONS')
      expect([
        allowed.status,
        allowed.field('access-control-allow-origin'),
        allowed.field('access-control-allow-methods'),
      ]).toEqual([204, origin, 'GET, HEAD, POST, PUT'])
      client.send(
        `PUT /files/a HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 3\r\n\r\nnew`,
      )
      const stored = await client.response('PUT')
      expect([stored.status, stored.field('access-control-allow-origin')]).toEqual([201, origin])
    } finally {
      await allowing.kill()
      own.remove()
    }
  })
})

describe('the configuration file', () => {
  it('is not served, not listed, and not replaced', async () => {
    const before = readFileSync(join(folder.path, 'statewire.toml'), 'utf8')
    for (const path of ['/statewire.toml', '/files/statewire.toml'])
      expect((await fetch(server.url + path)).status).toBe(404)
    expect(await (await fetch(`${server.url}/`)).text()).not.toContain('statewire.toml')
    expect((await put('statewire.toml', 'port = 1')).status).toBe(403)
    expect(readFileSync(join(folder.path, 'statewire.toml'), 'utf8')).toBe(before)
  })

  it('cannot be created by an upload, nor read through a link', async () => {
    const own = new TemporaryFolder({ 'config.toml': 'index-files = ["index.html"]\n' })
    symlinkSync('config.toml', join(own.path, 'link.toml'))
    mkdirSync(join(own.path, 'sub'))
    const args = ['.', '--endpoints=files']
    const plain = await RunningServer.start(args, { cwd: join(own.path, 'sub') })
    const linked = await RunningServer.start([...args, '--config', 'link.toml'], { cwd: own.path })
    try {
      const created = await fetch(`${plain.url}/files/statewire.toml`, { method: 'PUT', body: 'x' })
      expect([created.status, readdirSync(join(own.path, 'sub'))]).toEqual([403, []])
      for (const name of ['config.toml', 'link.toml'])
        expect((await fetch(`${linked.url}/${name}`)).status).toBe(404)
    } finally {
      await plain.kill()
      await linked.kill()
      own.remove()
    }
  })
})

describe('a precondition', () => {
  it('refuses an update of a version that the client has not seen', async () => {
    expect((await put('page.txt', 'one')).status).toBe(201)
    await delay(SETTLED_MS)
    const etag = (await fetch(`${server.url}/files/page.txt`)).headers.get('etag')!
    expect(etag).toMatch(/^"/)
    expect((await put('page.txt', 'two', { 'if-match': '"other"' })).status).toBe(412)
    expect((await put('page.txt', 'two', { 'if-none-match': etag })).status).toBe(412)
    expect((await put('page.txt', 'two', { 'if-match': etag })).status).toBe(204)
    // The first update has made the tag stale.
    expect((await put('page.txt', 'three', { 'if-match': etag })).status).toBe(412)
    expect((await put('page.txt', 'three', { 'if-none-match': etag })).status).toBe(204)
    expect(readFileSync(join(folder.path, 'page.txt'), 'utf8')).toBe('three')
  })

  it.each(['gzip', 'br', 'zstd'])('knows the tag of what a client has read in %s', async coding => {
    const name = `coded-${coding}.txt`
    expect((await put(name, 'one '.repeat(1000))).status).toBe(201)
    await delay(SETTLED_MS)
    const etag = (await fetch(`${server.url}/files/${name}`)).headers.get('etag')!
    const coded = `${etag.replace(/(?:-\w+)?"$/, '')}-${coding}"`
    expect((await put(name, 'two', { 'if-match': '"x", "y"' })).status).toBe(412)
    expect((await put(name, 'two', { 'if-none-match': coded })).status).toBe(412)
    expect((await put(name, 'two', { 'if-match': `"x", ${coded}` })).status).toBe(204)
  })

  it('lets one of several updates of the same version win', async () => {
    expect((await put('race.txt', 'old')).status).toBe(201)
    await delay(SETTLED_MS)
    const etag = (await fetch(`${server.url}/files/race.txt`)).headers.get('etag')!
    const bodies = Array.from({ length: 8 }, (_, n) => `new ${n}`)
    const responses = await Promise.all(
      bodies.map(body => put('race.txt', body, { 'if-match': etag })),
    )
    const won = responses.flatMap(({ status }, n) => (status === 204 ? [bodies[n]] : []))
    expect(won).toHaveLength(1)
    expect(readFileSync(join(folder.path, 'race.txt'), 'utf8')).toBe(won[0])
  })

  it.each([
    ['if-match', '*', 412],
    ['if-match', '"x"', 412],
    ['if-none-match', '*', 201],
    ['if-none-match', '"x"', 201],
    ['if-unmodified-since', 'Thu, 01 Jan 1970 00:00:00 GMT', 201],
    ['if-modified-since', 'Fri, 01 Jan 2100 00:00:00 GMT', 201],
  ])('%s: %s for a new file: %i', async (name, value, status) => {
    const path = `new-${encodeURIComponent(name + value).replaceAll('%', '_')}`
    expect((await put(path, 'new', { [name]: value })).status).toBe(status)
  })

  it.each([
    ['if-match', '*', 204],
    ['if-none-match', '*', 412],
    ['if-unmodified-since', 'Thu, 01 Jan 1970 00:00:00 GMT', 412],
    ['if-unmodified-since', 'Fri, 01 Jan 2100 00:00:00 GMT', 204],
    ['if-modified-since', 'Fri, 01 Jan 2100 00:00:00 GMT', 204],
  ])('%s: %s for a file: %i', async (name, value, status) => {
    folder.write('old.txt', 'old')
    expect((await put('old.txt', 'new', { [name]: value })).status).toBe(status)
  })
})

describe('an uploaded page', () => {
  it.each([
    ['page.html', 'sandbox'],
    ['image.svg', 'sandbox'],
    ['page.xhtml', 'sandbox'],
    ['feed.xml', 'sandbox'],
    ['data.json', null],
    ['image.png', null],
  ])('%s has Content-Security-Policy: %s', async (name, expected) => {
    expect((await put(name, 'x')).ok).toBe(true)
    for (let n = 0; n < 2; n++) {
      const response = await fetch(`${server.url}/files/${name}`)
      expect(response.headers.get('content-security-policy')).toBe(expected)
    }
    expect((await fetch(`${server.url}/${name}`)).headers.get('content-security-policy')).toBe(null)
  })
})

it('an upload stays inside while its folder is swapped for a link', async () => {
  const outer = new TemporaryFolder({ 'outside/kept': '', 'site/other/x': '' })
  const site = join(outer.path, 'site')
  mkdirSync(join(site, 'real'))
  symlinkSync('../outside', join(site, 'link'))
  renameSync(join(site, 'real'), join(site, 'in'))
  const racing = await RunningServer.start([site, '--endpoints=files', '--revalidate-ms=0'])
  let isOver = false
  const swap = async (): Promise<void> => {
    while (!isOver) {
      renameSync(join(site, 'in'), join(site, 'away'))
      renameSync(join(site, 'link'), join(site, 'in'))
      await delay(0)
      renameSync(join(site, 'in'), join(site, 'link'))
      renameSync(join(site, 'away'), join(site, 'in'))
      await delay(0)
    }
  }
  const upload = async (client: number): Promise<number[]> => {
    const statuses: number[] = []
    for (let n = 0; !isOver; n++) {
      const url = `${racing.url}/files/in/${client}-${n}`
      statuses.push((await fetch(url, { method: 'PUT', body: 'new' })).status)
    }
    return statuses
  }
  try {
    const swapping = swap()
    const uploading = Promise.all(Array.from({ length: 8 }, (_, client) => upload(client)))
    await delay(SWAPS_MS)
    isOver = true
    await swapping
    const statuses = (await uploading).flat()
    expect(statuses.filter(status => status === 201).length).toBeGreaterThan(0)
    for (const status of statuses) expect([201, 404]).toContain(status)
    expect(readdirSync(join(outer.path, 'outside'))).toEqual(['kept'])
    expect(readdirSync(join(site, 'in')).filter(name => name.startsWith('.'))).toEqual([])
  } finally {
    await racing.kill()
    outer.remove()
  }
})

it('a FIFO is not opened, so that a program that waits for a reader goes on to wait', async () => {
  execFileSync('mkfifo', [join(folder.path, 'fifo')])
  let isOpened = false
  const writer = execFile('sh', ['-c', `exec 3> '${join(folder.path, 'fifo')}'; sleep 5`])
  const opened = (): boolean => readdirSync(`/proc/${writer.pid}/fd`).includes('3')
  try {
    for (const path of ['fifo', 'files/fifo', 'fifo/a', 'files/fifo/a'])
      expect((await fetch(`${server.url}/${path}`)).status).toBe(404)
    expect((await put('fifo', 'new')).status).toBe(409)
    expect((await put('fifo/a', 'new')).status).toBe(404)
    await delay(100)
    isOpened = opened()
  } finally {
    writer.kill('SIGKILL')
  }
  expect(isOpened).toBe(false)
})

it('what a killed process left is removed at the next start', async () => {
  const own = new TemporaryFolder({ 'sub/a': 'A' })
  const args = [own.path, '--endpoints=files']
  const killed = await RunningServer.start(args)
  const client = await RawClient.connect(killed.port)
  client.send('PUT /files/sub/b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf')
  const names = (): string[] => readdirSync(join(own.path, 'sub'))
  await expect.poll(names, POLL).toHaveLength(2)
  await killed.kill()
  expect(names()).toHaveLength(2)
  const next = await RunningServer.start(args)
  try {
    await expect.poll(names, POLL).toEqual(['a'])
  } finally {
    await next.kill()
    own.remove()
  }
})

const hasCurl = ((): boolean => {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!hasCurl)('curl -F (skipped if curl is not installed)', () => {
  it('stores the files, not their envelope', async () => {
    const own = new TemporaryFolder()
    const [a, b] = [own.write('a.txt', 'A'), own.write('b.bin', Buffer.alloc(1_000_000, 'b'))]
    try {
      const run = async (...args: string[]): Promise<string> =>
        (await promisify(execFile)('curl', ['-s', '-w', ' %{http_code}', ...args])).stdout
      const url = `${server.url}/files/`
      expect(await run('-F', `file=@${a}`, url)).toMatch(/ 201$/)
      expect(await run('-F', `x=@${a};filename=c.txt`, '-F', `y=@${b}`, '-F', 'z=1', url)).toBe(
        '/files/c.txt\n/files/b.bin\n 201',
      )
      expect(readFileSync(join(folder.path, 'a.txt'), 'utf8')).toBe('A')
      expect(readFileSync(join(folder.path, 'c.txt'), 'utf8')).toBe('A')
      expect(readFileSync(join(folder.path, 'b.bin'))).toEqual(readFileSync(b))
    } finally {
      own.remove()
    }
  })
})
