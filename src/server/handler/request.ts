import { type FieldSection, TargetForm } from '../../parser/index.ts'
import type { Exchange } from '../connection/exchange.ts'
import { ContentError, RequestBody } from '../connection/request-body.ts'
import { RequestHeaders } from './request-headers.ts'

/**
 * The request that a handler gets. Everything but the body is a copy, and may be kept.
 *
 * @example
 * const shout: Handler = async (request, reply) => reply.send((await request.text()).toUpperCase())
 * const server = await serve({ root: 'examples/site', port: 0, handlers: { '/shout': shout } })
 * const response = await fetch(`${server.urls[0]}/shout`, { method: 'POST', body: 'hello' })
 * await response.text() // => 'HELLO'
 * await server.close()
 */
export class HandlerRequest {
  /** As sent: methods are case-sensitive. */
  readonly method: string
  /** Path and query as sent, as in Node. */
  readonly url: string
  /**
   * The host that the request is for, with its port if there is one, such as `a.example:8080`: that
   * of the URL if it has one, else the header Host; '' if both are absent. The header `host` is the
   * same.
   */
  readonly host: string
  /** The path, percent-decoded. A byte that is not UTF-8 is a lone surrogate: `%E9` is U+DCE9. */
  readonly path: string
  /** The parameters after the `?` of the URL. */
  readonly query: URLSearchParams
  readonly headers: RequestHeaders
  /** The client's IP address. */
  readonly remoteAddress: string
  /**
   * Aborted when the client leaves before it has its response, or gets another one: a 504 after
   * `handlerTimeoutMs`. Also when the client has sent FIN and got no head for
   * `halfClosedTimeoutMs`: it may have left, or still wait; a response is still sent.
   */
  readonly signal: AbortSignal
  /**
   * The body, chunk by chunk. The client is read from no faster than the chunks are consumed.
   * Iteration throws `ContentError` if the body is incomplete or over its limit; the client has its
   * response then. A body can be read once, also by `text()` or `json()`: a second attempt throws
   * TypeError.
   */
  readonly body: AsyncIterable<Uint8Array>
  #trailers = new RequestHeaders()

  /** @internal */
  constructor(exchange: Exchange, path: string, contentBytesMax: number) {
    const { head } = exchange
    this.method = head.method
    this.url = head.target
    this.host = head.authority ?? ''
    this.path = path
    this.query = new URLSearchParams(head.query)
    // RFC 9112 §3.2.2: the authority of an absolute target replaces Host.
    const host = head.form === TargetForm.Absolute ? head.authority : undefined
    this.headers = new RequestHeaders(head, host)
    this.remoteAddress = exchange.remoteAddress
    const onTrailers = (trailers: FieldSection): void => {
      this.#trailers = new RequestHeaders(trailers)
    }
    this.body = readableOnce(new RequestBody(exchange, contentBytesMax, onTrailers))
    const abort = new AbortController()
    this.signal = abort.signal
    exchange.onLeave(() => abort.abort())
  }

  /** Returns the value of a header by its name in any case, or undefined if it is absent. */
  header(name: string): string | undefined {
    return this.headers.get(name) ?? undefined
  }

  /** The headers that the client has sent behind a chunked body; empty before its end. */
  get trailers(): RequestHeaders {
    return this.#trailers
  }

  /** Reads the body as UTF-8 text. */
  async text(): Promise<string> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of this.body) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode()
  }

  /**
   * Reads the body as JSON.
   *
   * @throws ContentError if it is not JSON; uncaught, the client gets a 400
   */
  async json(): Promise<unknown> {
    const text = await this.text()
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new ContentError(`The body is not JSON: ${(error as SyntaxError).message}`)
    }
  }
}

function readableOnce<T>(iterator: AsyncIterableIterator<T>): AsyncIterable<T> {
  let isRead = false
  return {
    [Symbol.asyncIterator]() {
      // The handler's mistake, and not the client's: the response is a 500.
      if (isRead) throw new TypeError('the body of the request has been read already')
      isRead = true
      return iterator
    },
  }
}
