/** A value of a bounded table, with the memory that it takes. */
export interface TableEntry {
  isUsed: boolean
  readonly bytes: number
}

/**
 * A map with a limit on its bytes. When it is full, the entry that was put in first is evicted,
 * unless it was used meanwhile: that one gets a second chance. So a flood of new keys evicts new
 * keys, not those in use.
 */
export class BoundedTable<Entry extends TableEntry> {
  readonly #entries = new Map<string, Entry>()
  readonly #bytesMax: number
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry !== undefined) entry.isUsed = true
    return entry
  }

  set(key: string, entry: Entry): void {
    this.delete(key)
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
    for (const [oldKey, old] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) return
      this.delete(oldKey)
      if (!old.isUsed || old === entry) continue
      old.isUsed = false
      this.#entries.set(oldKey, old)
      this.#bytes += old.bytes
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}
