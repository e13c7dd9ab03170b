import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { ReceivedResponse } from '../fuzz/received-response.ts'
import { ResponseReader } from '../fuzz/response-reader.ts'

/** Registers a function to call when the test is over. */
export type Finish = (clean: () => void | Promise<void>) => void

/** How a connection ended, with FIN or an error such as ECONNRESET, and the bytes not read yet. */
export type Ending = { readonly how: string; readonly rest: string }

/** The server has sent FIN, and all its bytes were read. */
export const FIN: Ending = { how: 'fin', rest: '' }

const WAIT_MS = 10_000
const RESPONSE_WAIT_MS = 2 * WAIT_MS

/** One connection. It stays half-open when the server sends FIN. */
export class RawClient {
  readonly socket: Socket
  readonly #changes = new EventEmitter()
  /** The bytes that are not read yet. */
  #chunks: Buffer[] = []
  #how: string | undefined
  #error: string | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket
      .on('data', chunk => {
        this.#chunks.push(chunk)
        this.#changes.emit('change')
      })
      .on('end', () => this.#over('fin'))
      .on('error', (error: NodeJS.ErrnoException) => {
        this.#error = error.code ?? error.message
        this.#over(this.#error)
      })
      .on('close', () => this.#over('closed'))
  }

  /**
   * Connects to a URL, or to a port of 127.0.0.1. Rejects if no server listens. The connection is
   * destroyed at the end of the test; a concurrent test passes its own hook.
   */
  static async connect(
    server: string | number,
    finish: Finish = onTestFinished,
  ): Promise<RawClient> {
    const { hostname, port } = new URL(
      typeof server === 'string' ? server : `http://127.0.0.1:${server}`,
    )
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const socket = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true })
    finish(() => {
      socket.destroy()
    })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** The received bytes that are not read yet. */
  get received(): string {
    return Buffer.concat(this.#chunks).toString('latin1')
  }

  /** Whether the server has sent FIN, or the connection is lost. */
  get isOver(): boolean {
    return this.#how !== undefined
  }

  /** The error that broke the connection, before or after the server's FIN. */
  get error(): string | undefined {
    return this.#error
  }

  /** Sends bytes, or a text in latin1. */
  send(bytes: string | Uint8Array): this {
    this.socket.write(bytesOf(bytes))
    return this
  }

  /**
   * Sends, and resolves when the kernel has accepted the bytes. Rejects if the connection is lost.
   */
  async sent(bytes: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.socket.write(bytesOf(bytes), error => (error ? reject(error) : resolve()))
    })
  }

  /** Sends FIN; responses are still read. */
  halfClose(): this {
    this.socket.end()
    return this
  }

  /** Sends RST. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Stops reading until `resume()`, as a slow client does. */
  pause(): this {
    this.socket.pause()
    return this
  }

  resume(): this {
    this.socket.resume()
    return this
  }

  /** Sends a request and reads its response. */
  request(
    bytes: string,
    method: string = bytes.slice(0, bytes.indexOf(' ')),
  ): Promise<ReceivedResponse> {
    return this.send(bytes).response(method)
  }

  /**
   * Reads the next response, which may be an interim one. Rejects if it is malformed, cut, or has
   * several lines of a field. Whether it has a body depends on the request's method.
   */
  async response(method = 'GET'): Promise<ReceivedResponse> {
    const reader = new ResponseReader()
    let pushed = 0
    let response: ReceivedResponse | undefined
    const hasArrived = (): boolean => {
      for (; pushed < this.#chunks.length; pushed++) reader.push(this.#chunks[pushed]!)
      if (this.isOver) reader.end()
      response = reader.next(method)
      if (reader.error !== undefined) throw new Error(`the server sent ${reader.error.reason}`)
      return response !== undefined
    }
    await this.#until(hasArrived, 'the response did not arrive', RESPONSE_WAIT_MS)
    const { repeatedField } = response!
    if (repeatedField !== undefined) throw new Error(`the server sent a second ${repeatedField}`)
    this.#chunks = [reader.leftOver]
    return response!
  }

  async responses(count: number): Promise<ReceivedResponse[]> {
    const responses: ReceivedResponse[] = []
    while (responses.length < count) responses.push(await this.response())
    return responses
  }

  /** Resolves to the unread bytes when they match. */
  async until(pattern: RegExp): Promise<string> {
    await this.#until(() => pattern.test(this.received), `${pattern} did not arrive`)
    return this.received
  }

  /** Resolves when at least so many unread bytes have arrived. */
  async holds(bytes: number): Promise<void> {
    const unread = (): number => this.#chunks.reduce((sum, { length }) => sum + length, 0)
    await this.#until(() => unread() >= bytes, `fewer than ${bytes} bytes came`)
  }

  /** Resolves when the server has sent FIN or the connection is lost. */
  async ending(ms: number = WAIT_MS): Promise<Ending> {
    await this.#until(() => this.isOver, 'the connection did not end', ms)
    return { how: this.#how!, rest: this.received }
  }

  /** Resolves to the unread bytes when the server has sent FIN or the connection is lost. */
  async ended(): Promise<string> {
    return (await this.ending()).rest
  }

  /** Resolves when both directions are closed. */
  async closed(): Promise<void> {
    await this.#until(() => this.socket.closed, 'the connection did not close', WAIT_MS, true)
  }

  async #until(
    condition: () => boolean,
    complaint: string,
    ms = WAIT_MS,
    evenWhenOver = false,
  ): Promise<void> {
    const deadline = AbortSignal.timeout(ms)
    while (!condition()) {
      const why =
        this.#how === undefined || evenWhenOver
          ? await once(this.#changes, 'change', { signal: deadline }).then(
              () => undefined,
              () => `within ${ms} ms`,
            )
          : `before the connection ended (${this.#how})`
      if (why !== undefined)
        throw new Error(
          `${complaint} ${why}; unread: ${JSON.stringify(this.received.slice(0, 500))}`,
        )
    }
  }

  #over(how: string): void {
    this.#how ??= how
    this.#changes.emit('change')
  }
}

function bytesOf(bytes: string | Uint8Array): Uint8Array {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
}
