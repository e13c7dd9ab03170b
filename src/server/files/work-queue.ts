/**
 * Does work at most `concurrency` at a time, in order, and work with the same key only once. Quick
 * work, for which a response waits, is turned down if it would have to wait for other work.
 */
export class WorkQueue<T> {
  readonly #concurrency: number
  readonly #waitingMax: number
  readonly #running = new Map<string, Promise<T>>()
  readonly #waiting: (() => void)[] = []
  #active = 0
  /** Of the work that runs or waits, how much is not quick. */
  #slow = 0

  constructor(concurrency: number, waitingMax: number) {
    this.#concurrency = concurrency
    this.#waitingMax = waitingMax
  }

  get running(): number {
    return this.#active
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Resolves to undefined if too much is waiting. */
  run(key: string, work: () => Promise<T>, isQuick: boolean = false): Promise<T | undefined> {
    const mustWait = this.#slow > 0 && this.#active === this.#concurrency
    if (isQuick && mustWait) return Promise.resolve(undefined)
    const running = this.#running.get(key)
    if (running !== undefined) return running
    if (this.#waiting.length >= this.#waitingMax) return Promise.resolve(undefined)
    if (!isQuick) this.#slow++
    const making = this.#inTurn(work).finally(() => {
      this.#running.delete(key)
      if (!isQuick) this.#slow--
    })
    this.#running.set(key, making)
    return making
  }

  async #inTurn(work: () => Promise<T>): Promise<T> {
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
