import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import { RawClient } from '../raw-client.ts'
import { RunningServer, whyNotUnprivileged } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/** The content of every file that must never be sent. */
const OUTSIDE = 'this stands outside of what is served'
/** Serves each file under its own name; clean URLs have a test of their own. */
const PLAIN = '--no-clean-urls'
const WINDOWS = process.platform === 'win32'
const NFC = 'caf\u00e9'
const NFD = 'cafe\u0301'
const utf8 = (text: string): string => Buffer.from(text).toString('latin1')

let folder: TemporaryFolder
let server: RunningServer
let listing: RunningServer
let socketFile: Server

beforeAll(async () => {
  folder = new TemporaryFolder({
    x: OUTSIDE,
    'secret.txt': OUTSIDE,
    'root-secret/secret.txt': OUTSIDE,
    'etc/passwd': OUTSIDE,
    'root/index.html': '<!doctype html><title>home</title>',
    'root/file.html': 'a file',
    'root/in/side.txt': 'inside',
    'root/50%.png': 'percent',
    'root/a%2fb': 'literally',
    [`root/${NFC}`]: 'composed',
    [`root/${NFD}`]: 'decomposed',
    'root/.env': OUTSIDE,
    'root/.git/config': OUTSIDE,
    'root/.secret/a.txt': OUTSIDE,
    'root/.linked/a.txt': 'through a link',
    'root/.linked/index.html': 'an index behind a link',
    'root/.well-known/a': 'well known',
    'root/.well-known/.hidden': OUTSIDE,
    'root/in/.well-known/a': OUTSIDE,
    'root/x.html/index.html': 'a folder that is named like a file',
    'root/x.gz/a.txt': 'a folder',
    'root/unreadable.txt': OUTSIDE,
    'root/no-entry/a.txt': OUTSIDE,
    'root/with-index-out/a.txt': 'a',
  })
  const root = join(folder.path, 'root')
  const link = (name: string, target: string): void => symlinkSync(target, join(root, name))
  link('out.txt', join(folder.path, 'secret.txt'))
  link('out-relative.txt', '../secret.txt')
  link('out', join(folder.path, 'root-secret'))
  link('out-up', '..')
  link('etc', '/etc')
  link('in-link.txt', 'in/side.txt')
  link('in-link', 'in')
  link('to-hidden', '.linked/a.txt')
  link('to-hidden-folder', '.linked')
  link('dangling', 'nowhere')
  link('loop', 'loop')
  link('with-index-out/index.html', '../../secret.txt')
  symlinkSync('root', join(folder.path, 'root-link'))
  if (!WINDOWS) execFileSync('/usr/bin/mkfifo', [join(root, 'fifo'), join(root, 'fifo.html')])
  socketFile = createServer().listen(join(root, 'socket'))
  chmodSync(join(root, 'unreadable.txt'), 0)
  chmodSync(join(root, 'no-entry'), 0)
  ;[server, listing] = await Promise.all([
    RunningServer.start([root, '--endpoints=files', PLAIN], {
      unprivileged: whyNotUnprivileged() === undefined,
    }),
    RunningServer.start([root, '--list', PLAIN], {
      unprivileged: whyNotUnprivileged() === undefined,
    }),
  ])
})
afterAll(async () => {
  await Promise.all([server?.kill(), listing?.kill()])
  socketFile?.close()
  chmodSync(join(folder.path, 'root/no-entry'), 0o700)
  folder.remove()
})

