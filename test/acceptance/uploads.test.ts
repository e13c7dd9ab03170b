import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import { FIN, RawClient } from '../raw-client.ts'
import { RunningServer, whyNotUnprivileged } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const METHODS = ['POST', 'PUT'] as const
const MODES = ['replace', 'refuse', 'rename'] as const
const UPLOAD_MAX = 4 * 1024 * 1024
/** The tests poll the disk, which gives no events. */
const POLL = { interval: 5, timeout: 5000 }
const TEMPORARY = /^\.statewire-upload-[0-9a-f]{8}-\d+-[0-9a-f-]{36}$/

/** A server that accepts uploads into a folder of its own. */
class UploadSite {
  readonly folder: TemporaryFolder
  readonly server: RunningServer

  private constructor(folder: TemporaryFolder, server: RunningServer) {
    this.folder = folder
    this.server = server
  }

  static async start(...flags: string[]): Promise<UploadSite> {
    const folder = new TemporaryFolder()
    const args = [folder.path, '--endpoints=files', `--upload-max=${UPLOAD_MAX}`, ...flags]
    return new UploadSite(folder, await RunningServer.start(args))
  }

  async stop(): Promise<void> {
    await this.server.kill()
    this.folder.remove()
  }

  /** Returns all names in a folder, including hidden and temporary files. */
  names(folder = '.'): string[] {
    return readdirSync(join(this.folder.path, folder)).sort()
  }

  read(name: string): Buffer {
    return readFileSync(join(this.folder.path, name))
  }

  /** The files below the folder that the server has open. */
  get openFiles(): string[] {
    const fds = `/proc/${this.server.pid}/fd`
    return readdirSync(fds).flatMap(fd => {
      try {
        const path = readlinkSync(join(fds, fd))
        return path.startsWith(`${this.folder.path}/`) ? [path] : []
      } catch {
        return []
      }
    })
  }

  connect(): Promise<RawClient> {
    return RawClient.connect(this.server.port)
  }

  async upload(
    method: string,
    name: string,
    content: string | Uint8Array,
    ...fields: string[]
  ): Promise<ReceivedResponse> {
    const client = await this.connect()
    client.send(head(method, name, `Content-Length: ${content.length}`, ...fields)).send(content)
    return client.response(method)
  }
}

function head(method: string, name: string, ...fields: string[]): string {
  return [`${method} /files/${name} HTTP/1.1`, 'Host: localhost', ...fields, '', ''].join('\r\n')
}

let site: UploadSite

beforeAll(async () => {
  site = await UploadSite.start()
})
afterAll(() => site?.stop())

