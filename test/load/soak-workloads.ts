import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Check, CheckingClient } from './checking-client.ts'
import { randomFrom, type Site, same, status } from './site.ts'
import type { Tally } from './tally.ts'

/** What goes on against one server until the signal, each of them in its own manner, all at once. */
export type World = {
  readonly port: number
  readonly site: Site
  readonly tally: Tally
  readonly signal: AbortSignal
}

type Workload = (world: World, n: number) => Promise<void>

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const HOST = 'Host: load.test'

/** Asks for one thing after the other; every third of these clients connects anew each time. */
const asking: Workload = async ({ port, site, tally, signal }, n) => {
  const random = randomFrom(n)
  const client = new CheckingClient(port, tally)
  while (!signal.aborted) {
    await client.ask(site.any(random))
    if (n % 3 === 0) client.close()
    await pause(random() * 10)
  }
  client.close()
}

/** Asks for up to 16 things at once. */
const pipelining: Workload = async ({ port, site, tally, signal }, n) => {
  const random = randomFrom(100 + n)
  const client = new CheckingClient(port, tally)
  while (!signal.aborted) {
    const checks = Array.from({ length: 1 + Math.floor(random() * 16) }, () => site.any(random))
    await client.ask(...checks)
    await pause(random() * 50)
  }
  client.close()
}

/** Takes a large file slowly. Each of its bytes is looked at. */
const readingSlowly: Workload = async ({ port, site, tally, signal }) => {
  while (!signal.aborted) {
    const { request, bytes } = site.huge()
    const socket = connect({ host: '127.0.0.1', port }).on('error', () => {})
    socket.write(request)
    let head = ''
    let at = 0
    let wrong: string | undefined
    for await (const chunk of socket.iterator({
      destroyOnReturn: false,
    }) as AsyncIterable<Buffer>) {
      let body = chunk
      if (!head.includes('\r\n\r\n')) {
        head += chunk.toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end === -1) continue
        body = Buffer.from(head.slice(end + 4), 'latin1')
        head = head.slice(0, end + 4)
      }
      if (wrong === undefined && !body.equals(bytes.subarray(at, at + body.length)))
        wrong = `other bytes from ${at}`
      at += body.length
      if (at >= bytes.length || wrong !== undefined || signal.aborted) break
      await pause(10)
    }
    socket.destroy()
    if (signal.aborted) return
    if (wrong !== undefined) tally.wrongAnswer(`slow: ${wrong}`)
    else if (at < bytes.length) tally.lostRequest(`slow: ${at} of ${bytes.length} bytes`)
    else tally.count('slow')
  }
}

/** Goes away: within a head, within a download, within an upload, with FIN or with a reset. */
const leaving: Workload = async ({ port, tally, signal }, n) => {
  const random = randomFrom(200 + n)
  const beginnings = [
    `GET /large.bin HTTP/1.1\r\n${HOST}\r\n\r\n`,
    'GET /small.txt HTTP/1.1\r\nHos',
    `PUT /files/never.bin HTTP/1.1\r\n${HOST}\r\nContent-Length: 100000\r\n\r\nabc`,
    `PUT /files/never.bin HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nabc`,
    '',
  ]
  while (!signal.aborted) {
    const socket = connect({ host: '127.0.0.1', port }).on('error', () => {})
    await once(socket, 'connect').catch(() => {})
    socket.write(beginnings[Math.floor(random() * beginnings.length)]!)
    await pause(random() * 20)
    if (random() < 0.5) socket.resetAndDestroy()
    else socket.destroy()
    tally.count('left')
  }
}

