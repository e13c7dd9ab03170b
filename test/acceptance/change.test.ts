import {
  appendFileSync,
  chmodSync,
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
import { RawClient, type RawResponse } from './raw-client.ts'
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

async function ask(path: string, fields = '', method = 'GET', from = server): Promise<RawResponse> {
  const client = await RawClient.connect(from.port)
  return client.request(`${method} ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)
}

/** Descriptors that the server has open of files below the folder. */
function openFiles(): number {
  return readdirSync(`/proc/${server.pid}/fd`).length
}

describe('a file that has changed', () => {
  it.each([
    ['in place', (path: string) => writeFileSync(path, 'after!')],
    ['in place, to the same size', (path: string) => writeFileSync(path, 'AFTER!')],
    [
      'in place, and has its old time again, as deploy tools have it',
      (path: string) => {
        writeFileSync(path, 'AFTER!')
        utimesSync(path, DATE, DATE)
      },
    ],
    [
      'by another in its place',
      (path: string) => {
        writeFileSync(`${path}.new`, 'other!')
        renameSync(`${path}.new`, path)
      },
    ],
    ['and is shorter', (path: string) => truncateSync(path, 2)],
    ['and is empty', (path: string) => truncateSync(path, 0)],
    ['and is longer', (path: string) => appendFileSync(path, ' and more')],
  ])('%s, is right within a second', async (how, change) => {
    const name = `${how.replace(/\W+/g, '-')}.txt`
    const path = folder.write(name, 'before')
    utimesSync(path, DATE, DATE)
    await wait(SETTLED_MS)
    const before = await ask(`/${name}`)
    expect(before.text).toBe('before')
    expect((await ask(`/${name}`, `If-None-Match: ${before.fields.get('etag')}\r\n`)).status).toBe(
      304,
    )
    change(path)
    await wait(SETTLED_MS)
    const { readFileSync } = await import('node:fs')
    const after = await ask(`/${name}`, `If-None-Match: ${before.fields.get('etag')}\r\n`)
    expect(after.text).toBe(readFileSync(path, 'utf8'))
    expect(after.fields.get('content-length')).toBe(String(after.body.length))
  })

  it('is gone when it is deleted, and back when it is written again', async () => {
    const path = folder.write('comes.txt', 'one')
    expect((await ask('/comes.txt')).text).toBe('one')
    rmSync(path)
    await wait(SETTLED_MS)
    expect((await ask('/comes.txt')).status).toBe(404)
    folder.write('comes.txt', 'two')
    await wait(SETTLED_MS)
    expect((await ask('/comes.txt')).text).toBe('two')
  })

  it.skipIf(whyNotUnprivileged() !== undefined)(
    'is forbidden when it may not be read any more',
    async () => {
      const path = folder.write('locked.txt', 'x')
      expect((await ask('/locked.txt')).status).toBe(200)
      chmodSync(path, 0)
      await wait(SETTLED_MS)
      expect((await ask('/locked.txt')).status).toBe(403)
      chmodSync(path, 0o644)
      await wait(SETTLED_MS)
      expect((await ask('/locked.txt')).status).toBe(200)
    },
  )

  it('is never torn: a head has its own bytes, however often it is rewritten', async () => {
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
        const { status, text, fields } = await ask('/rewritten.txt')
        expect(status).toBe(200)
        expect(new Set(text).size).toBe(1)
        expect(text.length).toBe(Number(fields.get('content-length')))
      }
    } finally {
      stop = true
      await rewriting
    }
  })

  it('is cut off where it changes while it is being sent, and nothing is padded', async () => {
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
    expect((await ask('/')).text).toBe('home')
  }, 30_000)

  it('may grow all the time: what was there when it was looked at is sent', async () => {
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
        const { status, fields, body } = await ask('/growing.txt')
        expect([status, String(body.length)]).toEqual([200, fields.get('content-length')])
      }
    } finally {
      stop = true
      await growing
    }
  })

  it('may grow while it is written and read', async () => {
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

  it('is sent to its end, be it replaced or deleted meanwhile', async () => {
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
    expect((await ask('/replaced.bin')).text).toBe('b')
  })

  it('is what the root leads to, when that is swapped', async () => {
    const own = new TemporaryFolder({ 'v1/a.txt': 'one', 'v2/a.txt': 'two' })
    symlinkSync('v1', `${own.path}/current`)
    const swapped = await RunningServer.start([`${own.path}/current`])
    try {
      expect((await ask('/a.txt', '', 'GET', swapped)).text).toBe('one')
      symlinkSync('v2', `${own.path}/next`)
      renameSync(`${own.path}/next`, `${own.path}/current`)
      await wait(SETTLED_MS)
      expect((await ask('/a.txt', '', 'GET', swapped)).text).toBe('two')
    } finally {
      await swapped.kill()
      own.remove()
    }
  })
})

describe.skipIf(process.platform !== 'linux')('descriptors', () => {
  /** Resolves when there are no more than before: a closing socket takes some turns. */
  const areBack = (before: number) =>
    expect.poll(openFiles, { timeout: 10_000 }).toBeLessThanOrEqual(before)

  it('are all closed after 1000 downloads that were broken off', async () => {
    folder.write('large.bin', Buffer.alloc(8 * MIB))
    await wait(SETTLED_MS)
    await ask('/')
    const before = openFiles()
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
    await areBack(before)
    expect((await ask('/')).text).toBe('home')
  }, 60_000)

  it('are none more after 1000 conditional GETs', async () => {
    folder.write('large.bin', Buffer.alloc(8 * MIB))
    await wait(SETTLED_MS)
    const etag = (await ask('/large.bin', '', 'HEAD')).fields.get('etag')
    const request = `GET /large.bin HTTP/1.1\r\nHost: a\r\nIf-None-Match: ${etag}\r\n\r\n`
    const client = await RawClient.connect(server.port)
    expect((await client.request(request)).status).toBe(304)
    const before = openFiles()
    for (let batch = 0; batch < 20; batch++) {
      client.send(request.repeat(50))
      for (const { status } of await client.responses(50)) expect(status).toBe(304)
    }
    await areBack(before)
  }, 60_000)
})