const hasCurl = ((): boolean => {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** Runs curl and returns the status and Location of the response. */
async function curl(...args: string[]): Promise<string> {
  const written = [
    '--silent',
    '--show-error',
    '--output',
    '-',
    '--write-out',
    '\n%{http_code} %header{location}',
  ]
  const { stdout } = await promisify(execFile)('curl', [...written, ...args])
  return stdout.slice(stdout.lastIndexOf('\n') + 1).trim()
}

describe.skipIf(!hasCurl)('curl (skipped if it is not installed)', () => {
  const own = new TemporaryFolder()
  afterAll(() => own.remove())
  const content = randomBytes(2_000_000)
  const file = own.write('content.bin', content)

  it.each([
    ['--upload-file', ['--upload-file', file]],
    ['--upload-file, chunked', ['--upload-file', file, '--header', 'Transfer-Encoding: chunked']],
    ['--data-binary', ['--data-binary', `@${file}`]],
    ['HTTP/1.0', ['--http1.0', '--upload-file', file]],
    ['without Expect', ['--header', 'Expect:', '--upload-file', file]],
    ['slowly', ['--limit-rate', '4M', '--upload-file', file]],
  ])('%s', async (how, args) => {
    const name = `curl ${how}.bin`.replace(/[ ,/]/g, '_')
    const url = `${site.server.url}/files/${name}`
    expect(await curl(...args, url)).toBe(`201 /files/${name}`)
    expect(site.read(name).equals(content)).toBe(true)
    expect(await curl(...args, url)).toBe('204')
  })

  it('gets a 413, by Content-Length and within chunked content', async () => {
    const large = own.write('large.bin', Buffer.alloc(UPLOAD_MAX + 1))
    const url = `${site.server.url}/files/large.bin`
    expect(await curl('--upload-file', large, url)).toBe('413')
    expect(await curl('--upload-file', large, '--header', 'Transfer-Encoding: chunked', url)).toBe(
      '413',
    )
    await expect.poll(() => site.names(), POLL).not.toContainEqual(expect.stringMatching(TEMPORARY))
    expect(site.names()).not.toContain('large.bin')
  })
})

describe.each(METHODS)('%s', method => {
  it('stores: 201 with Location, then 204', async () => {
    mkdirSync(join(site.folder.path, method), { recursive: true })
    const name = `${method}/%C3%A9%20a.txt`
    const created = await site.upload(method, name, 'one')
    expect([created.status, created.field('location')]).toEqual([201, `/files/${name}`])
    const replaced = await site.upload(method, name, 'two')
    expect([replaced.status, replaced.field('location')]).toEqual([204, undefined])
    expect(site.read(`${method}/é a.txt`).toString()).toBe('two')
  })

  it('is visible to the next GET', async () => {
    const url = `${site.server.url}/files/fresh-${method}.txt`
    for (const body of ['one', 'two', 'a longer three']) {
      expect((await fetch(url, { method, body })).ok).toBe(true)
      const got = await fetch(url)
      expect([got.headers.get('content-length'), await got.text()]).toEqual([
        String(body.length),
        body,
      ])
    }
  })

  it.each([
    ['a part of a file', 'Content-Range: bytes 0-2/3', 400],
    ['a content coding', 'Content-Encoding: gzip', 415],
  ])('refuses %s', async (_, field, status) => {
    const before = site.names()
    expect((await site.upload(method, 'refused.txt', 'new', field)).status).toBe(status)
    expect(site.names()).toEqual(before)
  })

  it('with If-None-Match: * only creates', async () => {
    const name = `only-${method}.txt`
    expect((await site.upload(method, name, 'one', 'If-None-Match: *')).status).toBe(201)
    expect((await site.upload(method, name, 'two', 'If-None-Match: *')).status).toBe(412)
    expect(site.read(name).toString()).toBe('one')
  })

  it.each([
    ['too much content', 'large', `Content-Length: ${UPLOAD_MAX + 1}`, 413],
    ['a missing folder', 'missing/a', 'Content-Length: 3', 404],
    ['the name of a folder', 'expect', 'Content-Length: 3', 409],
    ['a temporary name', '.statewire-upload-a', 'Content-Length: 3', 404],
  ])('Expect: 100-continue for %s is refused at once', async (_, name, length, status) => {
    mkdirSync(join(site.folder.path, 'expect'), { recursive: true })
    const client = await site.connect()
    client.send(head(method, name, length, 'Expect: 100-continue'))
    const response = await client.response(method)
    expect([response.status, response.field('connection')]).toEqual([status, 'close'])
    expect(await client.ending()).toEqual(FIN)
  })

  it('Expect: 100-continue gets a 100 if the upload is accepted', async () => {
    const client = await site.connect()
    client.send(head(method, `wanted-${method}`, 'Content-Length: 3', 'Expect: 100-continue'))
    expect((await client.response(method)).status).toBe(100)
    expect((await client.send('abc').response(method)).status).toBe(201)
    expect(site.read(`wanted-${method}`).toString()).toBe('abc')
  })

  it.each([
    ['FIN', 'Content-Length: 1000000', 'x'.repeat(500_000)],
    ['RST', 'Content-Length: 1000000', 'x'.repeat(500_000)],
    [
      'FIN',
      'Transfer-Encoding: chunked',
      `${(500_000).toString(16)}\r\n${'x'.repeat(500_000)}\r\n`,
    ],
    [
      'RST',
      'Transfer-Encoding: chunked',
      `${(500_000).toString(16)}\r\n${'x'.repeat(500_000)}\r\n`,
    ],
  ])('aborted by %s (%s) leaves no file and no descriptor', async (how, framing, part) => {
    const before = site.names()
    const clients = await Promise.all(Array.from({ length: 10 }, () => site.connect()))
    for (const client of clients) client.send(head(method, 'cut.bin', framing)).send(part)
    await expect.poll(() => site.openFiles.length, POLL).toBe(10)
    for (const name of site.names().filter(name => !before.includes(name)))
      expect(name).toMatch(TEMPORARY)
    for (const client of clients) how === 'FIN' ? client.halfClose() : client.reset()
    await expect.poll(() => [site.names(), site.openFiles], POLL).toEqual([before, []])
  })

  it('is not served or listed before it is complete', async () => {
    const own = await UploadSite.start('--list')
    try {
      own.folder.write('old.txt', 'old')
      const client = await own.connect()
      client.send(head(method, 'old.txt', 'Content-Length: 3')).send('ne')
      await expect.poll(() => own.names().length, POLL).toBe(2)
      const temporary = own.names().find(name => TEMPORARY.test(name))
      for (const path of [`/${temporary}`, `/files/${temporary}`])
        expect((await fetch(own.server.url + path)).status).toBe(404)
      expect(await (await fetch(`${own.server.url}/`)).text()).not.toContain('statewire-upload')
      expect(await (await fetch(`${own.server.url}/files/old.txt`)).text()).toBe('old')
      expect((await client.send('w').response(method)).status).toBe(204)
      expect(own.names()).toEqual(['old.txt'])
    } finally {
      await own.stop()
    }
  })

  it('chunked content above the limit is a 413 that leaves no file', async () => {
    const before = site.names()
    const client = await site.connect()
    client.send(head(method, 'over.bin', 'Transfer-Encoding: chunked'))
    client.send(`${UPLOAD_MAX.toString(16)}\r\n${'x'.repeat(UPLOAD_MAX)}\r\n1\r\n`)
    expect((await client.response(method)).status).toBe(413)
    expect(await client.ending()).toEqual(FIN)
    await expect.poll(() => [site.names(), site.openFiles], POLL).toEqual([before, []])
  })
})

describe.each(MODES)('--upload-conflict %s', mode => {
  it.each(METHODS)('ten concurrent %s of one name', async method => {
    const own = await UploadSite.start('--upload-conflict', mode)
    try {
      const contents = Array.from({ length: 10 }, (_, at) =>
        Buffer.alloc(300_000 + at, `content ${at} `),
      )
      const clients = await Promise.all(contents.map(() => own.connect()))
      // All uploads begin before the first one ends, so that none is refused at its beginning.
      for (const [at, client] of clients.entries())
        client
          .send(head(method, 'a.bin', `Content-Length: ${contents[at]!.length}`))
          .send(contents[at]!.subarray(1))
      await expect.poll(() => own.names().length, POLL).toBe(10)
      for (const [at, client] of clients.entries()) client.send(contents[at]!.subarray(0, 1))
      const sent = contents.map(content =>
        Buffer.concat([content.subarray(1), content.subarray(0, 1)]),
      )
      const responses = await Promise.all(clients.map(client => client.response(method)))
      const created = responses.flatMap(({ status }, at) => (status === 201 ? [at] : []))
      const stored = new Map(
        created.map(at => [
          decodeURIComponent(responses[at]!.field('location')!).slice('/files/'.length),
          sent[at]!,
        ]),
      )
      if (mode === 'rename') {
        expect(own.names()).toEqual(
          ['a.bin', ...Array.from({ length: 9 }, (_, at) => `a (${at + 1}).bin`)].sort(),
        )
        expect(stored.size).toBe(10)
        for (const [name, content] of stored)
          expect(own.read(name).equals(content), name).toBe(true)
      } else if (mode === 'refuse') {
        expect(responses.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)])
        expect(own.names()).toEqual(['a.bin'])
        expect(own.read('a.bin').equals(stored.get('a.bin')!)).toBe(true)
      } else {
        expect(created.length).toBeGreaterThan(0)
        for (const { status } of responses) expect([201, 204]).toContain(status)
        expect(own.names()).toEqual(['a.bin'])
        const left = own.read('a.bin')
        expect(sent.some(content => content.equals(left))).toBe(true)
      }
      expect(own.openFiles).toEqual([])
    } finally {
      await own.stop()
    }
  })

  it('decides before the content arrives if the name exists already', async () => {
    const own = await UploadSite.start('--upload-conflict', mode)
    try {
      own.folder.write('a', 'old')
      const client = await own.connect()
      client.send(head('PUT', 'a', 'Content-Length: 3', 'Expect: 100-continue'))
      expect((await client.response('PUT')).status).toBe(mode === 'refuse' ? 409 : 100)
    } finally {
      await own.stop()
    }
  })
})

