/** A value of a bounded table, with the memory that it takes. */
export interface TableEntry {
  isUsed: boolean
  readonly memoryBytes: number
}

/**
 * A map with a limit on its memory. When it is full, the entry that was put in first is evicted,
 * unless it was used meanwhile: that one gets a second chance. So a flood of new keys evicts new
 * keys, not those in use.
 */
export class BoundedTable<Entry extends TableEntry> {
  readonly #entries = new Map<string, Entry>()
  readonly #bytesMax: () => number
  #bytes = 0

  /** The limit may change: other tables may share it. */
  constructor(bytesMax: () => number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whether an entry fits without evicting another. */
  hasRoomFor(bytes: number): boolean {
    return this.#bytes + bytes <= this.#bytesMax()
  }

  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry !== undefined) entry.isUsed = true
    return entry
  }

  /** Does not keep an entry that is larger than the limit. */
  set(key: string, entry: Entry): void {
    this.delete(key)
    const bytesMax = this.#bytesMax()
    if (entry.memoryBytes > bytesMax) return
    this.#add(key, entry)
    for (const [oldKey, old] of this.#entries) {
      if (this.#bytes <= bytesMax) return
      this.delete(oldKey)
      if (!old.isUsed) continue
      old.isUsed = false
      this.#add(oldKey, old)
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.memoryBytes ?? 0
    this.#entries.delete(key)
  }

  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry)
    this.#bytes += entry.memoryBytes
  }
}
