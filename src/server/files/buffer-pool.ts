/** Reusable buffers of two sizes, so that a download needs no allocation per read. */
export class BufferPool {
  readonly #free: { readonly large: Uint8Array[]; readonly small: Uint8Array[] } = {
    large: [],
    small: [],
  }
  readonly smallBytes: number
  readonly #largeBytes: number
  readonly #keptMax: number

  constructor(largeBytes: number, smallBytes: number, keptMax: number) {
    this.#largeBytes = largeBytes
    this.smallBytes = smallBytes
    this.#keptMax = keptMax
  }

  take(size: 'large' | 'small'): Uint8Array {
    const bytes = size === 'large' ? this.#largeBytes : this.smallBytes
    return this.#free[size].pop() ?? new Uint8Array(bytes)
  }

  give(buffer: Uint8Array): void {
    const free = this.#free[buffer.length === this.#largeBytes ? 'large' : 'small']
    if (free.length < this.#keptMax) free.push(buffer)
  }
}
