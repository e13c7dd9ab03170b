import type { ContentSink, Exchange } from './exchange.ts'

/**
 * The content did not come whole, was too much, or is not what it should be. Uncaught it becomes a 400, if there is no answer yet.
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
 * The content of a request as an async iterable of chunks, each a copy of its own. No more is read from the client than is
 * taken, and none is asked for before the first `next()`.
 */
export class ContentReader implements ContentSink, AsyncIterableIterator<Uint8Array> {
  readonly #exchange: Exchange
  readonly #bytesMax: number
  #state: 'unasked' | 'open' | 'ended' | 'failed' = 'unasked'
  #chunk: Uint8Array | undefined
  #wake: () => void = () => {}

  constructor(exchange: Exchange, bytesMax: number) {
    this.#exchange = exchange
    this.#bytesMax = bytesMax
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#state === 'unasked') {
      this.#state = 'open'
      this.#exchange.readContent(this, this.#bytesMax)
    } else if (this.#chunk === undefined) this.#exchange.resume()
    while (this.#chunk === undefined && this.#state === 'open')
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    const chunk = this.#chunk
    this.#chunk = undefined
    if (chunk !== undefined) return { done: false, value: chunk }
    if (this.#state === 'failed')
      throw new ContentError('The content of the request did not come whole.')
    return { done: true, value: undefined }
  }

  onContent(bytes: Uint8Array, from: number, to: number): boolean {
    // The bytes are lent for this call only.
    this.#chunk = bytes.slice(from, to)
    this.#wake()
    return false
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
