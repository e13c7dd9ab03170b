import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import { RawClient } from '../raw-client.ts'
import { RunningServer, whyNotUnprivileged } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const MIB = 1024 * 1024
const SETTLED_MS = 1100
const DATE = new Date('2026-01-01T00:00:00Z')

let folder: TemporaryFolder
let server: RunningServer

beforeAll(async () => {
  folder = new TemporaryFolder({ 'index.html': 'home' })
  server = await RunningServer.start([folder.path], {
    unprivileged: whyNotUnprivileged() === undefined,
  })
})
afterAll(async () => {
  await server.kill()
  folder.remove()
})

async function request(
  path: string,
  fields = '',
  method = 'GET',
  from = server,
): Promise<ReceivedResponse> {
  const client = await RawClient.connect(from.port)
  return client.request(`${method} ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)
}

/** Returns how many descriptors the server has open. */
function openDescriptors(): number {
  return readdirSync(`/proc/${server.pid}/fd`).length
}

describe('a file that has changed', () => {
  it.each([
    ['in place', (path: string) => writeFileSync(path, 'after!')],
    ['in place, to the same size', (path: string) => writeFileSync(path, 'AFTER!')],
    [
      'in place, with its old modification time restored, as deploy tools do',
      (path: string) => {
        writeFileSync(path, 'AFTER!')
        utimesSync(path, DATE, DATE)
      },
    ],
    [
      'by a rename of another file over it',
      (path: string) => {
        writeFileSync(`${path}.new`, 'other!')
        renameSync(`${path}.new`, path)
      },
    ],
    ['and is shorter', (path: string) => truncateSync(path, 2)],
    ['and is empty', (path: string) => truncateSync(path, 0)],
    ['and is longer', (path: string) => appendFileSync(path, ' and more')],
  ])('%s, is served in its new version within a second', async (how, change) => {
    const name = `${how.replace(/\W+/g, '-')}.txt`
    const path = folder.write(name, 'before')
    utimesSync(path, DATE, DATE)
    await wait(SETTLED_MS)
    const before = await request(`/${name}`)
    expect(before.text).toBe('before')
    expect((await request(`/${name}`, `If-None-Match: ${before.field('etag')}\r\n`)).status).toBe(
      304,
    )
    change(path)
    await wait(SETTLED_MS)
    const { readFileSync } = await import('node:fs')
    const after = await request(`/${name}`, `If-None-Match: ${before.field('etag')}\r\n`)
    expect(after.text).toBe(readFileSync(path, 'utf8'))
    expect(after.field('content-length')).toBe(String(after.body.length))
  })

  it('is a 404 after it is deleted, and served after it is written again', async () => {
    const path = folder.write('comes.txt', 'one')
    expect((await request('/comes.txt')).text).toBe('one')
    rmSync(path)
    await wait(SETTLED_MS)
    expect((await request('/comes.txt')).status).toBe(404)
    folder.write('comes.txt', 'two')
    await wait(SETTLED_MS)
    expect((await request('/comes.txt')).text).toBe('two')
  })

  it.skipIf(whyNotUnprivileged() !== undefined)(
    'is a 403 while its permissions forbid reading it',
    async () => {
      const path = folder.write('locked.txt', 'x')
      expect((await request('/locked.txt')).status).toBe(200)
      chmodSync(path, 0)
      await wait(SETTLED_MS)
      expect((await request('/locked.txt')).status).toBe(403)
      chmodSync(path, 0o644)
      await wait(SETTLED_MS)
      expect((await request('/locked.txt')).status).toBe(200)
    },
  )

  it('is never torn: each response has the head and the content of one version', async () => {
    const path = folder.write('rewritten.txt', 'a'.repeat(50_000))
    let version = 0
    let stop = false
    const rewriting = (async () => {
      while (!stop) {
        version++
        const letter = String.fromCharCode(97 + (version % 26))
        writeFileSync(`${path}.new`, letter.repeat(40_000 + version))
        renameSync(`${path}.new`, path)
        await wait(1)
      }
    })()
    try {
      for (let n = 0; n < 200; n++) {
        const { status, text, field } = await request('/rewritten.txt')
        expect(status).toBe(200)
        expect(new Set(text).size).toBe(1)
        expect(text.length).toBe(Number(field('content-length')))
      }
    } finally {
      stop = true
      await rewriting
    }
  })

  it('is aborted without padding if it changes while it is being sent', async () => {
    for (const [name, change] of [
      ['shrinks.bin', (path: string) => truncateSync(path, 2 * MIB)],
      [
        'changes.bin',
        (path: string) => writeFileSync(path, Buffer.alloc(32 * MIB, 2), { flag: 'r+' }),
      ],
    ] as const) {
      const path = folder.write(name, Buffer.alloc(32 * MIB, 1))
      await wait(SETTLED_MS)
      const client = await RawClient.connect(server.port)
      client.pause()
      client.send(`GET /${name} HTTP/1.1\r\nHost: a\r\n\r\n`)
      await wait(300)
      change(path)
      client.resume()
      const { rest } = await client.ending()
      expect(rest.length).toBeLessThan(32 * MIB)
    }
    expect((await request('/')).text).toBe('home')
  }, 30_000)

  it('may grow all the time: its size at the time of the request is sent', async () => {
    const path = folder.write('growing.txt', 'x'.repeat(10_000))
    let stop = false
    const growing = (async () => {
      while (!stop) {
        appendFileSync(path, 'more')
        await wait(0)
      }
    })()
    try {
      for (let n = 0; n < 200; n++) {
        const { status, field, body } = await request('/growing.txt')
        expect([status, String(body.length)]).toEqual([200, field('content-length')])
      }
    } finally {
      stop = true
      await growing
    }
  })

  it('may grow while it is being sent', async () => {
    const path = folder.write('log.txt', Buffer.alloc(8 * MIB, 'x'))
    const client = await RawClient.connect(server.port)
    client.pause()
    client.send('GET /log.txt HTTP/1.1\r\nHost: a\r\n\r\n')
    await wait(200)
    appendFileSync(path, 'more')
    client.resume()
    const { status, body } = await client.response()
    expect([status, body.length]).toEqual([200, 8 * MIB])
  })

  it('is sent to its end if another file replaces it meanwhile', async () => {
    const path = folder.write('replaced.bin', Buffer.alloc(16 * MIB, 'a'))
    await wait(SETTLED_MS)
    const client = await RawClient.connect(server.port)
    client.pause()
    client.send('GET /replaced.bin HTTP/1.1\r\nHost: a\r\n\r\n')
    await wait(200)
    writeFileSync(`${path}.new`, 'b')
    renameSync(`${path}.new`, path)
    client.resume()
    const { status, body } = await client.response()
    expect([status, body.equals(Buffer.alloc(16 * MIB, 'a'))]).toEqual([200, true])
    expect((await request('/replaced.bin')).text).toBe('b')
  })

  it.each<[string, (path: string, server: RunningServer) => void]>([
    ['linked, as rsync --link-dest and cp -al do', path => linkSync(path, `${path}.backup`)],
    ['given another mode', path => chmodSync(path, 0o640)],
    ['given to another group', path => chownSync(path, process.getuid!(), process.getgid!())],
    ['renamed', path => renameSync(path, `${path}.other`)],
  ])(
    'is sent to its end if it is %s meanwhile, and keeps its tag',
    async (how, change) => {
      const name = `${how.slice(0, 5).trim()}-${how.length}.bin`
      const path = folder.write(name, Buffer.alloc(32 * MIB, 'a'))
      // Its readers must not depend on the mode.
      chmodSync(path, 0o644)
      await wait(SETTLED_MS)
      const etag = (await request(`/${name}`, '', 'HEAD')).field('etag')!
      const client = await RawClient.connect(server.port)
      client.pause()
      client.send(`GET /${name} HTTP/1.1\r\nHost: a\r\n\r\n`)
      await wait(300)
      change(path, server)
      client.resume()
      const { status, body, field } = await client.response()
      expect([status, body.length, field('etag')]).toEqual([200, 32 * MIB, etag])
      if (!existsSync(path)) renameSync(`${path}.other`, path)
      chmodSync(path, 0o644)
      // At once, and when the change is a while ago: a download can be resumed.
      for (const ms of [0, SETTLED_MS]) {
        await wait(ms)
        const part = await request(`/${name}`, `Range: bytes=5-9\r\nIf-Range: ${etag}\r\n`)
        expect([part.status, part.text]).toEqual([206, 'aaaaa'])
      }
    },
    30_000,
  )

  it('is aborted if it is rewritten while it is sent, and gets its old time back', async () => {
    const path = folder.write('put-back.bin', Buffer.alloc(32 * MIB, 1))
    utimesSync(path, DATE, DATE)
    await wait(SETTLED_MS)
    const etag = (await request('/put-back.bin', '', 'HEAD')).field('etag')
    const client = await RawClient.connect(server.port)
    client.pause()
    client.send('GET /put-back.bin HTTP/1.1\r\nHost: a\r\n\r\n')
    await wait(300)
    writeFileSync(path, Buffer.alloc(32 * MIB, 2), { flag: 'r+' })
    utimesSync(path, DATE, DATE)
    client.resume()
    expect((await client.ending()).rest.length).toBeLessThan(32 * MIB)
    await wait(SETTLED_MS)
    expect((await request('/put-back.bin', '', 'HEAD')).field('etag')).not.toBe(etag)
  }, 30_000)

  it('is read from the new target when the root is a symbolic link that is swapped', async () => {
    const own = new TemporaryFolder({ 'v1/a.txt': 'one', 'v2/a.txt': 'two' })
    symlinkSync('v1', `${own.path}/current`)
    const swapped = await RunningServer.start([`${own.path}/current`])
    try {
      expect((await request('/a.txt', '', 'GET', swapped)).text).toBe('one')
      symlinkSync('v2', `${own.path}/next`)
      renameSync(`${own.path}/next`, `${own.path}/current`)
      await wait(SETTLED_MS)
      expect((await request('/a.txt', '', 'GET', swapped)).text).toBe('two')
    } finally {
      await swapped.kill()
      own.remove()
    }
  })
})

describe.skipIf(process.platform !== 'linux')('descriptors', () => {
  /** Resolves when there are no more than before: a socket closes after some turns of the loop. */
  const areClosed = (before: number) =>
    expect.poll(openDescriptors, { timeout: 10_000 }).toBeLessThanOrEqual(before)

  it('are all closed after 1000 aborted downloads', async () => {
    folder.write('large.bin', Buffer.alloc(8 * MIB))
    await wait(SETTLED_MS)
    await request('/')
    const before = openDescriptors()
    for (let batch = 0; batch < 20; batch++) {
      const downloads = Array.from({ length: 50 }, async () => {
        const socket = connect(server.port, '127.0.0.1')
        socket.on('error', () => {})
        socket.write('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n')
        await new Promise(resolve => socket.once('data', resolve))
        socket.resetAndDestroy()
      })
      await Promise.all(downloads)
    }
    await areClosed(before)
    expect((await request('/')).text).toBe('home')
  }, 60_000)

  it('are no more after 1000 conditional GETs', async () => {
    folder.write('large.bin', Buffer.alloc(8 * MIB))
    await wait(SETTLED_MS)
    const etag = (await request('/large.bin', '', 'HEAD')).field('etag')
    const conditional = `GET /large.bin HTTP/1.1\r\nHost: a\r\nIf-None-Match: ${etag}\r\n\r\n`
    const client = await RawClient.connect(server.port)
    expect((await client.request(conditional)).status).toBe(304)
    const before = openDescriptors()
    for (let batch = 0; batch < 20; batch++) {
      client.send(conditional.repeat(50))
      for (const { status } of await client.responses(50)) expect(status).toBe(304)
    }
    await areClosed(before)
  }, 60_000)
})
