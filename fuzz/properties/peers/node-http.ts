import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { type Peer, type PeerMessage, type PeerReading, pairsOf } from './peer.ts'

const HOST = '127.0.0.1'
/** Larger than any head here. */
const HEAD_BYTES_MAX = 1 << 17
const DEADLINE_MS = 5000

/** A server of `node:http` on loopback, started by the first reading, which keeps no process alive. */
class NodeHttp implements Peer {
  readonly name = 'node:http'
  #port: Promise<number> | undefined
  readonly #readings = new WeakMap<Socket, PeerReading>()
  /** The server's ends of the connections, by the ports of the others. */
  readonly #accepted = new Map<number, Socket>()

  async read(wire: Uint8Array): Promise<PeerReading> {
    this.#port ??= this.#start()
    const client = connect(await this.#port, HOST).resume()
    client.on('error', () => {}) // A reset is how Node refuses.
    await once(client, 'connect')
    const port = client.localPort!
    await until(() => this.#accepted.has(port))
    const socket = this.#accepted.get(port)!
    this.#accepted.delete(port)
    client.write(wire)
    await until(() => socket.destroyed || socket.bytesRead >= wire.length)
    // What Node has parsed it tells of by the end of the turn.
    await setImmediate()
    client.destroy()
    socket.destroy()
    return this.#readings.get(socket)!
  }

  async #start(): Promise<number> {
    const server = createServer({ maxHeaderSize: HEAD_BYTES_MAX, requireHostHeader: false })
    server.on('connection', socket => {
      this.#accepted.set(socket.remotePort!, socket)
      this.#readings.set(socket, { messages: [], refusal: undefined })
    })
    server.on('request', (request, response) => this.#take(request, response))
    // An expectation that Node does not know, which it would answer with 417.
    server.on('checkExpectation', (request, response) => this.#take(request, response))
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.#readings.get(socket as Socket)!.refusal ??= error.code ?? error.message
      socket.destroy()
    })
    server.listen(0, HOST).unref()
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const message: PeerMessage = {
      method: request.method!,
      target: request.url!,
      fields: pairsOf(request.rawHeaders),
      content: '',
      isComplete: false,
    }
    this.#readings.get(request.socket)!.messages.push(message)
    request.setEncoding('latin1')
    request.on('data', text => {
      message.content += text
    })
    request.on('end', () => {
      message.isComplete = true
      response.end()
    })
    request.on('error', () => {}) // The connection ended within the content.
  }
}

async function until(condition: () => boolean): Promise<void> {
  const startMs = performance.now()
  while (!condition()) {
    if (performance.now() - startMs > DEADLINE_MS) throw new Error('node:http does not go on')
    await setImmediate()
  }
}

/** The parser of the Node that runs this. */
export const nodeHttp: Peer = new NodeHttp()
