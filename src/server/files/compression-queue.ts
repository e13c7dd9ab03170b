import type { Coding } from '../../response/index.ts'
import type { ContentCoder } from './content-coder.ts'

/** Compressions that may wait; those beyond are requested again later. */
const WAITING_MAX = 256

/** Compresses off the event loop: at most `concurrency` at a time, and each result only once. */
export class CompressionQueue {
  readonly #coder: ContentCoder
  readonly #concurrency: number
  readonly #running = new Map<string, Promise<Uint8Array | undefined>>()
  readonly #waiting: (() => void)[] = []
  #active = 0

  constructor(coder: ContentCoder, concurrency: number) {
    this.#coder = coder
    this.#concurrency = concurrency
  }

  /** The codings that it offers, the favourite first. */
  get codings(): readonly Coding[] {
    return this.#concurrency === 0 ? [] : this.#coder.codings
  }

  /** Resolves to undefined if `read` does, or if the queue is full. */
  compress(
    key: string,
    coding: Coding,
    read: () => Promise<Uint8Array | undefined>,
  ): Promise<Uint8Array | undefined> {
    const running = this.#running.get(key)
    if (running !== undefined) return running
    if (this.#waiting.length >= WAITING_MAX) return Promise.resolve(undefined)
    const making = this.#inTurn(async () => {
      const bytes = await read()
      return bytes && this.#coder.compress(bytes, coding)
    }).finally(() => this.#running.delete(key))
    this.#running.set(key, making)
    return making
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#active === this.#concurrency)
      await new Promise<void>(turn => this.#waiting.push(turn))
    else this.#active++
    try {
      return await work()
    } finally {
      // The turn passes to the next, or becomes free.
      const next = this.#waiting.shift()
      if (next === undefined) this.#active--
      else next()
    }
  }
}
