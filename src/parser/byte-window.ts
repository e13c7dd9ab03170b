import type { FieldSection } from './request-head.ts'

const NO_BYTES: Uint8Array = new Uint8Array(0)

/**
 * The bytes to parse next. They lie in the slice that the caller fed, or in the carry buffer while
 * that holds bytes not yet consumed. `release()` copies whatever must outlive the slice.
 */
export class ByteWindow {
  /** The next byte is `bytes[at]`; the last one is `bytes[end - 1]`. */
  // ZERO-COPY: the fed slice belongs to the caller of feed(), and is referenced until release().
  bytes: Uint8Array = NO_BYTES
  at = 0
  end = 0
  /** Index in `bytes` of the message's first byte; negative if that byte lies before `bytes`. */
  messageStart = 0

  readonly #carry = new CarryBuffer()
  /** Adding this to an index in `bytes` gives the index in the slice last fed. */
  #sliceOffset = 0
  // ZERO-COPY: belongs to the caller of feed(), and is referenced until release().
  #slice: Uint8Array | undefined
  /** While `bytes` is the carry buffer: the span of the slice that was not joined to it. */
  #unjoinedAt = 0
  #sliceEnd = 0

  /** The index of the next byte in the slice last fed. */
  get position(): number {
    return this.at + this.#sliceOffset
  }

  /** How many fed bytes are not consumed. */
  get unreadBytes(): number {
    const isJoined = this.#slice !== undefined && this.bytes !== this.#slice
    return this.end - this.at + (isJoined ? this.#sliceEnd - this.#unjoinedAt : 0)
  }

  /** Discards the part of the carry buffer before a section: the previous message, now over. */
  discardBefore(section: FieldSection): void {
    const discarded = section.base
    // The usual case. Without this line, each byte of a slowly sent head would move the whole head.
    if (discarded === 0) return
    this.#carry.dropFront(discarded)
    section.base = 0
    this.at -= discarded
    this.messageStart -= discarded
  }

  /**
   * Continues with a slice; the previous one has been consumed and released. If that one ended
   * within a section, `incomplete`, then as many bytes of this slice as may still belong to the
   * section, which has `sectionBytesMax` bytes at most, are joined to its start.
   */
  feed(
    bytes: Uint8Array,
    from: number,
    to: number,
    incomplete: FieldSection | undefined,
    sectionBytesMax: number,
  ): void {
    this.#slice = bytes
    this.#sliceEnd = to
    if (incomplete === undefined) return this.#moveTo(bytes, from, to, 0)
    this.#unjoinedAt = Math.min(to, from + sectionBytesMax - incomplete.length)
    this.#sliceOffset = from - this.#carry.append(bytes, from, this.#unjoinedAt)
    this.bytes = this.#carry.bytes
    this.end = this.#carry.length
  }

  /** Reads on in the slice itself, now that the section that was joined to it is complete. */
  resumeInPlace(): void {
    if (this.#slice !== undefined) this.#moveTo(this.#slice, this.position, this.#sliceEnd, 0)
  }

  /** Drops the reference to the slice, and copies the sections and the unread bytes out of it. */
  release(head: FieldSection, trailers: FieldSection | undefined): void {
    const slice = this.#slice
    if (slice === undefined) return
    this.#slice = undefined
    const carry = this.#carry
    if (this.bytes !== slice) {
      carry.append(slice, this.#unjoinedAt, this.#sliceEnd)
      this.bytes = carry.bytes
      this.end = carry.length
    } else {
      carry.length = 0
      this.#carrySection(head)
      if (trailers !== undefined) this.#carrySection(trailers)
      const start = carry.append(slice, this.at, this.end)
      this.#moveTo(carry.bytes, start, carry.length, this.position - start)
    }
    head.bytes = carry.bytes
    if (trailers !== undefined) trailers.bytes = carry.bytes
  }

  /** The size of the carry buffer. */
  get heldBytes(): number {
    return this.#carry.bytes.length
  }

  reset(): void {
    this.#slice = undefined
    this.#carry.clear()
    this.#moveTo(NO_BYTES, 0, 0, 0)
  }

  /** Makes the bytes of a section the next ones in the carry buffer. */
  #carrySection(section: FieldSection): void {
    const carry = this.#carry
    const { bytes, base, length } = section
    // A section that is in place already is not copied again.
    if (bytes === carry.bytes && base === carry.length) carry.length += length
    // A section farther back moves forward over a finished message, so that none pile up.
    else section.base = carry.append(bytes, base, base + length)
  }

  /** Continues in another array, where the byte at `at` now lies at `from`. */
  #moveTo(bytes: Uint8Array, from: number, to: number, sliceOffset: number): void {
    this.messageStart += from - this.at
    this.bytes = bytes
    this.at = from
    this.end = to
    this.#sliceOffset = sliceOffset
  }
}

const CAPACITY_MIN = 1024
/** An array larger than this is dropped after its message, so that pooled parsers stay small. */
const KEPT_CAPACITY_MAX = 16 * 1024

/** Spans of up to this many bytes are copied in a loop: making a view costs some 80 ns. */
const LOOP_COPY_BYTES_MAX = 32

/** Holds bytes that must outlive the slice fed to the parser. The only code that copies bytes. */
export class CarryBuffer {
  bytes: Uint8Array = new Uint8Array(0)
  length = 0

