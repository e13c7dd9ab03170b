import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { type PeerMessage, type PeerParser, type PeerResult, pairsOf } from './peer-parser.ts'

const HOST = '127.0.0.1'
/** Larger than any generated head. */
const HEAD_BYTES_MAX = 1 << 17
const DEADLINE_MS = 5000

/**
 * A `node:http` server on loopback. The first `parse()` starts it; it does not keep Node running.
 */
class NodeHttp implements PeerParser {
  readonly name = 'node:http'
  #port: Promise<number> | undefined
  readonly #results = new WeakMap<Socket, PeerResult>()
  /** The server's sockets by the ports of their clients. */
  readonly #accepted = new Map<number, Socket>()

  async parse(wire: Uint8Array): Promise<PeerResult> {
    this.#port ??= this.#start()
    const client = connect(await this.#port, HOST).resume()
    client.on('error', () => {}) // Node refuses a request with a reset.
    await once(client, 'connect')
    const port = client.localPort!
    await until(() => this.#accepted.has(port))
    const socket = this.#accepted.get(port)!
    this.#accepted.delete(port)
    client.write(wire)
    await until(() => socket.destroyed || socket.bytesRead >= wire.length)
    // Node emits the events for what it has parsed before the next turn.
    await setImmediate()
    client.destroy()
    socket.destroy()
    return this.#results.get(socket)!
  }

  async #start(): Promise<number> {
    const server = createServer({ maxHeaderSize: HEAD_BYTES_MAX, requireHostHeader: false })
    server.on('connection', socket => {
      this.#accepted.set(socket.remotePort!, socket)
      this.#results.set(socket, { messages: [], refusal: undefined })
    })
    server.on('request', (request, response) => this.#onRequest(request, response))
    // Without this listener Node would respond to an unknown expectation with 417.
    server.on('checkExpectation', (request, response) => this.#onRequest(request, response))
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.#results.get(socket as Socket)!.refusal ??= error.code ?? error.message
      socket.destroy()
    })
    server.listen(0, HOST).unref()
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const message: PeerMessage = {
      method: request.method!,
      target: request.url!,
      fields: pairsOf(request.rawHeaders),
      content: '',
      isComplete: false,
    }
    this.#results.get(request.socket)!.messages.push(message)
    request.setEncoding('latin1')
    request.on('data', text => {
      message.content += text
    })
    request.on('end', () => {
      message.isComplete = true
      response.end()
    })
    request.on('error', () => {}) // The connection ended before the end of the content.
  }
}

async function until(condition: () => boolean): Promise<void> {
  const startMs = performance.now()
  while (!condition()) {
    if (performance.now() - startMs > DEADLINE_MS)
      throw new Error(`node:http made no progress within ${DEADLINE_MS} ms`)
    await setImmediate()
  }
}

/** The parser of the Node.js that runs this. */
export const nodeHttp: PeerParser = new NodeHttp()
