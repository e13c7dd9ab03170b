import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A response as received, with the chunked coding removed. */
export type RawResponse = {
  readonly version: string
  readonly status: number
  readonly reason: string
  /** The fields by their names in lower case. */
  readonly fields: ReadonlyMap<string, string>
  /** The Connection field. */
  readonly connection: string | undefined
  readonly body: Buffer
  readonly text: string
}

/** Registers a function to call when the test is over. */
export type Finish = (clean: () => void | Promise<void>) => void

/** How a connection ended, with FIN or an error such as ECONNRESET, and the bytes not read yet. */
export type Ending = { readonly how: string; readonly rest: string }

/** The server has sent FIN, and all its bytes were read. */
export const FIN: Ending = { how: 'fin', rest: '' }

const WAIT_MS = 10_000
const HEAD_END = '\r\n\r\n'

/** One connection. Its response parser is small and strict, and shares no code with the server. */
export class RawClient {
  readonly #socket: Socket
  readonly #changes = new EventEmitter()
  #chunks: Buffer[] = []
  #length = 0
  #how: string | undefined
  #error: string | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket
      .on('data', chunk => {
        this.#chunks.push(chunk)
        this.#length += chunk.length
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
   * Connects. Rejects if no server listens. The connection is destroyed at the end of the test; a
   * concurrent test passes its own hook.
   */
  static async connect(port: number, finish: Finish = onTestFinished): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
    finish(() => {
      socket.destroy()
    })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** The received bytes that are not read yet. */
  get received(): string {
    return this.#buffered().toString('latin1')
  }

  /** Whether the server has sent FIN, or the connection is lost. */
  get isOver(): boolean {
    return this.#how !== undefined
  }

  /** The error that broke the connection, before or after the server's FIN. */
  get error(): string | undefined {
    return this.#error
  }

  /** Resolves when both directions are closed. */
  async closed(): Promise<void> {
    await this.#until(() => this.#socket.closed, 'the connection did not close', WAIT_MS, true)
  }

  /** Sends bytes, or a text in latin1. */
  send(bytes: string | Uint8Array): this {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return this
  }

  /**
   * Sends, and resolves when the kernel has accepted the bytes. Rejects if the connection is lost.
   */
  async sent(bytes: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
      this.#socket.write(buffer, error => (error ? reject(error) : resolve()))
    })
  }

  /** Sends FIN; responses are still read. */
  halfClose(): this {
    this.#socket.end()
    return this
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Stops reading until `resume()`, as a slow client does. */
  pause(): this {
    this.#socket.pause()
    return this
  }

  resume(): this {
    this.#socket.resume()
    return this
  }

  /** Sends a request and reads its response. */
  request(
    bytes: string,
    method: string = bytes.slice(0, bytes.indexOf(' ')),
  ): Promise<RawResponse> {
    return this.send(bytes).response(method)
  }

  /** Reads the next response. Whether it has a body depends on the request's method. */
  async response(method = 'GET'): Promise<RawResponse> {
    const head = await this.#readTo(HEAD_END)
    const [statusLine, ...fieldLines] = head.split('\r\n')
    const [, version, status, reason] =
      /^HTTP\/(1\.[01]) ([1-5]\d\d) ([\x20-\x7e]*)$/.exec(statusLine!) ??
      fail(`a status line: ${statusLine}`)
    const fields = new Map<string, string>()
    for (const line of fieldLines) {
      const [, name, value] =
        /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\x21-\x7e]|[\x21-\x7e][\x20-\x7e]*[\x21-\x7e])$/.exec(
          line,
        ) ?? fail(`a field line: ${line}`)
      if (fields.has(name!.toLowerCase())) fail(`a second ${name}`)
      fields.set(name!.toLowerCase(), value!)
    }
    const body = await this.#body(Number(status), fields, method)
    return {
      version: version!,
      status: Number(status),
      reason: reason!,
      fields,
      connection: fields.get('connection'),
      body,
      text: body.toString('utf8'),
    }
  }

  async responses(count: number): Promise<RawResponse[]> {
    const responses: RawResponse[] = []
    while (responses.length < count) responses.push(await this.response())
    return responses
  }

  /** Resolves when the server has sent FIN or the connection is lost. */
  async ending(ms: number = WAIT_MS): Promise<Ending> {
    await this.#until(() => this.#how !== undefined, 'the connection did not end', ms)
    return { how: this.#how!, rest: this.received }
  }

  /** Resolves when at least so many unread bytes have arrived. */
  async holds(bytes: number): Promise<void> {
    await this.#until(() => this.#length >= bytes, `fewer than ${bytes} bytes came`)
  }

  async #body(
    status: number,
    fields: ReadonlyMap<string, string>,
    method: string,
  ): Promise<Buffer> {
    const length = fields.get('content-length')
    const coding = fields.get('transfer-encoding')
    if (length !== undefined && coding !== undefined) fail('both framings')
    if (status < 200 || status === 204) {
      if (length !== undefined || coding !== undefined) fail(`a framing field in a ${status}`)
      return Buffer.alloc(0)
    }
    if (method === 'HEAD' || status === 304) return Buffer.alloc(0)
    if (coding !== undefined) {
      if (coding !== 'chunked') fail(`a coding: ${coding}`)
      return this.#chunkedBody()
    }
    if (length !== undefined) {
      if (!/^\d+$/.test(length)) fail(`a length: ${length}`)
      return this.#read(Number(length))
    }
    await this.ending()
    return this.#read(this.#length)
  }

  async #chunkedBody(): Promise<Buffer> {
    const chunks: Buffer[] = []
    for (;;) {
      const size = await this.#readTo('\r\n')
      if (!/^[0-9a-fA-F]+$/.test(size)) fail(`a chunk size: ${size}`)
      const chunk = await this.#read(Number.parseInt(size, 16))
      if ((await this.#read(2)).toString() !== '\r\n') fail('a chunk without an end')
      if (chunk.length === 0) return Buffer.concat(chunks)
      chunks.push(chunk)
    }
  }

  async #readTo(mark: string): Promise<string> {
    await this.#until(() => this.#buffered().includes(mark), `${JSON.stringify(mark)} did not come`)
    const text = (await this.#read(this.#buffered().indexOf(mark))).toString('latin1')
    await this.#read(mark.length)
    return text
  }

  async #read(length: number): Promise<Buffer> {
    await this.#until(() => this.#length >= length, `${length} bytes did not come`)
    const all = this.#buffered()
    this.#chunks = [all.subarray(length)]
    this.#length -= length
    return all.subarray(0, length)
  }

  #buffered(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
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

function fail(what: string): never {
  throw new Error(`the server sent ${what}`)
}
