import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get } from '../acceptance/request-bytes.ts'
import { RunningServer } from '../acceptance/running-server.ts'
import { TemporaryFolder } from '../acceptance/temporary-folder.ts'
import { RawClient } from '../raw-client.ts'

const MIB = 1024 * 1024
const AT_ONCE = 50
const COUNT = 1000
/** Allows 48 KiB for each of 1000 downloads, for their buffers and for garbage on the heap. */
const SLACK_BYTES = 48 * MIB

let folder: TemporaryFolder
let server: RunningServer

beforeAll(async () => {
  folder = new TemporaryFolder({ 'index.html': 'home', 'large.bin': Buffer.alloc(8 * MIB) })
  server = await RunningServer.start([folder.path, '--log-level=debug'])
})
afterAll(async () => {
  await server?.kill()
  folder.remove()
})

/** Sends bytes, and resets the connection once they are sent or once a response begins. */
async function sendAndReset(sent: string, when: 'sent' | 'response'): Promise<void> {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise<void>(resolve => {
    socket.write(sent, () => when === 'sent' && resolve())
    socket.once('data', () => resolve())
    socket.once('close', () => resolve())
  })
  await new Promise<void>(resolve => socket.once('close', () => resolve()).resetAndDestroy())
}

async function repeat(one: () => Promise<void>): Promise<void> {
  for (let n = 0; n < COUNT; n += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, one))
}

async function conditional(): Promise<void> {
  const client = await RawClient.connect(server.port)
  const { field } = await client.request(get('/large.bin', 'Range: bytes=0-0'))
  const request = get('/large.bin', `If-None-Match: ${field('etag')}`)
  client.send(request.repeat(COUNT / AT_ONCE))
  for (const { status } of await client.responses(COUNT / AT_ONCE)) expect(status).toBe(304)
  client.destroy()
}

describe.skipIf(process.platform !== 'linux')(
  'descriptors, connections and memory are released after',
  () => {
    it.each<[what: string, act: () => Promise<unknown>]>([
      ['1000 aborted downloads', () => repeat(() => sendAndReset(get('/large.bin'), 'response'))],
      ['1000 conditional GETs', () => Promise.all(Array.from({ length: AT_ONCE }, conditional))],
      [
        '1000 resets during the head',
        () => repeat(() => sendAndReset('GET / HTTP/1.1\r\nHost: a\r\nX-Pad: ', 'sent')),
      ],
    ])('%s', { timeout: 60_000 }, async (_what, act) => {
      await act()
      const before = { files: server.openFiles.length, bytes: server.residentBytes }
      await act()
      // This counts connections as well: each has a descriptor.
      await expect
        .poll(() => server.openFiles.length, { timeout: 10_000 })
        .toBeLessThanOrEqual(before.files)
      await expect
        .poll(() => server.residentBytes, { timeout: 10_000 })
        .toBeLessThanOrEqual(before.bytes + SLACK_BYTES)
      const client = await RawClient.connect(server.port)
      expect((await client.request(get('/', 'Connection: close'))).text).toBe('home')
    })

    it('each connection is counted once, by the reason of its end', async () => {
      await server.stop()
      const { closeCounts } = server.log.find(({ msg }) => msg.startsWith('closed connections: '))!
      const ends = closeCounts as Record<string, number>
      expect(ends.reset).toBeGreaterThanOrEqual(2 * COUNT)
      // libuv reports a reset right behind bytes as the end of the input.
      expect(ends.reset! + ends['cut-short']!).toBeGreaterThanOrEqual(4 * COUNT)
      expect(ends['client-closed']).toBeGreaterThanOrEqual(3)
      const each = server.log.filter(({ msg }) => msg.startsWith('closed a connection: '))
      expect(each.length).toBe(Object.values(ends).reduce((sum, count) => sum + count, 0))
    })
  },
)
