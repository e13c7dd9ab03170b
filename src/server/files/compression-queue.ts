import type { Coding } from '../../response/index.ts'
import type { ContentCoder } from './content-coder.ts'

/** Compressions that may wait for their turn; what is wanted beyond is wanted again later. */
const WAITING_MAX = 256

/**
 * Makes content codings off the event loop: so many at a time, and each only once however many ask
 * for it.
 */
export class CompressionQueue {
  readonly #coder: ContentCoder
  readonly #atOnceMax: number
  readonly #making = new Map<string, Promise<Uint8Array | undefined>>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(coder: ContentCoder, atOnceMax: number) {
    this.#coder = coder
    this.#atOnceMax = atOnceMax
  }

  /** The codings that can be made, the favourite first. */
  get codings(): readonly Coding[] {
    return this.#atOnceMax === 0 ? [] : this.#coder.codings
  }

  /** Resolves to undefined where there is nothing to compress any more, or too much waits. */
  compress(
    key: string,
    coding: Coding,
    read: () => Promise<Uint8Array | undefined>,
  ): Promise<Uint8Array | undefined> {
    const running = this.#making.get(key)
    if (running !== undefined) return running
    if (this.#waiting.length >= WAITING_MAX) return Promise.resolve(undefined)
    const making = this.#inTurn(async () => {
      const bytes = await read()
      return bytes && this.#coder.compress(bytes, coding)
    }).finally(() => this.#making.delete(key))
    this.#making.set(key, making)
    return making
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running === this.#atOnceMax) await new Promise<void>(turn => this.#waiting.push(turn))
    else this.#running++
    try {
      return await work()
    } finally {
      // The turn is handed on, or is free.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
