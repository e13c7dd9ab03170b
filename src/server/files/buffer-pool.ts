/** Reusable buffers of two sizes, so that a download needs no allocation per read. */
export class BufferPool {
  readonly #free: { readonly large: Uint8Array[]; readonly small: Uint8Array[] } = {
    large: [],
    small: [],
  }
  readonly #bytes: { readonly large: number; readonly small: number }
  readonly #keptMax: number

  constructor(largeBytes: number, smallBytes: number, keptMax: number) {
    this.#bytes = { large: largeBytes, small: smallBytes }
    this.#keptMax = keptMax
  }

  take(size: 'large' | 'small'): Uint8Array {
    return this.#free[size].pop() ?? new Uint8Array(this.#bytes[size])
  }

  give(buffer: Uint8Array): void {
    const free = this.#free[buffer.length === this.#bytes.large ? 'large' : 'small']
    if (free.length < this.#keptMax) free.push(buffer)
  }
}
