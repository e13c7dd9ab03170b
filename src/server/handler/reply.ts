import { planError } from '../../response/error-page.ts'
import { encodePath, type FieldLine, parseTargetPath, StatusCode } from '../../response/index.ts'
import { isFieldName, isFieldValue } from '../../response/response-head.ts'
import { typeOfName } from '../../response/type-rules.ts'
import type { Exchange } from '../connection/exchange.ts'
import { PATH_OPTIONS } from '../files/path-options.ts'
import { findFile } from '../files/resolve-path.ts'
import { sendAsset, statusForUnavailable } from '../files/send-asset.ts'
import { MISSING } from '../files/unavailable.ts'
import type { ServerContext } from '../server-context.ts'
import { BodySource } from './body-source.ts'
import { handlerPreflight } from './handler-preflight.ts'
import { FRAMING_HEADERS, type ReplyBody, type ReplyContent, takeContent } from './reply-content.ts'
import { sendSource } from './send-source.ts'

/** What else `reply.send()` accepts. */
export type SendOptions = {
  /**
   * The length of a stream in bytes, which the client gets as Content-Length. If the stream has
   * another, the connection is reset. The default is not known: the response is chunked.
   */
  readonly length?: number
}

/**
 * The response of a handler. `status()`, `header()` and `append()` prepare it; one of `send()`,
 * `json()` and `file()` sends it. After the client has left, sending does nothing.
 *
 * @example
 * const teapot: Handler = (request, reply) =>
 *   reply.status(418).header('X-Pot', 'small').send('short and stout')
 * const server = await serve({ root: 'examples/site', port: 0, handlers: { '/pot': teapot } })
 * const response = await fetch(`${server.urls[0]}/pot`)
 * response.status // => 418
 * response.headers.get('x-pot') // => 'small'
 * await server.close()
 */
export class HandlerReply {
  readonly #exchange: Exchange
  readonly #context: ServerContext
  readonly #onError: (error: unknown) => void
  /** Header lines by name in lower case. */
  readonly #headers = new Map<string, FieldLine[]>()
  #status: StatusCode | undefined
  #isSent = false

  /** @internal */
  constructor(exchange: Exchange, context: ServerContext, onError: (error: unknown) => void) {
    this.#exchange = exchange
    this.#context = context
    this.#onError = onError
  }

  /** Whether the response is sent or being sent, or nobody is left to receive it. */
  get sent(): boolean {
    return this.#isSent || this.#exchange.isAborted
  }

  /**
   * Sets the status code, 200 to 599. The default is 200.
   *
   * @throws RangeError for any other number
   */
  status(code: number): this {
    if (!(Number.isInteger(code) && code >= 200 && code <= 599))
      throw new RangeError(
        `${code} is not a status code; use a whole number from 200 to 599, such as 404`,
      )
    this.#status = code as StatusCode
    return this
  }

  /**
   * Sets a header, and replaces earlier values of the same name.
   *
   * @throws TypeError for an invalid name or value, and for the headers that frame the response
   */
  header(name: string, value: string | number): this {
    this.#headers.set(name.toLowerCase(), [headerLine(name, value)])
    return this
  }

  /**
   * Adds a header line, and keeps earlier ones of the same name: for Set-Cookie, Link, Vary.
   *
   * @throws TypeError for an invalid name or value, and for the headers that frame the response
   */
  append(name: string, value: string | number): this {
    const key = name.toLowerCase()
    this.#headers.set(key, [...(this.#headers.get(key) ?? []), headerLine(name, value)])
    return this
  }

