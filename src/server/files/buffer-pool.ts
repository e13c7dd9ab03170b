/** How many times smaller than a small buffer one is while clients hold too much. */
const LEAST_DIVISOR = 4
/** Fewer bytes of a cache are not worth counting: the kernel accepts most of them at once. */
export const UNCOUNTED_BYTES_MAX: number = 64 * 1024

/**
 * Reusable buffers, so that a download needs no allocation per read, and the count of bytes that
 * responses hold until their clients have accepted them. The more is held, the smaller the buffers:
 * large ones up to half of `heldBytesMax`, small ones up to the whole, and then still smaller ones.
 */
export class BufferPool {
  readonly #largeBytes: number
  readonly #smallBytes: number
  readonly #keptMax: number
  readonly #heldBytesMax: number
  readonly #free = new Map<number, Uint8Array[]>()
  /** How many responses hold the same bytes. */
  readonly #holders = new Map<ArrayBufferLike, number>()
  #heldBytes = 0

  constructor(
    largeBytes: number,
    smallBytes: number,
    keptMax: number,
    heldBytesMax: number = Number.POSITIVE_INFINITY,
  ) {
    this.#largeBytes = largeBytes
    this.#smallBytes = smallBytes
    this.#keptMax = keptMax
    this.#heldBytesMax = heldBytesMax
  }

  /** Bytes of all buffers in use, and of other bytes that responses hold. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** The size of a small buffer at the moment. */
  get smallBytes(): number {
    const isCrowded = this.#heldBytes + this.#smallBytes > this.#heldBytesMax
    return isCrowded ? Math.ceil(this.#smallBytes / LEAST_DIVISOR) : this.#smallBytes
  }

  /** Takes a buffer; a small one instead of a large one if much is held. */
  take(size: 'large' | 'small'): Uint8Array {
    const isLarge = size === 'large' && this.#heldBytes + this.#largeBytes <= this.#heldBytesMax / 2
    const bytes = isLarge ? this.#largeBytes : this.smallBytes
    this.#heldBytes += bytes
    return this.#free.get(bytes)?.pop() ?? new Uint8Array(bytes)
  }

  give(buffer: Uint8Array): void {
    this.#heldBytes -= buffer.length
    const free = this.#free.get(buffer.length)
    if (free === undefined) this.#free.set(buffer.length, [buffer])
    else if (free.length < this.#keptMax) free.push(buffer)
  }

  /** Whether a response may hold bytes of a cache, which then cannot free them by evicting them. */
  mayHold({ buffer }: Uint8Array): boolean {
    return (
      buffer.byteLength <= UNCOUNTED_BYTES_MAX ||
      this.#holders.has(buffer) ||
      this.#heldBytes + buffer.byteLength <= this.#heldBytesMax / 2
    )
  }

  /** Counts bytes that are not of this pool, once for all responses that hold them. */
  hold({ buffer }: Uint8Array): void {
    const holders = this.#holders.get(buffer) ?? 0
    if (holders === 0) this.#heldBytes += buffer.byteLength
    this.#holders.set(buffer, holders + 1)
  }

  release({ buffer }: Uint8Array): void {
    const holders = this.#holders.get(buffer)! - 1
    if (holders > 0) this.#holders.set(buffer, holders)
    else {
      this.#holders.delete(buffer)
      this.#heldBytes -= buffer.byteLength
    }
  }
}
