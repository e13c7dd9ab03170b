import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const HOSTS = '[[hosts]]\nname = "b.example"\nroot = "."\n'

async function start(...flags: string[]): Promise<RunningServer> {
  const folder = new TemporaryFolder({ 'a.txt': 'a', 'statewire.toml': HOSTS })
  onTestFinished(() => folder.remove())
  const server = await RunningServer.start(['--linger-timeout-ms=100', ...flags], {
    cwd: folder.path,
  })
  onTestFinished(() => server.kill())
  return server
}

/** Sends bytes and returns everything that comes back. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  socket.setEncoding('latin1').write(bytes)
  let text = ''
  for await (const data of socket) text += data
  return text
}

const HOST = 'Host: a.example:80\r\nConnection: close\r\n'

describe('the JSON access log and the log at level debug', () => {
  it.each([
    ['host-missing', 400, 'GET / HTTP/1.1\r\n\r\n', 'parse-error'],
    ['tls-handshake', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'parse-error'],
    ['unexpected-end', 400, 'GET / HT', 'cut-short'],
    ['encoded-slash', 404, `GET /a%2Fb HTTP/1.1\r\n${HOST}\r\n`, 'client-closed'],
    ['dotfile', 404, `GET /.env HTTP/1.1\r\n${HOST}\r\n`, 'client-closed'],
    ['method-not-allowed', 405, `DELETE /a.txt HTTP/1.1\r\n${HOST}\r\n`, 'client-closed'],
    ['host-unknown', 421, `GET /a.txt HTTP/1.1\r\n${HOST}\r\n`, 'client-closed'],
    ['head-timeout', 408, 'GET / HTTP/1.1\r\n', 'head-timeout'],
    ['expectation-unknown', 417, `GET / HTTP/1.1\r\nExpect: x\r\n${HOST}\r\n`, 'response-failed'],
    ['tunnel', 501, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 'response-failed'],
  ])('have the code %s', async (code, status, bytes, closeReason) => {
    const flags = code === 'host-unknown' ? ['--unknown-hosts=refuse'] : []
    const server = await start(
      ...['--access-log=json', '--log-level=debug', '--head-timeout-ms=300', ...flags],
    )
    const isCut = code === 'unexpected-end'
    const socket = connect({ host: '127.0.0.1', port: server.port })
    socket.setEncoding('latin1')
    if (isCut) socket.end(bytes)
    else socket.write(bytes, 'latin1')
    let text = ''
    for await (const data of socket) text += data
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    await server.until(() => server.stdoutLines.length > 0, 'no line of the access log')
    const [line = ''] = server.stdoutLines
    const hasHead = bytes.endsWith('\r\n\r\n') && code !== 'host-missing'
    expect(JSON.parse(line)).toMatchObject({
      status,
      refusal: code,
      closeReason,
      bytesOut: text.length,
      bytesIn: hasHead ? bytes.length : 0,
      protocol: hasHead ? 'HTTP/1.1' : '-',
    })
    const { msg, ...fields } = await server.logged(/^refused /)
    expect(fields).toMatchObject({ level: 'debug', code, status, remoteAddress: '127.0.0.1' })
    const request = hasHead ? bytes.split(' HTTP')[0] : 'a request'
    expect(msg).toBe(`refused ${request}: ${code}`)
  })
})

describe('the JSON access log', () => {
  it('has the host and the bytes of cached responses too', async () => {
    const server = await start('--access-log=json')
    const bytes = `GET /a.txt HTTP/1.1\r\n${HOST}\r\n`
    const lengths = [await exchange(server.port, bytes), await exchange(server.port, bytes)]
    await server.until(() => server.stdoutLines.length === 2, 'no two lines of the access log')
    for (const [n, line] of server.stdoutLines.entries())
      expect(JSON.parse(line)).toMatchObject({
        host: 'a.example:80',
        protocol: 'HTTP/1.1',
        bytes: 1,
        bytesIn: bytes.length,
        bytesOut: lengths[n]!.length,
        refusal: '-',
        closeReason: 'client-closed',
      })
  })

  it('counts the framing of chunks, and the content of requests', async () => {
    const server = await start('--access-log=json', '--endpoints=files')
    const head = `PUT /files/new HTTP/1.1\r\n${HOST.replace('a.example', 'localhost')}Content-Length: 5\r\n\r\n`
    const text = await exchange(server.port, `${head}hello`)
    await server.until(() => server.stdoutLines.length === 1, 'no line of the access log')
    expect(JSON.parse(server.stdoutLines[0]!)).toMatchObject({
      bytesIn: head.length + 5,
      bytesOut: text.length,
    })
  })
})

describe('--server-timing', () => {
  it('adds the time to each response, and is off by default', async () => {
    const server = await start('--server-timing')
    for (let n = 0; n < 2; n++) {
      const { headers } = await fetch(`${server.url}/a.txt`)
      expect(headers.get('server-timing')).toMatch(/^total;dur=\d+\.\d{3}$/)
    }
    const other = await start()
    expect((await fetch(`${other.url}/a.txt`)).headers.get('server-timing')).toBeNull()
  })
})
