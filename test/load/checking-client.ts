import { connect, type Socket } from 'node:net'
import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import { ResponseReader } from '../../fuzz/response-reader.ts'
import type { Tally } from './tally.ts'

export type HttpResponse = Pick<ReceivedResponse, 'status' | 'field' | 'body'>

/** A request, and a function that verifies its response. */
export type Check = {
  /** The name under which the tally counts it. */
  readonly kind: string
  readonly method: string
  /** The bytes of the whole request. */
  readonly request: string | Buffer
  /** Returns what is wrong with a response, or undefined if it is right. */
  readonly verify: (response: HttpResponse) => string | undefined
}

const INACTIVITY_TIMEOUT_MS = 20_000

/**
 * A client that keeps its connection open as long as the server does, and verifies each response.
 * After a response with `Connection: close` it opens a new connection. If the connection ends
 * before a response is complete, the request counts as lost.
 */
export class CheckingClient {
  readonly #port: number
  readonly #tally: Tally
  #connection: ClientConnection | undefined

  constructor(port: number, tally: Tally) {
    this.#port = port
    this.#tally = tally
  }

  /** Sends all requests at once (pipelined) and resolves to whether every response is right. */
  async run(...checks: readonly Check[]): Promise<boolean> {
    this.#connection ??= new ClientConnection(this.#port)
    const connection = this.#connection
    connection.send(checks.map(({ request }) => request))
    for (const [n, check] of checks.entries()) {
      const wasUsed = connection.responses > 0
      const result = await connection.readResponse(check.method)
      if (!('response' in result)) {
        const age = wasUsed ? 'used' : 'fresh'
        this.#tally.countLost(
          `${check.kind}: ${result.reason} ` +
            `(${age} connection, ${result.unreadBytes} bytes of the response)`,
        )
        this.close()
        return false
      }
      const { response } = result
      const problem = check.verify(response)
      if (problem === undefined) this.#tally.countRight(check.kind)
      else this.#tally.countWrong(`${check.kind}: ${problem}`)
      if (response.field('connection') === 'close') {
        this.close()
        // RFC 9112 §9.6: the server did not process the later requests, so they are sent again.
        return n + 1 < checks.length ? this.run(...checks.slice(n + 1)) : problem === undefined
      }
      if (problem !== undefined) {
        this.close()
        return false
      }
    }
    return true
  }

  close(): void {
    this.#connection?.close()
    this.#connection = undefined
  }
}

type ReadResult =
  | { readonly response: HttpResponse }
  | { readonly reason: string; readonly unreadBytes: number }

class ClientConnection {
  readonly #socket: Socket
  readonly #reader = new ResponseReader()
  /** Why the connection ended. */
  #endReason: string | undefined
  #wake: () => void = () => {}
  /** How many responses were read on this connection. */
  responses = 0

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true })
      .on('data', chunk => {
        this.#reader.push(chunk)
        this.#wake()
      })
      .on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message))
      .on('close', () => this.#end('closed'))
      .setTimeout(INACTIVITY_TIMEOUT_MS, () => {
        this.#end(`nothing received for ${INACTIVITY_TIMEOUT_MS} ms`)
        this.#socket.destroy()
      })
  }

  send(requests: readonly (string | Buffer)[]): void {
    this.#socket.cork()
    for (const request of requests) this.#socket.write(request)
    this.#socket.uncork()
  }

  /** Resolves to the next response, or to the reason why the connection ended before it. */
  async readResponse(method: string): Promise<ReadResult> {
    for (;;) {
      const response = this.#nextFinal(method)
      if (response !== undefined) {
        this.responses++
        return { response }
      }
      if (this.#endReason !== undefined)
        return { reason: this.#endReason, unreadBytes: this.#reader.unreadBytes }
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Returns undefined if the next final response is incomplete or not as the server sends it. */
  #nextFinal(method: string): HttpResponse | undefined {
    const reader = this.#reader
    let response = reader.next(method)
    while (response?.isInterim) response = reader.next(method)
    const { repeatedField, framing } = response ?? reader.partial ?? {}
    if (reader.error !== undefined) this.#end(reader.error.reason)
    else if (repeatedField !== undefined) this.#end(`a repeated field line: ${repeatedField}`)
    else if (framing === 'close') this.#end('a body without a length')
    else return response
    return undefined
  }

  #end(reason: string): void {
    this.#endReason ??= reason
    this.#wake()
  }
}
