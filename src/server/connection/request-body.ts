import type { FieldSection } from '../../parser/index.ts'
import type { Exchange } from './exchange.ts'
import type { ContentSink } from './request-content.ts'

/**
 * The body of a request is incomplete, too large, or not what the handler expects. If a handler
 * does not catch it, the client gets a 400.
 *
 * @example
 * const server = await serve({
 *   root: 'examples/site',
 *   port: 0,
 *   handlers: { '/same': async (request, reply) => reply.json(await request.json()) },
 * })
 * const response = await fetch(`${server.urls[0]}/same`, { method: 'POST', body: 'not JSON' })
 * response.status // => 400
 * await server.close()
 */
export class ContentError extends Error {
  override readonly name = 'ContentError'
}

/**
 * The body of a request as an async iterable of chunks, each a copy. The client is read from no
 * faster than the chunks are consumed, and not before the first `next()`.
 *
 * @internal
 */
export class RequestBody implements ContentSink, AsyncIterableIterator<Uint8Array> {
  readonly #exchange: Exchange
  readonly #bytesMax: number
  readonly #onTrailers: (trailers: FieldSection) => void
  #state: 'unread' | 'open' | 'ended' | 'failed' = 'unread'
  #chunk: Uint8Array | undefined
  #wake: () => void = () => {}

  /** `onTrailers` is called before the end of a body that has trailer fields; they are borrowed. */
  constructor(
    exchange: Exchange,
    bytesMax: number,
    onTrailers: (trailers: FieldSection) => void = () => {},
  ) {
    this.#exchange = exchange
    this.#bytesMax = bytesMax
    this.#onTrailers = onTrailers
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#state === 'unread') {
      this.#state = 'open'
      this.#exchange.readContent(this, this.#bytesMax)
    } else if (this.#chunk === undefined) this.#exchange.resumeContent()
    while (this.#chunk === undefined && this.#state === 'open')
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    const chunk = this.#chunk
    this.#chunk = undefined
    if (chunk !== undefined) return { done: false, value: chunk }
    if (this.#state === 'failed') throw new ContentError('The request body is incomplete.')
    return { done: true, value: undefined }
  }

  onContent(bytes: Uint8Array, from: number, to: number): boolean {
    // The bytes are borrowed for this call.
    this.#chunk = bytes.slice(from, to)
    this.#wake()
    return false
  }

  onTrailers(trailers: FieldSection): void {
    this.#onTrailers(trailers)
  }

  onEnd(): void {
    this.#state = 'ended'
    this.#wake()
  }

  onFailed(): void {
    this.#state = 'failed'
    this.#wake()
  }
}
