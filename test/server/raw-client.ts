import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** How long anything may take to come over loopback. */
const PATIENCE_MS = 5000

/** A client that sends and receives bytes, Latin-1, and does nothing by itself: it does not close when the server does. */
export class RawClient {
  readonly socket: Socket
  /** All that has come. */
  text = ''
  /** Whether the server has finished sending. */
  isEnded = false
  /** Whether the connection is gone in both directions. */
  isClosed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', data => {
      this.text += data.toString('latin1')
    })
    socket.on('end', () => {
      this.isEnded = true
    })
    socket.on('close', () => {
      this.isClosed = true
    })
    socket.on('error', () => {})
  }

  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url)
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const client = new RawClient(
      connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true }),
    )
    onTestFinished(() => void client.socket.destroy())
    await once(client.socket, 'connect')
    return client
  }

  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** Sends FIN. */
  finish(): void {
    this.socket.end()
  }

  /** Sends RST. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** Resolves to all that has come, when it matches. */
  async until(pattern: RegExp): Promise<string> {
    await this.#when(() => pattern.test(this.text), `${pattern}`)
    return this.text
  }

  /** Resolves to all that has come, when the server has finished sending or is gone. */
  async ended(): Promise<string> {
    await this.#when(() => this.isEnded || this.isClosed, 'the end')
    return this.text
  }

  async #when(happened: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!happened()) {
      if (performance.now() > deadline || this.isClosed)
        throw new Error(`waited for ${what}, and there was ${JSON.stringify(this.text)}`)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
  }
}
