/** A bounded cache of values with bytes. The least recently used is evicted first. */
export class ByteCache<Value extends { readonly bytes: Uint8Array }> {
  readonly #entries = new Map<string, Value>()
  readonly #bytesMax: number
  readonly #entriesMax: number
  #bytes = 0

  constructor(bytesMax: number, entriesMax: number) {
    this.#bytesMax = bytesMax
    this.#entriesMax = entriesMax
  }

  /** Bytes of all entries together. */
  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    // A Map keeps the order of insertion: the most recently used entry is the last.
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: string, value: Value): void {
    this.#remove(key)
    if (value.bytes.length > this.#bytesMax) return
    this.#entries.set(key, value)
    this.#bytes += value.bytes.length
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax && this.#entries.size <= this.#entriesMax) return
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes.length ?? 0
    this.#entries.delete(key)
  }
}
