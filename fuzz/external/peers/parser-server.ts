import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { HTTPParser } from 'http-parser-js'
import { isHost } from '#src/parser/target-form.js'

/*
 * Serves the files of a folder, and parses requests with http-parser-js:
 *
 *     node parser-server.js FOLDER PORT
 */
const [folder = '.', port] = process.argv.slice(2)
const files = new Map(
  readdirSync(folder).map(name => [`/${name}`, readFileSync(join(folder, name))]),
)

const server = createServer(socket => {
  const parser = new HTTPParser(HTTPParser.REQUEST)
  let head = {
    method: 0,
    url: '',
    headers: [] as string[],
    shouldKeepAlive: false,
    versionMinor: 1,
  }
  parser[HTTPParser.kOnHeadersComplete] = (info: typeof head) => {
    head = info
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    const method = HTTPParser.methods[head.method]!
    const file = files.get(head.url === '/' ? '/index.html' : head.url)
    if (!hasHost()) return respond(400)
    if (method !== 'GET' && method !== 'HEAD') return respond(405)
    respond(file === undefined ? 404 : 200, file, method === 'HEAD')
  }
  socket.on('data', data => {
    if (socket.writable && parser.execute(data) instanceof Error) respond(400)
  })
  socket.on('end', () => {
    if (parser.finish() instanceof Error) respond(400)
  })
  socket.on('error', () => {})

  /**
   * Checks Host: the parser leaves this to its user, so a finding here would not be the parser's.
   */
  function hasHost(): boolean {
    const hosts = head.headers.filter(
      (_, i) => i % 2 === 1 && head.headers[i - 1]!.toLowerCase() === 'host',
    )
    const isEnough = hosts.length === 1 || (hosts.length === 0 && head.versionMinor === 0)
    return isEnough && hosts.every(host => isHost(Buffer.from(host, 'latin1'), 0, host.length))
  }

  function respond(status: number, content: Buffer = Buffer.alloc(0), isHead = false): void {
    const keeps = status !== 400 && head.shouldKeepAlive
    const type = content.includes('<a ') ? 'Content-Type: text/html\r\n' : ''
    const fields = `Content-Length: ${content.length}\r\n${type}Connection: ${keeps ? 'keep-alive' : 'close'}\r\n`
    socket.write(`HTTP/1.1 ${status} Status\r\n${fields}\r\n`)
    if (!isHead) socket.write(content)
    if (!keeps) socket.end()
  }
})
server.listen(Number(port), '127.0.0.1')
