import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIN, RawClient } from '../raw-client.ts'
import { get, post } from './request-bytes.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const UPLOAD_BYTES_MAX = 100_000

let folder: TemporaryFolder
let server: RunningServer

beforeAll(async () => {
  folder = new TemporaryFolder({ 'a.txt': 'a' })
  const flags = ['--endpoints=echo,files', `--upload-bytes-max=${UPLOAD_BYTES_MAX}`]
  server = await RunningServer.start([folder.path, ...flags])
})
afterAll(async () => {
  await server?.kill()
  folder.remove()
})

const connect = (): Promise<RawClient> => RawClient.connect(server.port)

describe('a malformed request', () => {
  const fieldsOf = (count: number): string =>
    Array.from({ length: count }, (_, n) => `A${n}: b\r\n`).join('')
  const TE = 'Transfer-Encoding: chunked'

  it.each<[code: string, status: number, sent: string]>([
    ['tls-handshake', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['too-many-empty-lines', 400, `${'\r\n'.repeat(9)}GET / HTTP/1.1\r\n`],
    ['method-malformed', 400, 'GE(T / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['method-malformed', 400, ' GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['method-too-long', 501, `${'M'.repeat(33)} / HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['target-malformed', 400, 'GET a HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['target-malformed', 400, 'GET /a\x00b HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['target-malformed', 400, 'GET * HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['target-malformed', 400, 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['target-too-long', 414, `GET /${'a'.repeat(8200)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['version-malformed', 400, 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n'],
    ['version-malformed', 400, 'GET / http/1.1\r\nHost: a\r\n\r\n'],
    ['version-malformed', 400, 'GET / \r\nHost: a\r\n\r\n'],
    ['target-malformed', 400, 'GET /\r\nHost: a\r\n\r\n'],
    ['version-unsupported', 505, 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'],
    ['http2-preface', 505, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['bare-lf', 400, 'GET / HTTP/1.1\nHost: a\r\n\r\n'],
    ['bare-lf', 400, 'GET / HTTP/1.1\r\nHost: a\n\r\n'],
    ['bare-cr', 400, 'GET / HTTP/1.1\r\nHost: a\r\rB: c\r\n\r\n'],
    ['field-line-folded', 400, 'GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n'],
    ['field-name-malformed', 400, 'GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n'],
    ['field-name-malformed', 400, 'GET / HTTP/1.1\r\nHost: a\r\nA(b: c\r\n\r\n'],
    ['field-name-space', 400, 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\n'],
    ['field-value-malformed', 400, 'GET / HTTP/1.1\r\nHost: a\r\nB: c\x00d\r\n\r\n'],
    ['field-line-too-long', 431, `GET / HTTP/1.1\r\nHost: a\r\nB: ${'c'.repeat(8200)}\r\n\r\n`],
    [
      'fields-too-large',
      431,
      `GET / HTTP/1.1\r\nHost: a\r\n${`B: ${'c'.repeat(4000)}\r\n`.repeat(5)}\r\n`,
    ],
    ['too-many-fields', 431, `GET / HTTP/1.1\r\nHost: a\r\n${fieldsOf(100)}\r\n`],
    ['host-missing', 400, 'GET / HTTP/1.1\r\n\r\n'],
    ['host-repeated', 400, 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n'],
    ['host-malformed', 400, 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'],
    ['host-malformed', 400, 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n'],
    ['content-length-malformed', 400, get('/a.txt', 'Content-Length: +3')],
    ['content-length-malformed', 400, get('/a.txt', 'Content-Length: 3, 3')],
    ['content-length-malformed', 400, get('/a.txt', 'Content-Length: 9007199254740992')],
    ['content-length-repeated', 400, get('/a.txt', 'Content-Length: 3', 'Content-Length: 4')],
    ['content-length-with-transfer-encoding', 400, get('/a.txt', 'Content-Length: 3', TE)],
    ['content-length-with-transfer-encoding', 400, get('/a.txt', TE, 'Content-Length: 3')],
    ['transfer-encoding-in-http-1.0', 400, `GET / HTTP/1.0\r\n${TE}\r\n\r\n`],
    ['transfer-encoding-malformed', 400, get('/a.txt', 'Transfer-Encoding: chunked, chunked')],
    ['transfer-encoding-malformed', 400, get('/a.txt', 'Transfer-Encoding: xChunked')],
    ['field-value-malformed', 400, get('/a.txt', 'Transfer-Encoding: \x0bchunked')],
    ['transfer-encoding-malformed', 400, get('/a.txt', 'Transfer-Encoding: chunked, gzip')],
    ['transfer-coding-unknown', 501, get('/a.txt', 'Transfer-Encoding: gzip, chunked')],
    ['chunk-size-malformed', 400, `${post('/files/bad.txt', TE)}xyz\r\n`],
    ['chunk-size-malformed', 400, `${post('/files/bad.txt', TE)}-1\r\n`],
    ['chunk-size-malformed', 400, `${post('/files/bad.txt', TE)}0x1\r\n`],
    ['chunk-size-overflow', 400, `${post('/files/bad.txt', TE)}${'f'.repeat(17)}\r\n`],
    ['chunk-line-too-long', 400, `${post('/files/bad.txt', TE)}1;${'a'.repeat(600)}\r\n`],
    ['chunk-data-unterminated', 400, `${post('/files/bad.txt', TE)}3\r\nabcdef`],
    ['bare-lf', 400, `${post('/files/bad.txt', TE)}3\nabc\r\n`],
    ['trailers-too-large', 431, `${post('/files/bad.txt', TE)}0\r\nA: ${'b'.repeat(4100)}\r\n\r\n`],
    ['trailer-forbidden', 400, `${post('/files/bad.txt', TE)}0\r\nContent-Length: 3\r\n\r\n`],
    [
      'content-too-large',
      413,
      `${post('/files/bad.txt', TE)}${(UPLOAD_BYTES_MAX + 1).toString(16)}\r\n`,
    ],
  ])('%s gets a %i with its code, and the connection closes', async (code, status, sent) => {
    const client = await connect()
    const response = await client.send(sent).response('POST')
    expect([response.status, response.field('connection')]).toEqual([status, 'close'])
    expect(response.field('content-type')).toBe('text/plain; charset=utf-8')
    const [line, reason] = response.text.split('\n')
    expect(line).toBe(`${status} ${response.reason}`)
    expect(reason).toMatch(new RegExp(`^${code.replaceAll('.', '\\.')}: [A-Z].*\\.$`))
    expect(await client.ending()).toEqual(FIN)
  })

  it('is refused when it arrives byte by byte, too', async () => {
    const client = await connect()
    for (const byte of 'GET / HTTP/1.1\r\nHost: a\r\nB : c\r\n') {
      if (client.isOver) break
      await client.sent(byte)
    }
    expect((await client.response()).text).toContain('field-name-space: ')
    expect(await client.ending()).toEqual(FIN)
  })

  it('smuggles no request: the bytes behind it get no response', async () => {
    const client = await connect()
    client.send(post('/a.txt', 'Content-Length: 3', TE) + get('/echo/smuggled'))
    expect((await client.response()).status).toBe(400)
    expect(await client.ending()).toEqual(FIN)
  })
})
