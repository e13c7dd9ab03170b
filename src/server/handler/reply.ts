import { setImmediate } from 'node:timers/promises'
import { type FieldLine, StatusCode } from '../../response/index.ts'
import { isFieldName, isFieldValue } from '../../response/response-builder.ts'
import { siteFields } from '../../response/site-fields.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { EndpointParts } from '../endpoints/parts.ts'
import { sendFile } from '../files/send-asset.ts'

/** What `reply.send()` takes. */
export type ReplyBody = string | Uint8Array | AsyncIterable<string | Uint8Array>

/** Fields that frame the answer, which are the server's to write. */
const FRAMING = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

const encoder = new TextEncoder()

const CHUNKS_A_TURN = 16

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * The answer of a handler. `status()` and `field()` prepare it; one of `send()`, `json()` and `file()` gives it. When the client
 * has gone, giving it does nothing.
 *
 *
 * @example
 * const teapot: Handler = (request, reply) => reply.status(418).field('X-Pot', 'small').send('short and stout')
 * const server = await serve({ root: 'examples/site', port: 0, handlers: { '/pot': teapot } })
 * const response = await fetch(`${server.urls[0]}/pot`)
 * response.status // => 418
 * response.headers.get('x-pot') // => 'small'
 * await server.close()
 */
export class HandlerReply {
  readonly #exchange: Exchange
  readonly #parts: EndpointParts
  readonly #fields = new Map<string, FieldLine>()
  #status: StatusCode | undefined
  #given = false

  readonly #fail: (error: unknown) => void

  constructor(exchange: Exchange, parts: EndpointParts, fail: (error: unknown) => void) {
    this.#exchange = exchange
    this.#parts = parts
    this.#fail = fail
  }

  /** Whether the answer is given, or being given, or nobody is left to have it. */
  get sent(): boolean {
    return this.#given || this.#exchange.isAborted
  }

  /** The status code, 200 to 599; 200 where it is not set. RangeError for another. */
  status(code: number): this {
    if (!(Number.isInteger(code) && code >= 200 && code <= 599))
      throw new RangeError(`a status code is a whole number from 200 to 599, not ${code}`)
    this.#status = code as StatusCode
    return this
  }

  /** Sets a field, in the place of one of the same name. TypeError for what cannot stand in one, and for the framing fields. */
  field(name: string, value: string | number): this {
    const text = String(value)
    if (!isFieldName(name)) throw new TypeError(`${JSON.stringify(name)} is not a field name`)
    if (!isFieldValue(text))
      throw new TypeError(`the value of ${name} has a character that no field may have`)
    if (FRAMING.has(name.toLowerCase())) throw new TypeError(`${name} is written by the server`)
    this.#fields.set(name.toLowerCase(), [name, text])
    return this
  }

  /**
   * Answers with text in UTF-8, with bytes, or with what an async iterable yields, at the client's pace. Resolves when all of it
   * is handed over.
   */
  send(body: ReplyBody = ''): Promise<void> {
    return this.#give(() => this.#send(body))
  }

  /** Answers with a value as JSON. */
  json(value: unknown): Promise<void> {
    this.#default('Content-Type', 'application/json')
    return this.send(JSON.stringify(value))
  }

  /**
   * Answers with a file by its path below the root, with validators and compression as for any file; 404 where there is none, or
   * it lies outside the root.
   */
  file(path: string): Promise<void> {
    return this.#give(() => this.#file(path))
  }

  /** Once. The rejection is known of even if the handler does not await it: it must not end the process. */
  #give(answer: () => Promise<void>): Promise<void> {
    const given = this.#given
      ? Promise.reject(new Error('the handler has answered already'))
      : answer()
    this.#given = true
    given.catch(this.#fail)
    return given
  }

  async #send(body: ReplyBody): Promise<void> {
    if (typeof body === 'string') this.#default('Content-Type', 'text/plain; charset=utf-8')
    else this.#default('Content-Type', 'application/octet-stream')
    const fields = [...this.#fields.values()]
    const status = this.#status ?? StatusCode.Ok
    if (typeof body === 'string') this.#exchange.respond(status, fields, encoder.encode(body))
    else if (body instanceof Uint8Array) this.#exchange.respond(status, fields, body)
    else await this.#stream(status, fields, body)
  }

  async #file(path: string): Promise<void> {
    const segments = path.split('/').filter(segment => segment !== '')
    const { root } = this.#parts.sites.main
    await sendFile(this.#exchange, root, segments, this.#parts, {
      status: this.#status,
      cacheControl: 'no-cache',
      fields: ({ fields, status }) =>
        siteFields({ fields, status }, [], { set: [...this.#fields.values()], unset: [] }),
    })
  }

  async #stream(
    status: StatusCode,
    fields: FieldLine[],
    body: AsyncIterable<string | Uint8Array>,
  ): Promise<void> {
    const exchange = this.#exchange
    exchange.begin(status, fields, undefined)
    const chunks = body[Symbol.asyncIterator]()
    let stop = (): void => {}
    exchange.onAbort(() => stop())
    for (let count = 1; exchange.wantsBody; count++) {
      // A client that goes away is not kept waiting for a chunk that may never come.
      const { done, value } = await new Promise<IteratorResult<string | Uint8Array>>(
        (resolve, reject) => {
          stop = () => resolve(DONE)
          chunks.next().then(resolve, reject)
        },
      )
      if (done) break
      const bytes = typeof value === 'string' ? encoder.encode(value) : value
      await new Promise<void>(written => exchange.write(bytes, written))
      // One that never pauses still leaves the process its turn.
      if (count % CHUNKS_A_TURN === 0) await setImmediate()
    }
    if (!exchange.wantsBody) Promise.resolve(chunks.return?.()).catch(this.#fail)
    exchange.finish()
  }

  #default(name: string, value: string): void {
    if (!this.#fields.has(name.toLowerCase())) this.field(name, value)
  }
}