it('GET and HEAD send the file of exactly this name', async () => {
  site.folder.write('exact/index.html', 'index')
  site.folder.write('exact/page.html', 'page')
  for (const method of ['GET', 'HEAD'])
    for (const [name, status] of [
      ['exact/page.html', 200],
      ['exact/index.html', 200],
      ['exact/page', 404],
      ['exact/', 404],
      ['exact', 404],
      ['', 404],
    ] as const)
      expect(
        (await fetch(`${site.server.url}/files/${name}`, { method, redirect: 'manual' })).status,
      ).toBe(status)
})

it('a symbolic link to a folder accepts uploads within the root, and not outside', async () => {
  const outside = new TemporaryFolder({ 'sub/kept': '' })
  try {
    mkdirSync(join(site.folder.path, 'inside/real'), { recursive: true })
    symlinkSync('real', join(site.folder.path, 'inside/link'))
    symlinkSync(outside.path, join(site.folder.path, 'inside/out'))
    expect((await site.upload('PUT', 'inside/link/a', 'new')).status).toBe(201)
    expect(site.names('inside/real')).toEqual(['a'])
    for (const name of ['inside/out/a', 'inside/out/sub/a'])
      expect((await site.upload('PUT', name, 'new')).status).toBe(404)
    expect(readdirSync(outside.path, { recursive: true }).sort()).toEqual(['sub', 'sub/kept'])
  } finally {
    outside.remove()
  }
})

