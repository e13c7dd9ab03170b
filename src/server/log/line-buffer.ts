const CAPACITY_MIN = 32 * 1024

const BACKSLASH = 0x5c
const LOWER_X = 0x78
const DIGIT_0 = 0x30
const HEX_DIGITS = Buffer.from('0123456789ABCDEF')

/** Bytes that are not escaped between quotes: printable ASCII except `"` and `\`. */
const PLAIN = new Uint8Array(256).fill(1, 0x20, 0x7f)
PLAIN[0x22] = 0
PLAIN[BACKSLASH] = 0

/**
 * A growing buffer for lines of the access log. Most of their text is copied from the bytes of
 * requests, so no strings are made.
 */
export class LineBuffer {
  bytes: Buffer = Buffer.allocUnsafeSlow(CAPACITY_MIN)
  length = 0

  /** Appends a short text in Latin-1 that needs no escaping. */
  text(text: string): void {
    this.#reserve(text.length)
    const { bytes } = this
    let at = this.length
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i)
    this.length = at
  }

  /** Appends an integer of 0 or more. */
  number(value: number): void {
    if (value >= 10) this.number(Math.floor(value / 10))
    this.#reserve(1)
    this.bytes[this.length++] = DIGIT_0 + (value % 10)
  }

  /**
   * Appends bytes from a client. Like nginx, it writes bytes that could end the quotes or the line,
   * or control a terminal, as \xHH.
   */
  quoted(source: Uint8Array, from: number, to: number): void {
    this.#reserve((to - from) * 4)
    const { bytes } = this
    let at = this.length
    for (let i = from; i < to; i++) {
      const byte = source[i]!
      if (PLAIN[byte] === 1) bytes[at++] = byte
      else {
        bytes[at++] = BACKSLASH
        bytes[at++] = LOWER_X
        bytes[at++] = HEX_DIGITS[byte >> 4]!
        bytes[at++] = HEX_DIGITS[byte & 15]!
      }
    }
    this.length = at
  }

  /** Removes the first `length` bytes and returns them. */
  takeFront(length: number): Buffer {
    const { bytes } = this
    // ZERO-COPY: a view of the old memory, which the caller owns from here on.
    const front = bytes.subarray(0, length)
    this.bytes = Buffer.allocUnsafeSlow(CAPACITY_MIN)
    const rest = this.length - length
    this.length = 0
    this.#reserve(rest)
    bytes.copy(this.bytes, 0, length, length + rest)
    this.length = rest
    return front
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.length + more, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }
}
