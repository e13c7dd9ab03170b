/** A body that is read in parts: a stream of the Web or of Node, or another async iterable. */
export type StreamBody = AsyncIterable<string | Uint8Array> | ReadableStream<string | Uint8Array>

/** How one kind of body is read and closed. */
type Parts = {
  next(): Promise<{ done?: boolean | undefined; value?: unknown }>
  /** May throw or reject. */
  close(): unknown
}

/** How many microtasks a part may take that is there at once. */
const HOPS_MAX = 16

/** What a stream of Node has besides its parts. */
type NodeStream = {
  destroy(): unknown
  on(event: 'error', listener: () => void): unknown
}

/**
 * A streamed body that belongs to the server: errors of a stream are listened to from the
 * beginning, and a body that is not read to its end is closed, once, even while its next part is
 * awaited.
 *
 * @internal
 */
export class BodySource {
  readonly #parts: Parts
  #state: 'open' | 'ended' | 'closed' = 'open'
  /** Parts that `onlyPart()` has asked for. */
  readonly #ahead: Promise<string | Uint8Array | undefined>[] = []
  /** Ends the wait for a part. */
  #stopWaiting: () => void = () => {}

  /** @throws TypeError for a stream that has another reader, and for a value that is no body */
  constructor(body: StreamBody) {
    this.#parts = partsOf(body)
  }

  /**
   * Returns the next part; undefined at the end, and as soon as the source is closed.
   *
   * @throws what the body throws, and TypeError for a part that is neither text nor bytes
   */
  next(): Promise<string | Uint8Array | undefined> {
    return this.#ahead.shift() ?? this.#next()
  }

  /**
   * Returns the body if it is one part that is there at once, such as the text of a `Response`;
   * otherwise undefined, and `next()` returns every part.
   */
  async onlyPart(): Promise<string | Uint8Array | undefined> {
    const first = this.#next()
    this.#ahead.push(first)
    if (!(await isThere(first)) || this.#state !== 'open') return undefined
    const second = this.#next()
    this.#ahead.push(second)
    return (await isThere(second)) && (await isUndefined(second)) ? first : undefined
  }

  async #next(): Promise<string | Uint8Array | undefined> {
    if (this.#state !== 'open') return undefined
    const stopped = new Promise<undefined>(resolve => {
      this.#stopWaiting = () => resolve(undefined)
    })
    try {
      const result = await Promise.race([this.#parts.next(), stopped])
      if (result === undefined || this.#isClosed) return undefined
      if (result.done) {
        this.#state = 'ended'
        return undefined
      }
      const { value } = result
      if (typeof value === 'string' || value instanceof Uint8Array) return value
    } catch (error) {
      if (this.#isClosed) return undefined
      this.#state = 'ended'
      throw error
    }
    this.close()
    throw new TypeError('a part of the body is neither text nor a Uint8Array')
  }

  /** Closes the body, unless it was read to its end. Errors in this are ignored. */
  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#stopWaiting()
    try {
      Promise.resolve(this.#parts.close()).catch(() => {})
    } catch {}
  }

  get #isClosed(): boolean {
    return this.#state === 'closed'
  }
}

async function isThere(part: Promise<unknown>): Promise<boolean> {
  let isSettled = false
  const settle = (): void => {
    isSettled = true
  }
  part.then(settle, settle)
  for (let hop = 0; hop < HOPS_MAX && !isSettled; hop++) await undefined
  return isSettled
}

function isUndefined(part: Promise<unknown>): Promise<boolean> {
  return part.then(
    value => value === undefined,
    () => false,
  )
}

function partsOf(body: StreamBody): Parts {
  if (isWebStream(body)) return partsOfWebStream(body)
  // Checked now: a value that is no body must not become an error within the response.
  if (typeof body?.[Symbol.asyncIterator] !== 'function')
    throw new TypeError('a body is text, bytes, a Blob, a Response, a stream or an async iterable')
  const iterator = body[Symbol.asyncIterator]()
  const next = (): ReturnType<Parts['next']> => iterator.next()
  if (!isNodeStream(body)) return { next, close: () => iterator.return?.() }
  body.on('error', () => {})
  return { next, close: () => body.destroy() }
}

function partsOfWebStream(body: ReadableStream<unknown>): Parts {
  const reader = body.getReader()
  // It rejects when the stream fails, read or not.
  reader.closed.catch(() => {})
  return { next: () => reader.read(), close: () => reader.cancel() }
}

function isWebStream(body: unknown): body is ReadableStream<unknown> {
  return typeof (body as Partial<ReadableStream> | null)?.getReader === 'function'
}

function isNodeStream(body: object): body is NodeStream {
  const { destroy, on } = body as Partial<NodeStream>
  return typeof destroy === 'function' && typeof on === 'function'
}