  /**
   * Copies a span to the end and returns the index of its first byte there. The span may lie in
   * this buffer. Afterwards `bytes` may be another array.
   */
  append(bytes: Uint8Array, from: number, to: number): number {
    const start = this.length
    // The usual case: without this line a small request took 15 % longer.
    if (from === to) return start
    this.length = start + to - from
    if (this.length > this.bytes.length) this.#grow(start)
    if (to - from <= LOOP_COPY_BYTES_MAX)
      for (let i = 0; i < to - from; i++) this.bytes[start + i] = bytes[from + i]!
    // ZERO-COPY: the view lives within this call only; the owner of its memory is that of `bytes`.
    else this.bytes.set(bytes.subarray(from, to), start)
    return start
  }

  /** Discards the first `count` bytes and moves the others to the front. */
  dropFront(count: number): void {
    this.bytes.copyWithin(0, count, this.length)
    this.length -= count
  }

  clear(): void {
    this.length = 0
    if (this.bytes.length > KEPT_CAPACITY_MAX) this.bytes = new Uint8Array(0)
  }

  #grow(usedBytes: number): void {
    const grown = new Uint8Array(Math.max(CAPACITY_MIN, this.length, this.bytes.length * 2))
    // ZERO-COPY: the view lives within this call only; its memory is this object's own.
    grown.set(this.bytes.subarray(0, usedBytes))
    this.bytes = grown
  }
}

/**
 * A `Uint8Array` with a `DataView` of its own memory, to receive bytes from sockets and to feed to
 * parsers. The view lets a parser read four bytes at a time. Making a view costs as much as parsing
 * half a small request, so it is made once, here; a parser reads any other array byte by byte.
 *
 * @example
 * const buffer = new ReadBuffer(1024)
 * const { written } = new TextEncoder().encodeInto('GET /a HTTP/1.1\r\nHost: b\r\n\r\n', buffer)
 * const parser = new RequestParser()
 * parser.feed(buffer, 0, written)
 * parser.next() // => Event.Head
 */
export class ReadBuffer extends Uint8Array {
  // ZERO-COPY: a view of this array's memory, with the lifetime of this array.
  readonly view: DataView = new DataView(this.buffer, this.byteOffset, this.byteLength)

  /** Makes `subarray()` and `slice()` return plain arrays, without the cost of a view. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array
  }
}

/** Passed instead of a view for arrays that have none. */
export const EMPTY_VIEW: DataView = new DataView(new ArrayBuffer(0))