async function request(target: string, port: number, method = 'GET'): Promise<ReceivedResponse> {
  const client = await RawClient.connect(port)
  return client.request(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`, method)
}

/** Expects no content from outside, no path of this machine, and no redirect to another site. */
function expectHarmless(response: ReceivedResponse): void {
  expect(response.text).not.toContain(OUTSIDE)
  expect(response.text).not.toContain('root:')
  expect(response.text).not.toContain(folder.path)
  expect(response.status).not.toBe(500)
  const location = response.field('location')
  if (location === undefined) return
  // Relative, or with exactly one slash at its start.
  expect(location).toMatch(/^(?:[^/\\:?#]|\/(?![/\\]))[^:\\]*(?:$|\?)/)
  expect(new URL(location, 'http://localhost/a/b').host).toBe('localhost')
}

/** A target, the expected status, and for a 200 the content. */
type Vector = readonly [target: string, status: number, content?: string]

const VECTORS: readonly Vector[] = [
  // Traversal by dots
  ['/../x', 400],
  ['/..', 400],
  ['/../', 400],
  ['/in/../../x', 400],
  ['/in/../file.html', 301],
  ['/..%2fx', 400],
  ['/..%2Fx', 400],
  ['/%2e%2e/x', 400],
  ['/%2E%2E/x', 400],
  ['/.%2e/x', 400],
  ['/%2e./x', 400],
  ['/%2e%2e%2fx', 400],
  ['/%2e%2e%5cx', 400],
  ['/%252e%252e/x', 404],
  ['/..%252fx', 404],
  ['/..%255cx', 404],
  ['/..%5cx', 400],
  ['/..\\x', 400],
  ['/..\\..\\x', 400],
  ['/....//x', 404],
  ['/.../x', 404],
  ['/..;/x', 404],
  ['/%c0%ae%c0%ae/x', 400],
  ['/%e0%80%ae%e0%80%ae/x', 400],
  ['/%uff0e%uff0e/x', 400],
  ['/\uff0e\uff0e/x'.replace(/[^\0-\x7f]/g, utf8), 400],
  ['/%ef%bc%8e%ef%bc%8e/x', 404],
  ['/../root-secret/secret.txt', 400],
  ['/%2e%2e/root-secret/secret.txt', 400],
  ['/..%2froot-secret%2fsecret.txt', 400],
  ['-secret/secret.txt', 400],
  ['/-secret/secret.txt', 404],
  ['/../../../../../../etc/passwd', 400],
  ['//etc/passwd', 301],
  ['/%2fetc/passwd', 404],
  ['/./etc/passwd', 301],
  // Bytes that are not allowed in a name
  ['/x%00.png', 400],
  ['/file.html%00', 400],
  ['/%00', 400],
  ['/x%0d%0aA:b', 400],
  ['/x%0a', 400],
  ['/x%0c', 400],
  ['/x%7f', 400],
  ['/x%09', 400],
  ['/x%1b[31m', 400],
  ['/x%20', 404],
  ['/file.html%20', 404],
  // Redirects to another site
  ['//evil.com/', 301],
  ['//evil.com/%2e%2e', 400],
  ['//evil.com/..', 301],
  ['/\\evil.com/', 400],
  ['/%2f%2fevil.com%2f', 404],
  ['/%5cevil.com/', 400],
  ['///evil.com', 301],
  ['//evil.com/in', 301],
  ['/in//', 301],
  ['//in', 301],
  ['//', 301],
  // Other spellings of existing files
  ['/dir//', 301],
  ['/in//side.txt', 301],
  ['/.', 301],
  ['/./x', 301],
  ['/x/.', 301],
  ['/file.html/.', 301],
  ['/in/./side.txt', 301],
  ['/x.', 404],
  ['/file.html.', 404],
  ['/file.html/', 404],
  ['/file.html/x', 404],
  ['/file.html/../file.html', 301],
  ['/FILE.HTML', 404],
  ['/x::$DATA', 404],
  ['/file.html::$DATA', 404],
  ['/CON', 404],
  ['/aux.txt', 404],
  ['/SECRET~1', 404],
  ['/FILE~1.HTM', 404],
  ['/C:/x', 404],
  ['/c%3a/x', 404],
  ['//host/share', 301],
  ['/file%2ehtml', 200, 'a file'],
  ['/%66ile.html', 200, 'a file'],
  ['/file.html?/../x', 200, 'a file'],
  ['/file.html?%00', 200, 'a file'],
  // Hidden files
  ['/.env', 404],
  ['/%2eenv', 404],
  ['/.env/', 404],
  ['/.env/.', 404],
  ['/.git/config', 404],
  ['/.git/', 404],
  ['/.git', 404],
  ['/.secret/a.txt', 404],
  ['/%2esecret/a.txt', 404],
  ['/.secret/', 404],
  ['/.well-known/a', 200, 'well known'],
  ['/.well-known/.hidden', 404],
  ['/in/.well-known/a', 404],
  // Other forms of the target
  ['http://other/x', 404],
  ['http://other/../x', 400],
  ['http://other/file.html', 200, 'a file'],
  ['HTTP://other/file.html', 200, 'a file'],
  ['http://other', 200, '<!doctype html><title>home</title>'],
  ['http://other//x', 301],
  ['http:///x', 400],
  ['http://a@other/x', 400],
  ['file:///etc/passwd', 400],
  ['*', 400],
  ['x', 400],
  ['?', 400],
  // Percent-encoding
  ['/%', 400],
  ['/%2', 400],
  ['/%zz', 400],
  ['/%E0%A4%A', 400],
  ['/%ff', 404],
  ['/%ed%a0%80', 400],
  ['/50%25.png', 200, 'percent'],
  ['/50%.png', 400],
  ['/a%252fb', 200, 'literally'],
  ['/a%2fb', 404],
  ['/caf%C3%A9', 200, 'composed'],
  ['/cafe%CC%81', 200, 'decomposed'],
  [`/${utf8(NFC)}`, 400],
  ['/caf%e9', 404],
  ['/<img%20src=x>', 404],
  // Lengths
  [`/${'a'.repeat(8200)}`, 414],
  [`/${'a'.repeat(300)}`, 404],
  [`/${'a'.repeat(255)}`, 404],
  [`/${'%61'.repeat(255)}`, 404],
  [`/${'%61'.repeat(256)}`, 404],
  [`/${'a/'.repeat(4000)}`, 404],
  [`/${'../'.repeat(2000)}x`, 400],
  [`/${'in/'.repeat(2000)}`, 404],
  [`/${'%2e%2e/'.repeat(1000)}`, 400],
  // Symbolic links, and what is not a regular file
  ['/out.txt', 404],
  ['/out-relative.txt', 404],
  ['/out', 404],
  ['/out/', 404],
  ['/out/secret.txt', 404],
  ['/out-up/', 404],
  ['/out-up/x', 404],
  ['/out-up/root/file.html', 200, 'a file'],
  ['/etc/passwd', 404],
  ['/etc/', 404],
  ['/in-link.txt', 200, 'inside'],
  ['/in-link/side.txt', 200, 'inside'],
  ['/in-link', 301],
  // Names with a dot are hidden from clients that ask for them, not from links.
  ['/to-hidden', 200, 'through a link'],
  ['/to-hidden-folder/a.txt', 200, 'through a link'],
  ['/to-hidden-folder/', 200, 'an index behind a link'],
  ['/.linked/a.txt', 404],
  ['/dangling', 404],
  ['/loop', 404],
  ['/fifo', 404],
  ['/fifo.html', 404],
  ['/socket', 404],
  ['/x.html', 301],
  ['/x.html/', 200, 'a folder that is named like a file'],
  ['/x.gz', 301],
  ['/x', 404],
]

/** Folders, whose paths are canonical but for the slash. */
const isSlashRedirect = (target: string): boolean =>
  ['/in-link', '/x.html', '/x.gz'].includes(target)

describe('a path', () => {
  for (const [target, status, content] of VECTORS) {
    const shown = target.length > 60 ? `${target.slice(0, 60)}… (${target.length})` : target
    it(`${shown} is a ${status}`, async () => {
      const response = await request(target, server.port)
      expectHarmless(response)
      expect(response.status).toBe(status)
      if (content !== undefined) expect(response.text).toBe(content)
    })
  }

  it('has the same status on a server with --list, and for HEAD', async () => {
    for (const [target, status] of VECTORS) {
      const listed = await request(target, listing.port)
      expectHarmless(listed)
      expect(listed.status, target).toBe(status)
      expect((await request(target, server.port, 'HEAD')).status, target).toBe(status)
    }
  })

  it('has the same status behind /files', async () => {
    for (const [target, status] of VECTORS.filter(([target]) => target.startsWith('/'))) {
      if (target.length > 8000) continue
      const response = await request(`/files${target}`, server.port)
      expectHarmless(response)
      // /files serves no folders.
      const isFolder = isSlashRedirect(target) || target.split('?')[0]!.endsWith('/')
      const isMoved = status === 301 && !isSlashRedirect(target)
      expect(response.status, target).toBe(isFolder && !isMoved && status < 400 ? 404 : status)
      if (isMoved) expect(response.field('location')).toMatch(/^\/files\/(?!\/)/)
    }
  })

  it('has the same status with clean URLs', async () => {
    const clean = await RunningServer.start([join(folder.path, 'root')], {
      unprivileged: whyNotUnprivileged() === undefined,
    })
    try {
      for (const [target, status] of VECTORS) {
        const response = await request(target, clean.port)
        expectHarmless(response)
        expect(response.status, target).toBe(status)
      }
    } finally {
      await clean.kill()
    }
  })

  it('has the same status under a root that is a symbolic link', async () => {
    const linked = await RunningServer.start([join(folder.path, 'root-link'), PLAIN], {
      unprivileged: whyNotUnprivileged() === undefined,
    })
    try {
      for (const [target, status] of VECTORS) {
        const response = await request(target, linked.port)
        expectHarmless(response)
        expect(response.status, target).toBe(status)
      }
    } finally {
      await linked.kill()
    }
  })

  it('gets a 400 or a 404 for every byte in it, raw and encoded', async () => {
    for (let byte = 0; byte < 256; byte++) {
      const encoded = await request(`/x%${byte.toString(16).padStart(2, '0')}y`, server.port)
      expect([400, 404], `%${byte.toString(16)}`).toContain(encoded.status)
      expectHarmless(encoded)
      const raw = await request(`/x${String.fromCharCode(byte)}y`, server.port)
      // After a space, the rest of the target is not a valid version.
      expect([400, 404], `byte ${byte}`).toContain(raw.status)
      expectHarmless(raw)
    }
  })
})

describe('what is not a regular file in the root', () => {
  it('a FIFO blocks no client, even if 20 request it', {
    timeout: 10_000,
  }, async () => {
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => request('/fifo', server.port)),
    )
    expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 404))
    expect((await request('/file.html', server.port)).text).toBe('a file')
  })

  it('an index.html that links out of the root is not sent', async () => {
    const response = await request('/with-index-out/', server.port)
    expectHarmless(response)
    expect(response.status).toBe(404)
    expectHarmless(await request('/with-index-out/', listing.port))
  })
})

describe('a file without read permission', () => {
  const reason = whyNotUnprivileged()

  it.skipIf(reason !== undefined)(
    `is a 403${reason === undefined ? '' : `: skipped, ${reason}`}`,
    async () => {
      for (const port of [server.port, listing.port])
        for (const target of ['/unreadable.txt', '/no-entry/a.txt', '/no-entry/']) {
          const response = await request(target, port)
          expectHarmless(response)
          expect(response.status, target).toBe(403)
        }
      expect((await request('/files/unreadable.txt', server.port)).status).toBe(403)
    },
  )
})

describe('a file or folder that changes while it is served', () => {
  it('a folder that becomes a link out of the root is a 404', async () => {
    const root = join(folder.path, 'root')
    mkdirSync(join(root, 'swap'))
    writeFileSync(join(root, 'swap/secret.txt'), 'own')
    expect((await request('/swap/secret.txt', server.port)).text).toBe('own')
    rmSync(join(root, 'swap'), { recursive: true })
    symlinkSync(join(folder.path, 'root-secret'), join(root, 'swap'))
    const response = await request('/swap/secret.txt', server.port)
    expectHarmless(response)
    expect(response.status).toBe(404)
  })

  it('a root that is a link may get a new target', async () => {
    const own = new TemporaryFolder({ 'one/a.txt': 'one', 'two/a.txt': 'two' })
    const at = join(own.path, 'current')
    symlinkSync('one', at)
    const swapped = await RunningServer.start([at])
    try {
      expect((await request('/a.txt', swapped.port)).text).toBe('one')
      symlinkSync('two', `${at}-next`)
      renameSync(`${at}-next`, at)
      // Within revalidateMs the response may be the cached one.
      await expect
        .poll(async () => (await request('/a.txt', swapped.port)).text, { timeout: 5000 })
        .toBe('two')
    } finally {
      await swapped.kill()
      own.remove()
    }
  })

  it('a file that is removed is a 404', async () => {
    folder.write('root/short-lived.txt', 'here')
    expect((await request('/short-lived.txt', server.port)).text).toBe('here')
    rmSync(join(folder.path, 'root/short-lived.txt'))
    expect((await request('/short-lived.txt', server.port)).status).toBe(404)
  })
})

it('the servers still run, without errors in the log', async () => {
  for (const running of [server, listing]) {
    expect(running.hasEnded).toBe(false)
    expect((await request('/file.html', running.port)).text).toBe('a file')
    expect(running.log.filter(({ level }) => level === 'error')).toEqual([])
  }
})
