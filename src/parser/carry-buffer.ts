const CAPACITY_MIN = 1024
/** A buffer that grew past this is given up when its message is over, so that a pooled parser stays small. */
const CAPACITY_KEPT = 16 * 1024

/** Spans up to this are copied byte by byte. */
const VIEWLESS_BYTES = 32

/** Where the parser keeps what must outlive the slice it was lent. The only place that copies bytes. */
export class CarryBuffer {
  bytes: Uint8Array = new Uint8Array(0)
  length = 0

  /** Copies a span to the end; returns where it begins. The span may be of this buffer, and `bytes` another array afterwards. */
  append(bytes: Uint8Array, from: number, to: number): number {
    const start = this.length
    // The usual case: without this line a small request took 15 % longer.
    if (from === to) return start
    this.length = start + to - from
    if (this.length > this.bytes.length) this.#grow(start)
    // A view costs some 80 ns: a byte that comes alone is copied alone.
    if (to - from <= VIEWLESS_BYTES)
      for (let i = 0; i < to - from; i++) this.bytes[start + i] = bytes[from + i]!
    // ZERO-COPY: the view dies in this call; its owner is the lender of `bytes`.
    else this.bytes.set(bytes.subarray(from, to), start)
    return start
  }

  /** Forgets the first so many bytes; the others move to the front. */
  dropFront(bytes: number): void {
    this.bytes.copyWithin(0, bytes, this.length)
    this.length -= bytes
  }

  clear(): void {
    this.length = 0
    if (this.bytes.length > CAPACITY_KEPT) this.bytes = new Uint8Array(0)
  }

  #grow(used: number): void {
    const grown = new Uint8Array(Math.max(CAPACITY_MIN, this.length, this.bytes.length * 2))
    // ZERO-COPY: as above; the old array is this object's own.
    grown.set(this.bytes.subarray(0, used))
    this.bytes = grown
  }
}