describe('disks that cannot be written', () => {
  const reason = whyNotUnprivileged()
  it.skipIf(reason !== undefined)(
    `a folder without write permission is a 403${reason === undefined ? '' : ` (skipped: ${reason})`}`,
    async () => {
      const folder = new TemporaryFolder()
      const server = await RunningServer.start([folder.path, '--endpoints=files'], {
        unprivileged: true,
      })
      try {
        execFileSync('chmod', ['555', folder.path])
        const response = await fetch(`${server.url}/files/a`, { method: 'PUT', body: 'new' })
        expect(response.status).toBe(403)
        expect(await response.text()).not.toContain(folder.path)
        expect(readdirSync(folder.path)).toEqual([])
      } finally {
        await server.kill()
        execFileSync('chmod', ['755', folder.path])
        folder.remove()
      }
    },
  )

  it('a full disk is a 507, and no file is left on it', async ({ skip }) => {
    const small = new TemporaryFolder()
    const noMount = mountSmall(small.path)
    if (noMount !== undefined) small.remove()
    skip(noMount !== undefined, noMount)
    const server = await RunningServer.start([small.path, '--endpoints=files'])
    try {
      for (const method of METHODS) {
        const client = await RawClient.connect(server.port)
        // Not the whole content: unread bytes could make the kernel send RST and lose the response.
        client.send(head(method, 'a', 'Content-Length: 2000000')).send(Buffer.alloc(1_100_000, 'x'))
        expect((await client.response(method)).status).toBe(507)
        await expect.poll(() => readdirSync(small.path), POLL).toEqual([])
      }
      const response = await fetch(`${server.url}/files/a`, { method: 'PUT', body: 'small enough' })
      expect(response.status).toBe(201)
      expect(statSync(join(small.path, 'a')).size).toBe(12)
    } finally {
      await server.kill()
      execFileSync('umount', [small.path])
      small.remove()
    }
  })
})

/** Mounts a file system of 1 MiB. Returns the reason if that fails, otherwise undefined. */
function mountSmall(path: string): string | undefined {
  if (process.platform !== 'linux') return 'this system has no tmpfs'
  if (process.getuid?.() !== 0) return 'only root may mount'
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'root may not mount here'
  }
}
