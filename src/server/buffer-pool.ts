/** Buffers of one size, handed out and given back, so that a download costs no allocation per read. */
export class BufferPool {
  readonly #free: Uint8Array[] = []
  readonly #bytes: number
  readonly #keptMax: number

  constructor(bytes: number, keptMax: number) {
    this.#bytes = bytes
    this.#keptMax = keptMax
  }

  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(this.#bytes)
  }

  give(buffer: Uint8Array): void {
    if (this.#free.length < this.#keptMax) this.#free.push(buffer)
  }
}
