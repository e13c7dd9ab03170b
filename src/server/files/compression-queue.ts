import type { Coding } from '../../response/index.ts'
import type { ContentCoder } from './content-coder.ts'
import { WorkQueue } from './work-queue.ts'

/** Compressions that may wait; those beyond are requested again later. */
const WAITING_MAX = 256

/** Compresses off the event loop: at most `concurrency` at a time, and each result only once. */
export class CompressionQueue {
  readonly #coder: ContentCoder
  readonly #queue: WorkQueue<Uint8Array | undefined>
  /** The codings that it offers, the favourite first. */
  readonly codings: readonly Coding[]

  constructor(coder: ContentCoder, concurrency: number) {
    this.#coder = coder
    this.#queue = new WorkQueue(concurrency, WAITING_MAX)
    this.codings = concurrency === 0 ? [] : coder.codings
  }

  get running(): number {
    return this.#queue.running
  }

  get waiting(): number {
    return this.#queue.waiting
  }

  /**
   * Resolves to undefined if `read` does, or if the queue is full: for a quick compression, if it
   * would have to wait for others.
   */
  compress(
    key: string,
    coding: Coding,
    read: () => Promise<Uint8Array | undefined>,
    isQuick: boolean = false,
  ): Promise<Uint8Array | undefined> {
    const work = async (): Promise<Uint8Array | undefined> => {
      const bytes = await read()
      return bytes && this.#coder.compress(bytes, coding)
    }
    return this.#queue.run(key, work, isQuick)
  }
}
