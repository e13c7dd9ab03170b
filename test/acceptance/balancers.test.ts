import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { RawClient } from '../raw-client.ts'
import { get } from './request-bytes.ts'
import { EXAMPLE_SITE, RunningServer } from './running-server.ts'

const HEADER = 'PROXY TCP4 198.51.100.9 192.0.2.1 4000 80\r\n'
/** A header of version 2, for a client at 2001:db8::1. */
const HEADER_V2 = Buffer.concat([
  Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24', 'latin1'),
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.alloc(16),
  Buffer.from([0x12, 0x34, 0, 80]),
])

async function start(...args: readonly string[]): Promise<RunningServer> {
  const server = await RunningServer.start([EXAMPLE_SITE, '--access-log=json', ...args])
  onTestFinished(() => server.kill())
  return server
}

/** Returns the addresses in the access log, once it has `count` lines. */
async function loggedAddresses(server: RunningServer, count: number): Promise<string[]> {
  await server.until(
    () => server.stdoutLines.length >= count,
    `the access log does not have ${count} lines`,
  )
  return server.stdoutLines.map(line => JSON.parse(line).remoteAddress)
}

describe.each(['raw', 'shared-buffer', 'stream'])(
  '--proxy-protocol-from, reading with %s',
  { timeout: 60_000 },
  strategy => {
    it('logs the address of the client, for both versions and for each request of a connection', async () => {
      const server = await start('--proxy-protocol-from=127.0.0.0/8', `--read-strategy=${strategy}`)
      const [first, second] = [
        await RawClient.connect(server.port),
        await RawClient.connect(server.port),
      ]
      first.send(`${HEADER}${get('/')}${get('/')}`)
      second.send(HEADER_V2.subarray(0, 20))
      for (let i = 0; i < 2; i++) expect((await first.response()).status).toBe(200)
      expect((await first.request(get('/'))).status).toBe(200)
      second.send(HEADER_V2.subarray(20))
      expect((await second.request(get('/'))).status).toBe(200)
      expect(await loggedAddresses(server, 4)).toEqual([
        '198.51.100.9',
        '198.51.100.9',
        '198.51.100.9',
        '2001:db8::1',
      ])
    })

    it('closes a connection without a header, or with a late one, without a response, and logs it once', async () => {
      const server = await start(
        '--proxy-protocol-from=127.0.0.1',
        '--head-timeout-ms=300',
        `--read-strategy=${strategy}`,
      )
      const bare = await RawClient.connect(server.port)
      bare.send(get('/'))
      expect((await bare.ending()).rest).toBe('')
      expect(await server.logged(/closed a connection from the balancer/)).toMatchObject({
        level: 'warn',
        code: 'proxy-header-missing',
        remoteAddress: '127.0.0.1',
        connections: 1,
      })
      const late = await RawClient.connect(server.port)
      late.send(HEADER.slice(0, 12))
      expect((await late.ending()).rest).toBe('')
      expect(server.stdout).toBe('')
    })
  },
)

describe('balancers', { timeout: 60_000 }, () => {
  it('that are not listed get a 400, because the header is read as a request', async () => {
    const server = await start('--proxy-protocol-from=192.0.2.1')
    const client = await RawClient.connect(server.port)
    client.send(HEADER + get('/'))
    expect((await client.response()).status).toBe(400)
    expect(await loggedAddresses(server, 1)).toEqual(['127.0.0.1'])
  })

  it('do not hold up a drain with an incomplete header', async () => {
    const server = await start('--proxy-protocol-from=127.0.0.1', '--head-timeout-ms=1s')
    const silent = await RawClient.connect(server.port)
    silent.send(HEADER.slice(0, 5))
    expect(await server.stop()).toBe(0)
    expect((await silent.ending()).rest).toBe('')
  })

  it('that only check whether the port is open, and reset, leave nothing in the log', async () => {
    const server = await start('--proxy-protocol-from=127.0.0.1')
    for (let i = 0; i < 100; i++) {
      const socket = connect({ host: '127.0.0.1', port: server.port })
      await once(socket, 'connect')
      socket.write(HEADER)
      socket.resetAndDestroy()
    }
    const client = await RawClient.connect(server.port)
    client.send(HEADER + get('/'))
    expect((await client.response()).status).toBe(200)
    expect(await loggedAddresses(server, 1)).toEqual(['198.51.100.9'])
    expect(server.log.map(({ msg }) => msg)).toEqual(['listening'])
  })

  it('that are trusted have the addresses of their clients logged', async () => {
    const server = await start('--trusted-proxies=127.0.0.1,198.51.100.0/24')
    const client = await RawClient.connect(server.port)
    await client.request(get('/', 'X-Forwarded-For: 1.2.3.4, 203.0.113.5, 198.51.100.9'))
    await client.request(get('/', 'Forwarded: for=1.2.3.4'))
    expect(await loggedAddresses(server, 2)).toEqual(['203.0.113.5', '127.0.0.1'])
  })
})

describe('health', { timeout: 60_000 }, () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'statewire-health-'))
    mkdirSync(join(folder, '-'))
    writeFileSync(join(folder, '-/ready'), 'of the site')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is reported, with no-store, and without a line in the access log', async () => {
    const server = await RunningServer.start([folder, '--access-log=json'])
    onTestFinished(() => server.kill())
    const client = await RawClient.connect(server.port)
    for (const word of ['live', 'ready']) {
      const { status, field, text } = await client.request(get(`/-/${word}`))
      expect([status, field('cache-control'), text]).toEqual([200, 'no-store', `${word}\n`])
    }
    const put = await client.request('PUT /-/live HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
    expect([put.status, put.field('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect((await fetch(`${server.url}/-/ready`, { method: 'HEAD' })).status).toBe(200)
    expect((await client.request(get('/nothing'))).status).toBe(404)
    await server.stop()
    expect(server.stdoutLines.map(line => JSON.parse(line).url)).toEqual(['/nothing'])
  })

  it('leaves its paths to the site with --no-health', async () => {
    const server = await RunningServer.start([folder, '--no-health'])
    onTestFinished(() => server.kill())
    expect(await (await fetch(`${server.url}/-/ready`)).text()).toBe('of the site')
    expect((await fetch(`${server.url}/-/live`)).status).toBe(404)
  })
})
