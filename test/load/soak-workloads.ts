import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Check, CheckingClient } from './checking-client.ts'
import { bytesMismatch, randomFrom, type Site, statusMismatch } from './site.ts'
import type { Tally } from './tally.ts'

/** What every client of the soak test needs. All clients run until the signal. */
export type SoakContext = {
  readonly port: number
  readonly site: Site
  readonly tally: Tally
  readonly signal: AbortSignal
}

/** One client, the `n`th of its kind. */
type Client = (context: SoakContext, n: number) => Promise<void>

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const HOST = 'Host: localhost'

/** Sends one request after another. Every third client opens a new connection for each. */
const sequential: Client = async ({ port, site, tally, signal }, n) => {
  const random = randomFrom(n)
  const client = new CheckingClient(port, tally)
  while (!signal.aborted) {
    await client.run(site.any(random))
    if (n % 3 === 0) client.close()
    await sleep(random() * 10)
  }
  client.close()
}

/** Pipelines up to 16 requests. */
const pipelining: Client = async ({ port, site, tally, signal }, n) => {
  const random = randomFrom(100 + n)
  const client = new CheckingClient(port, tally)
  while (!signal.aborted) {
    const checks = Array.from({ length: 1 + Math.floor(random() * 16) }, () => site.any(random))
    await client.run(...checks)
    await sleep(random() * 50)
  }
  client.close()
}

/** Reads a large file slowly and checks each byte. */
const slowReader: Client = async ({ port, site, tally, signal }) => {
  while (!signal.aborted) {
    const { request, bytes } = site.huge()
    const socket = connect({ host: '127.0.0.1', port }).on('error', () => {})
    socket.write(request)
    let head = ''
    let at = 0
    let problem: string | undefined
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
      if (problem === undefined && !body.equals(bytes.subarray(at, at + body.length)))
        problem = `wrong bytes from ${at}`
      at += body.length
      if (at >= bytes.length || problem !== undefined || signal.aborted) break
      await sleep(10)
    }
    socket.destroy()
    if (signal.aborted) return
    if (problem !== undefined) tally.countWrong(`slow: ${problem}`)
    else if (at < bytes.length) tally.countLost(`slow: ${at} of ${bytes.length} bytes`)
    else tally.countRight('slow')
  }
}

/** Disconnects in a head, a download or an upload, with FIN or with RST. */
const disconnecting: Client = async ({ port, tally, signal }, n) => {
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
    await sleep(random() * 20)
    if (random() < 0.5) socket.resetAndDestroy()
    else socket.destroy()
    tally.countRight('disconnected')
  }
}

/** Uploads a file, with Content-Length or chunked, and downloads it again. */
const uploading: Client = async ({ port, site, tally, signal }, n) => {
  const random = randomFrom(300 + n)
  const client = new CheckingClient(port, tally)
  for (let file = 0; !signal.aborted; file++) {
    const name = `up-${n}-${file}.bin`
    const bytes = randomBytes(1 + Math.floor(random() * 200_000))
    const framed = random() < 0.5 ? withLength(bytes) : chunked(bytes, random)
    const head = [`PUT /files/${name} HTTP/1.1`, HOST, framed.field, '', ''].join('\r\n')
    const put: Check = {
      kind: 'upload',
      method: 'PUT',
      request: Buffer.concat([Buffer.from(head), framed.content]),
      verify: response => statusMismatch(response, 201),
    }
    const download: Check = {
      kind: 'upload read again',
      method: 'GET',
      request: `GET /files/${name} HTTP/1.1\r\n${HOST}\r\n\r\n`,
      verify: response => statusMismatch(response, 200) ?? bytesMismatch(response.body, bytes),
    }
    if (await client.run(put)) await client.run(download)
    rmSync(join(site.root, name), { force: true })
    await sleep(random() * 50)
  }
  client.close()
}

const withLength = (bytes: Buffer) => ({ field: `Content-Length: ${bytes.length}`, content: bytes })

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

/** Requests that the server must refuse, with the status it must send. */
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

/** Sends a malformed request after a good one. */
const malformed: Client = async ({ port, site, tally, signal }, n) => {
  const random = randomFrom(400 + n)
  const client = new CheckingClient(port, tally)
  while (!signal.aborted) {
    const [expected, request] = MALFORMED[Math.floor(random() * MALFORMED.length)]!
    const verify: Check['verify'] = response =>
      statusMismatch(response, expected) ??
      (response.field('connection') === 'close' ? undefined : 'without Connection: close')
    await client.run(site.whole('small.txt'), {
      kind: 'malformed',
      method: 'GET',
      request: Buffer.from(request, 'latin1'),
      verify,
    })
    await sleep(random() * 50)
  }
  client.close()
}

/** How many clients of each kind run. */
const CLIENTS: readonly (readonly [count: number, client: Client])[] = [
  [9, sequential],
  [4, pipelining],
  [4, slowReader],
  [4, disconnecting],
  [3, uploading],
  [2, malformed],
]

/** Runs all clients until the signal. */
export async function runClients(context: SoakContext): Promise<void> {
  await Promise.all(
    CLIENTS.flatMap(([count, client]) =>
      Array.from({ length: count }, (_, n) => client(context, n)),
    ),
  )
}