  /**
   * Responds with text in UTF-8, with bytes, a `Blob`, or what a stream or an async iterable
   * yields, at the client's pace; or with a `Response`, whose status and headers are those that
   * `status()` and `header()` have not set. Resolves when all of it is written. From this call on a
   * stream belongs to the server, which closes it if it is not read to its end, whatever becomes of
   * the response.
   */
  send(body: ReplyBody = '', { length }: SendOptions = {}): Promise<void> {
    let content: ReplyContent
    try {
      content = takeContent(body, length)
    } catch (error) {
      return this.#sendOnce(() => Promise.reject(error))
    }
    if (this.#isSent && content.body instanceof BodySource) content.body.close()
    return this.#sendOnce(() => this.#sendContent(content))
  }

  /** Responds with a value as JSON. */
  json(value: unknown): Promise<void> {
    this.#setDefault('Content-Type', 'application/json')
    return this.send(JSON.stringify(value))
  }

  /**
   * Responds with a file by its path below the root, with validators and compression as for any
   * file; with 404 if there is none, and for a path that no request could have: with `..`, or with
   * names that begin with a dot.
   */
  file(path: string): Promise<void> {
    return this.#sendOnce(() => this.#sendFile(path))
  }

  /** Reports a rejection also if the handler does not await it: it must not end the process. */
  #sendOnce(send: () => Promise<void>): Promise<void> {
    const sending = this.#isSent
      ? Promise.reject(new Error('the handler has responded already'))
      : send()
    this.#isSent = true
    sending.catch(this.#onError)
    return sending
  }

  async #sendContent({ body, length, ...content }: ReplyContent): Promise<void> {
    const exchange = this.#exchange
    const status = this.#status ?? content.status ?? StatusCode.Ok
    const fields = this.#linesOver(content.fields)
    const preflight = handlerPreflight(exchange, this.#context, fields)
    if (preflight !== undefined) {
      if (body instanceof BodySource) body.close()
      return exchange.send(preflight)
    }
    exchange.fixedHeaders = new Set(fields.map(([name]) => name.toLowerCase()))
    if (lacksNosniff(fields)) fields.push(['X-Content-Type-Options', 'nosniff'])
    if (body instanceof BodySource) {
      const isWhole = content.status !== undefined && length === undefined
      // Text of a Response: with its length, it goes out in one write instead of two.
      const only = isWhole && exchange.head.method !== 'HEAD' ? await body.onlyPart() : undefined
      if (only instanceof Uint8Array) return exchange.respond(status, fields, only)
      return sendSource(exchange, { status, fields, length }, body, this.#context.wheel)
    }
    if (exchange.head.method !== 'HEAD' || content.status === undefined)
      return exchange.respond(status, fields, body)
    // The response to a GET might have another body, and so another length.
    exchange.begin(status, fields, length)
    exchange.end()
  }

  async #sendFile(path: string): Promise<void> {
    const exchange = this.#exchange
    const preflight = handlerPreflight(exchange, this.#context, this.#lines)
    if (preflight !== undefined) return exchange.send(preflight)
    exchange.fixedHeaders = new Set(this.#headers.keys())
    const { root, rules } = this.#context.sites.main
    // As strict as the path of a request, whichever links are followed: no dotfiles, no `..`.
    const segments = path.split('/').filter(segment => segment !== '')
    const target = parseTargetPath(encodePath(segments), PATH_OPTIONS)
    const found = target.ok ? await root.run(findFile(root, target.segments)) : MISSING
    const options = {
      root,
      status: this.#status,
      cacheControl: 'no-cache',
      mediaType: typeOfName(rules.types, segments.at(-1) ?? ''),
      own: this.#lines,
    }
    const unavailable =
      found.kind === 'asset'
        ? await root.run(sendAsset(exchange, found, options, this.#context))
        : found
    if (unavailable === undefined) return
    const { status, fields } = statusForUnavailable(unavailable)
    const plan = planError(status, '', exchange.head)
    exchange.send({ ...plan, fields: [...plan.fields, ...fields] })
  }

  get #lines(): FieldLine[] {
    return [...this.#headers.values()].flat()
  }

  /** The header lines of the response: those of its body, unless the handler has set others. */
  #linesOver(fields: readonly FieldLine[]): FieldLine[] {
    const isKept = ([name]: FieldLine): boolean => {
      const key = name.toLowerCase()
      // Each cookie is a line of its own.
      return key === 'set-cookie' || !this.#headers.has(key)
    }
    return [...fields.filter(isKept), ...this.#lines]
  }

  #setDefault(name: string, value: string): void {
    if (!this.#headers.has(name.toLowerCase())) this.header(name, value)
  }
}

function lacksNosniff(fields: readonly FieldLine[]): boolean {
  return !fields.some(([name]) => name.toLowerCase() === 'x-content-type-options')
}

function headerLine(name: string, value: string | number): FieldLine {
  const text = String(value)
  if (!isFieldName(name)) throw new TypeError(`${JSON.stringify(name)} is not a header name`)
  if (!isFieldValue(text))
    throw new TypeError(`the value of ${name} has a character that no header may have`)
  if (FRAMING_HEADERS.has(name.toLowerCase()))
    throw new TypeError(`${name} is written by the server`)
  return [name, text]
}
