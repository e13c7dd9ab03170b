import { CarryBuffer } from './carry-buffer.ts'
import type { FieldSection } from './field-section.ts'

const NOTHING: Uint8Array = new Uint8Array(0)

/**
 * The bytes that are being read, and who owns them: the slice that was lent, or the carry buffer while that holds bytes not
 * consumed. Everything that must outlive the lent slice goes through `giveBack()`.
 */
export class ByteWindow {
  /** The next byte is `bytes[at]`, and the last before `end`. */
  // ZERO-COPY: the lent slice is the caller's until giveBack().
  bytes: Uint8Array = NOTHING
  at = 0
  end = 0
  /** Where the message begins, or would if all of it lay in `bytes`: so it may be negative. */
  origin = 0

  readonly #carry = new CarryBuffer()
  /** An index of `bytes` and this make the index in the slice last lent. */
  #shift = 0
  // ZERO-COPY: the caller's until giveBack().
  #lent: Uint8Array | undefined
  /** What `bytes` lacks of the lent slice, while it is the carry buffer. */
  #lentAt = 0
  #lentEnd = 0

  /** The index of the next byte in the slice last lent. */
  get position(): number {
    return this.at + this.#shift
  }

  /** How many bytes are not consumed. */
  get unread(): number {
    const isJoined = this.#lent !== undefined && this.bytes !== this.#lent
    return this.end - this.at + (isJoined ? this.#lentEnd - this.#lentAt : 0)
  }

  /** Forgets what the carry buffer holds before a section of it: the message before, which is over. */
  dropBefore(section: FieldSection): void {
    const dead = section.base
    // Nearly always: a drip would move all that has come at each byte.
    if (dead === 0) return
    this.#carry.dropFront(dead)
    section.base = 0
    this.at -= dead
    this.origin -= dead
  }

  /**
   * Goes on in a slice, all before it being consumed and given back. Where the last one has cut a section, as much of this one as
   * can belong to it, `sectionBytesMax` in all, is joined to its start.
   */
  lend(
    bytes: Uint8Array,
    from: number,
    to: number,
    cut: FieldSection | undefined,
    sectionBytesMax: number,
  ): void {
    this.#lent = bytes
    this.#lentEnd = to
    if (cut === undefined) return this.#look(bytes, from, to, 0)
    this.#lentAt = Math.min(to, from + sectionBytesMax - cut.length)
    this.#shift = from - this.#carry.append(bytes, from, this.#lentAt)
    this.bytes = this.#carry.bytes
    this.end = this.#carry.length
  }

  /** A section is whole: if it was joined, what follows it is read in the lent slice again, in place. */
  resumeInPlace(): void {
    if (this.#lent !== undefined) this.#look(this.#lent, this.position, this.#lentEnd, 0)
  }

  /** Refers to the lent slice no more. What there is of the sections, and the bytes not consumed, are kept. */
  giveBack(head: FieldSection, trailers: FieldSection | undefined): void {
    const lent = this.#lent
    if (lent === undefined) return
    this.#lent = undefined
    const carry = this.#carry
    if (this.bytes !== lent) {
      carry.append(lent, this.#lentAt, this.#lentEnd)
      this.bytes = carry.bytes
      this.end = carry.length
    } else {
      carry.length = 0
      this.#keep(head)
      if (trailers !== undefined) this.#keep(trailers)
      const start = carry.append(lent, this.at, this.end)
      this.#look(carry.bytes, start, carry.length, this.position - start)
    }
    head.bytes = carry.bytes
    if (trailers !== undefined) trailers.bytes = carry.bytes
  }

  /** Memory of its own, in bytes. */
  get heldBytes(): number {
    return this.#carry.bytes.length
  }

  reset(): void {
    this.#lent = undefined
    this.#carry.clear()
    this.#look(NOTHING, 0, 0, 0)
  }

  /** Has the carry buffer hold what there is of a section, which it may already. */
  #keep(section: FieldSection): void {
    const carry = this.#carry
    const { bytes, base, length } = section
    if (bytes === carry.bytes && base === carry.length) carry.length += length
    // One that lies farther back moves to the front: what was before it is dead, and would pile up.
    else section.base = carry.append(bytes, base, base + length)
  }

  /** Goes on reading in other bytes, where the next one is at `from`. */
  #look(bytes: Uint8Array, from: number, to: number, shift: number): void {
    this.origin += from - this.at
    this.bytes = bytes
    this.at = from
    this.end = to
    this.#shift = shift
  }
}