/** Uploads, of a known length or chunked, and reads back. */
const uploading: Workload = async ({ port, site, tally, signal }, n) => {
  const random = randomFrom(300 + n)
  const client = new CheckingClient(port, tally)
  for (let file = 0; !signal.aborted; file++) {
    const name = `up-${n}-${file}.bin`
    const bytes = randomBytes(1 + Math.floor(random() * 200_000))
    const framed = random() < 0.5 ? plain(bytes) : chunked(bytes, random)
    const head = [`PUT /files/${name} HTTP/1.1`, HOST, framed.field, '', ''].join('\r\n')
    const put: Check = {
      kind: 'upload',
      method: 'PUT',
      request: Buffer.concat([Buffer.from(head), framed.content]),
      verify: answer => status(answer, 201),
    }
    const back: Check = {
      kind: 'read back',
      method: 'GET',
      request: `GET /files/${name} HTTP/1.1\r\n${HOST}\r\n\r\n`,
      verify: answer => status(answer, 200) ?? same(answer.body, bytes),
    }
    if (await client.ask(put)) await client.ask(back)
    rmSync(join(site.root, name), { force: true })
    await pause(random() * 50)
  }
  client.close()
}

const plain = (bytes: Buffer) => ({ field: `Content-Length: ${bytes.length}`, content: bytes })

function chunked(bytes: Buffer, random: () => number) {
  const parts: (Buffer | string)[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = Math.min(bytes.length - at, 1 + Math.floor(random() * 30_000))
    parts.push(`${size.toString(16)}\r\n`, bytes.subarray(at, at + size), '\r\n')
    at += size
  }
  const content = Buffer.concat([...parts, '0\r\n\r\n'].map(part => Buffer.from(part)))
  return { field: 'Transfer-Encoding: chunked', content }
}

/** What has to be refused, and with which status. */
const MALFORMED: readonly (readonly [status: number, request: string])[] = [
  [400, `GE(T / HTTP/1.1\r\n${HOST}\r\n\r\n`],
  [400, 'GET / HTTP/1.1\r\n\r\n'],
  [400, `GET / HTTP/1.1\r\n${HOST}\r\n${HOST}\r\n\r\n`],
  [400, `GET / HTTP/1.1\n${HOST}\r\n\r\n`],
  [400, `GET / HTTP/1.1\r\n${HOST}\r\nA : b\r\n\r\n`],
  [
    400,
    `PUT /files/x HTTP/1.1\r\n${HOST}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  ],
  [400, `PUT /files/x HTTP/1.1\r\n${HOST}\r\nContent-Length: +1\r\n\r\n`],
  [400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  [414, `GET /${'a'.repeat(9000)} HTTP/1.1\r\n${HOST}\r\n\r\n`],
  [431, `GET / HTTP/1.1\r\n${HOST}\r\nA: ${'a'.repeat(9000)}\r\n\r\n`],
  [505, `GET / HTTP/2.0\r\n${HOST}\r\n\r\n`],
]

/** Sends what must be refused, behind a request that must not. */
const misbehaving: Workload = async ({ port, site, tally, signal }, n) => {
  const random = randomFrom(400 + n)
  const client = new CheckingClient(port, tally)
  while (!signal.aborted) {
    const [due, request] = MALFORMED[Math.floor(random() * MALFORMED.length)]!
    const verify: Check['verify'] = answer =>
      status(answer, due) ??
      (answer.fields.get('connection') === 'close' ? undefined : 'it does not say that it closes')
    await client.ask(site.whole('small.txt'), {
      kind: 'malformed',
      method: 'GET',
      request: Buffer.from(request, 'latin1'),
      verify,
    })
    await pause(random() * 50)
  }
  client.close()
}

/** How many of each there are. */
const CROWD: readonly (readonly [count: number, workload: Workload])[] = [
  [9, asking],
  [4, pipelining],
  [4, readingSlowly],
  [4, leaving],
  [3, uploading],
  [2, misbehaving],
]

/** All of them until the signal. */
export async function crowd(world: World): Promise<void> {
  await Promise.all(
    CROWD.flatMap(([count, workload]) =>
      Array.from({ length: count }, (_, n) => workload(world, n)),
    ),
  )
}
