import type { Exchange } from '../connection/exchange.ts'
import { ContentError, ContentReader } from '../connection/request-body.ts'

/**
 * The request that a handler is given. All of it but the content is a copy: it may be kept.
 *
 *
 * @example
 * const shout: Handler = async (request, reply) => reply.send((await request.text()).toUpperCase())
 * const server = await serve({ root: 'examples/site', port: 0, handlers: { '/shout': shout } })
 * const response = await fetch(`${server.urls[0]}/shout`, { method: 'POST', body: 'hello' })
 * await response.text() // => 'HELLO'
 * await server.close()
 */
export class HandlerRequest {
  /** As it was sent: methods are case-sensitive. */
  readonly method: string
  /** The request target, as it was sent. */
  readonly target: string
  /** The path of the target, percent-decoded. */
  readonly path: string
  /** What follows the `?` of the target. */
  readonly query: URLSearchParams
  /** The client's address. */
  readonly remote: string
  /** Aborted when the client goes away before it has its answer, or has been given another: after `handlerTimeoutMs` a 504. */
  readonly signal: AbortSignal
  /**
   * The content, chunk by chunk; the client is read from no faster than it is taken. Iteration throws `ContentError` where the
   * content does not come whole or is over its limit; the client has been answered then.
   */
  readonly content: AsyncIterable<Uint8Array>

  readonly #fields = new Map<string, string>()

  constructor(exchange: Exchange, path: string, contentBytesMax: number) {
    const { head } = exchange
    this.method = head.method
    this.target = head.target
    this.path = path
    this.query = new URLSearchParams(head.query)
    this.remote = exchange.remoteAddress
    this.content = new ContentReader(exchange, contentBytesMax)
    for (let line = 0; line < head.fieldCount; line++) {
      const name = head.fieldName(line).toLowerCase()
      if (!this.#fields.has(name)) this.#fields.set(name, head.field(name)!)
    }
    const abort = new AbortController()
    this.signal = abort.signal
    exchange.onAbort(() => abort.abort())
  }

  /** The value of a field by its name in any case, all lines of it joined by ", ", or undefined. */
  field(name: string): string | undefined {
    return this.#fields.get(name.toLowerCase())
  }

  /** All of the content as UTF-8 text. */
  async text(): Promise<string> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of this.content) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode()
  }

  /** All of the content as JSON. Throws `ContentError` where it is none, which uncaught becomes a 400. */
  async json(): Promise<unknown> {
    const text = await this.text()
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new ContentError(`The content is not JSON: ${(error as SyntaxError).message}`)
    }
  }
}
