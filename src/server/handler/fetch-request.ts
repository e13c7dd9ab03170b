import { type RequestHead, TargetForm } from '../../parser/index.ts'
import type { Exchange } from '../connection/exchange.ts'
import { RequestBody } from '../connection/request-body.ts'

/** Fetch §2.2.1: methods that a `Request` refuses. */
const FORBIDDEN_METHODS = ['CONNECT', 'TRACE', 'TRACK']
/** Fetch §2.2.1: methods that a `Request` changes to upper case; HTTP is case-sensitive. */
const NORMALISED_METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']

/** Whether a method of HTTP can be that of a `Request`. */
export function isFetchMethod(method: string): boolean {
  const upper = method.toUpperCase()
  if (FORBIDDEN_METHODS.includes(upper)) return false
  return method === upper || !NORMALISED_METHODS.includes(upper)
}

/**
 * Makes the `Request` of an exchange. Its body is read from the client no faster than it is
 * consumed.
 *
 * @param path the path and the query instead of those of the target, encoded
 * @returns undefined if the target and Host do not make a URL
 */
export function fetchRequest(
  exchange: Exchange,
  path: string | undefined,
  contentBytesMax: number,
): Request | undefined {
  const { head } = exchange
  const { method } = head
  const headers: [string, string][] = []
  for (let line = 0; line < head.fieldCount; line++)
    headers.push([head.fieldName(line), head.fieldValue(line)])
  const hasBody = exchange.contentLength !== 0 && method !== 'GET' && method !== 'HEAD'
  const init: RequestInit = hasBody
    ? { method, headers, body: bodyOf(exchange, contentBytesMax), duplex: 'half' }
    : { method, headers }
  const url = urlOf(head, path)
  return URL.canParse(url)
    ? (new ExchangeRequest(url, init, exchange) as object as Request)
    : undefined
}

function urlOf(head: RequestHead, path: string | undefined): string {
  if (head.form === TargetForm.Absolute && path === undefined) return head.target
  // HTTP/1.0 has no Host.
  return `http://${head.authority || 'localhost'}${path ?? head.target}`
}

function bodyOf(exchange: Exchange, bytesMax: number): ReadableStream<Uint8Array> {
  const body = new RequestBody(exchange, bytesMax)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await body.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )
}

/** The class as one whose members can be overridden by accessors. */
const BaseRequest = Request as unknown as new (url: string, init: RequestInit) => object

/**
 * A `Request` whose signal is made when it is first asked for: the constructor would take 20 µs to
 * follow another signal.
 */
class ExchangeRequest extends BaseRequest {
  readonly #exchange: Exchange
  #signal: AbortSignal | undefined

  constructor(url: string, init: RequestInit, exchange: Exchange) {
    super(url, init)
    this.#exchange = exchange
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const abort = new AbortController()
      this.#signal = abort.signal
      this.#exchange.onLeave(() => abort.abort())
    }
    return this.#signal
  }

  clone(): Request {
    const copy = Request.prototype.clone.call(this as object as Request)
    return new Request(copy, { signal: this.signal })
  }
}
