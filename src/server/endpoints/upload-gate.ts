/** Bounds the uploads at the same time, and lets them get their names one after the other. */
export class UploadGate {
  readonly #max: number
  #running = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(max: number) {
    this.#max = max
  }

  /** Counts an upload that begins. Returns false if there are too many. */
  enter(): boolean {
    if (this.#running >= this.#max) return false
    this.#running++
    return true
  }

  leave(): void {
    this.#running--
  }

  /** Runs a step alone, so that nothing it has checked changes before it is done. */
  alone<T>(step: () => Promise<T>): Promise<T> {
    const done = this.#last.then(step)
    this.#last = done.catch(() => {})
    return done
  }
}
