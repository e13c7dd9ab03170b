import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { FIN, type Finish, RawClient } from '../raw-client.ts'
import { get, post } from './request-bytes.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const DEADLINE_MS = 300
const LARGE = Buffer.alloc(30_000_000)

describe.concurrent('deadlines', () => {
  let folder: TemporaryFolder
  let server: RunningServer

  beforeAll(async () => {
    folder = new TemporaryFolder({ 'a.txt': 'a', 'large.bin': LARGE, 'slowly.bin': LARGE })
    server = await RunningServer.start([
      folder.path,
      '--endpoints=echo,sleep,files',
      `--sleep-ms=${DEADLINE_MS * 3}`,
      `--head-timeout-ms=${DEADLINE_MS}`,
      `--idle-timeout-ms=${DEADLINE_MS}ms`,
      `--content-timeout-ms=${DEADLINE_MS}`,
      '--content-bytes-per-second-min=20B',
      `--write-timeout-ms=${DEADLINE_MS}`,
      '--write-bytes-per-second-min=100KiB',
      `--linger-timeout-ms=${DEADLINE_MS}`,
      `--linger-total-ms=${DEADLINE_MS * 3}`,
    ])
  })
  afterAll(async () => {
    await server?.kill()
    folder.remove()
  })

  const connect = (finish: Finish): Promise<RawClient> => RawClient.connect(server.port, finish)

  it.for<[what: string, sent: string]>([
    ['half a request line', 'GET / HT'],
    ['half a head', 'GET / HTTP/1.1\r\nHost: a\r\n'],
    ['one byte', 'G'],
  ])('%s: 408 and close, not before the deadline', async ([, sent], { onTestFinished, expect }) => {
    const client = await connect(onTestFinished)
    const startMs = performance.now()
    const response = await client.send(sent).response()
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(DEADLINE_MS - 20)
    expect([response.status, response.field('connection')]).toEqual([408, 'close'])
    expect(await client.ending()).toEqual(FIN)
  })

  it.for<[what: string, sent: string]>([
    ['an empty line', '\r\n'],
    ['half an empty line', '\r'],
    ['an empty line behind the content of a POST', `${post('/a.txt', 'Content-Length: 1')}x\r\n`],
  ])('%s and nothing more: close without a 408', async ([, sent], { onTestFinished, expect }) => {
    const client = await connect(onTestFinished)
    client.send(sent)
    if (sent.length > 2) expect((await client.response('POST')).status).toBe(405)
    expect(await client.ending()).toEqual(FIN)
  })

  it('lingering ends with a reset if the client does not stop sending', async ({
    onTestFinished,
    expect,
  }) => {
    const client = await connect(onTestFinished)
    client.send(get('/a.txt', 'Connection: close'))
    expect((await client.response()).text).toBe('a')
    expect(await client.ending()).toEqual(FIN)
    const startMs = performance.now()
    const endless = async (): Promise<void> => {
      for (let n = 0; n < 100; n++) {
        await client.sent('x'.repeat(1000))
        await pause(DEADLINE_MS / 3)
      }
    }
    await expect(endless()).rejects.toThrow(/EPIPE|ECONNRESET/)
    expect(performance.now() - startMs).toBeGreaterThan(DEADLINE_MS * 2)
  })

  it('the next head after a response has a deadline as well', async ({
    onTestFinished,
    expect,
  }) => {
    const client = await connect(onTestFinished)
    expect((await client.request(`${get('/a.txt')}GET / HT`)).status).toBe(200)
    expect((await client.response()).status).toBe(408)
    expect(await client.ending()).toEqual(FIN)
  })

  it('a head that arrives byte by byte does not extend its deadline', async ({
    onTestFinished,
    expect,
  }) => {
    const client = await connect(onTestFinished)
    const startMs = performance.now()
    client.send('GET / HTTP/1.1\r\nHost: a\r\nB: ')
    const drip = setInterval(() => client.send('c'), 20)
    try {
      expect((await client.response()).status).toBe(408)
    } finally {
      clearInterval(drip)
    }
    expect(performance.now() - startMs).toBeLessThan(DEADLINE_MS * 5)
  })

  it('an idle connection is closed without a response', async ({ onTestFinished, expect }) => {
    const client = await connect(onTestFinished)
    const startMs = performance.now()
    expect(await client.ending()).toEqual(FIN)
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(DEADLINE_MS - 20)
  })

  it('an idle connection that was used is closed as well', async ({ onTestFinished, expect }) => {
    const client = await connect(onTestFinished)
    expect((await client.request(get('/a.txt'))).text).toBe('a')
    const startMs = performance.now()
    expect(await client.ending()).toEqual(FIN)
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(DEADLINE_MS - 20)
  })

  it('a connection with a request now and then is not idle', async ({ onTestFinished, expect }) => {
    const client = await connect(onTestFinished)
    const startMs = performance.now()
    while (performance.now() - startMs < DEADLINE_MS * 2.5)
      expect((await client.request(get('/a.txt'))).status).toBe(200)
    expect(client.isOver).toBe(false)
  })

  it('a connection is not idle while its response is pending', async ({
    onTestFinished,
    expect,
  }) => {
    const client = await connect(onTestFinished)
    expect((await client.request(get('/sleep'))).status).toBe(200)
  })

  it('content that stops arriving: 408 and close, and no file is left', async ({
    onTestFinished,
    expect,
  }) => {
    const stopped = folder.folder('stopped')
    const client = await connect(onTestFinished)
    const request = `${post('/files/stopped/a.bin', 'Content-Length: 10')}abc`
    const response = await client.request(request, 'POST')
    expect([response.status, response.field('connection')]).toEqual([408, 'close'])
    expect(await client.ending()).toEqual(FIN)
    await expect.poll(() => readdirSync(stopped), { interval: 10, timeout: 5000 }).toEqual([])
  })

  it('content that arrives byte by byte, but fast enough, extends its deadline', async ({
    onTestFinished,
    expect,
  }) => {
    const client = await connect(onTestFinished)
    client.send(post('/files/drip.bin', 'Content-Length: 20'))
    let sent = 0
    const done = new Promise<void>(resolve => {
      const drip = setInterval(() => {
        client.send('x')
        if (++sent < 20) return
        clearInterval(drip)
        resolve()
      }, DEADLINE_MS / 10)
    })
    await done
    expect((await client.response('POST')).status).toBe(201)
    expect(readFileSync(join(folder.path, 'drip.bin'), 'utf8')).toBe('x'.repeat(20))
  })

  it('content after a 100 response has the deadline too', async ({ onTestFinished, expect }) => {
    const client = await connect(onTestFinished)
    client.send(post('/files/never.bin', 'Content-Length: 10', 'Expect: 100-continue'))
    expect((await client.response('POST')).status).toBe(100)
    expect((await client.response('POST')).status).toBe(408)
    expect(await client.ending()).toEqual(FIN)
  })

  it('the server does not wait for content that it would discard', async ({
    onTestFinished,
    expect,
  }) => {
    const client = await connect(onTestFinished)
    expect((await client.request(get('/a.txt', 'Content-Length: 10'))).status).toBe(200)
    const { rest } = await client.ending()
    expect(rest).toBe('')
  })

  it.skipIf(process.platform !== 'linux')(
    'a client that does not read is disconnected',
    async ({ onTestFinished, expect }) => {
      const client = (await connect(onTestFinished)).pause()
      await client.sent(get('/large.bin'))
      // The server closes the file when it aborts the response.
      const open = (): boolean =>
        readdirSync(`/proc/${server.pid}/fd`).some(fd => {
          try {
            return readlinkSync(`/proc/${server.pid}/fd/${fd}`).endsWith('large.bin')
          } catch {
            return false
          }
        })
      await expect.poll(open, { interval: 10, timeout: 5000 }).toBe(true)
      await expect.poll(open, { interval: 10, timeout: 5000 }).toBe(false)
      client.resume()
      const { rest } = await client.ending()
      expect(rest.length).toBeLessThan(30_000_000)
    },
  )

  it('a client that reads slowly is not, though its kernel acknowledges a megabyte at a time', {
    timeout: 60_000,
  }, async ({ onTestFinished, expect }) => {
    const client = await connect(onTestFinished)
    await client.sent(get('/slowly.bin'))
    // At a megabyte per second, the kernel makes progress less often than the deadline.
    for (let seconds = 1; seconds <= 5; seconds++) {
      await client.resume().holds(seconds * 1_000_000)
      client.pause()
      await new Promise(resolve => setTimeout(resolve, 1000))
    }
    const response = await client.resume().response()
    expect([response.status, response.body.length]).toEqual([200, 30_000_000])
  })

  it('a client that does not close after its last response is disconnected', async ({
    onTestFinished,
    expect,
  }) => {
    const client = await connect(onTestFinished)
    await client.request(get('/a.txt', 'Connection: close'))
    expect(await client.ending()).toEqual(FIN)
    // The client keeps its half open. The server destroys the connection, so later bytes fail.
    const endless = async (): Promise<void> => {
      for (;;) {
        await client.sent('x')
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
    await expect(endless()).rejects.toThrow(/EPIPE|ECONNRESET/)
  })
})
