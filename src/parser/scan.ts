/** Leaves of the machines: pure scans over a slice. None reads outside `from` to `to`. */

/** The index of the first byte from `at` on that is not in the class, or `to`. */
export function skip(table: Uint8Array, bytes: Uint8Array, at: number, to: number): number {
  while (at < to && table[bytes[at]!] === 1) at++
  return at
}

/*
 * The same for the two classes whose spans are long, four bytes at a time as far as `view` goes, which is of `bytes` or empty. A sum
 * has its eighth bit set for each byte that may be no member, from the first of them on; the table has the last word. A 703-byte
 * request took 1016 ns by bytes, and takes 640.
 */
const ALL_EIGHTH_BITS = 0x80808080
const WORD_BYTES = 4

/** Of field values, where all is a member but controls and DEL: below 0x20, and 0x7f. */
export function skipValue(
  table: Uint8Array,
  view: DataView,
  bytes: Uint8Array,
  at: number,
  to: number,
): number {
  const last = Math.min(to, view.byteLength) - WORD_BYTES
  while (at <= last) {
    const word = view.getInt32(at, true)
    const stops = ((word - 0x20202020) | (word + 0x01010101)) & ~word & ALL_EIGHTH_BITS
    if (stops === 0) at += WORD_BYTES
    else {
      at += (31 - Math.clz32(stops & -stops)) >> 3
      if (table[bytes[at]!] !== 1) return at
      at++
    }
  }
  return skip(table, bytes, at, to)
}

/** Of targets, where "#", 0x23, is none either, nor a space, nor what is not ASCII. */
export function skipTarget(
  table: Uint8Array,
  view: DataView,
  bytes: Uint8Array,
  at: number,
  to: number,
): number {
  const last = Math.min(to, view.byteLength) - WORD_BYTES
  while (at <= last) {
    const word = view.getInt32(at, true)
    const hash = (word ^ 0x23232323) - 0x01010101
    if ((((word - 0x21212121) | (word + 0x01010101) | hash | word) & ALL_EIGHTH_BITS) !== 0) break
    at += WORD_BYTES
  }
  return skip(table, bytes, at, to)
}

/** The end of the span without the members of the class at its end, not before `from`. */
export function trimEnd(table: Uint8Array, bytes: Uint8Array, from: number, to: number): number {
  while (to > from && table[bytes[to - 1]!] === 1) to--
  return to
}

/** Whether the span is this text, which is lower-case ASCII, letters compared without case. */
export function equalsIgnoringCase(
  bytes: Uint8Array,
  from: number,
  to: number,
  lower: string,
): boolean {
  if (to - from !== lower.length) return false
  for (let i = 0; i < lower.length; i++) {
    const byte = bytes[from + i]!
    const folded = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    if (folded !== lower.charCodeAt(i)) return false
  }
  return true
}

/** Whether the span is this ASCII text, exactly. */
export function equals(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false
  return true
}

/** Arguments that `String.fromCharCode` is given at once; engines refuse some ten thousand. */
const CHARS_AT_ONCE = 4096

/** The span as a string of one char a byte. Made at the edge only: the machines make no strings. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  do {
    const end = Math.min(from + CHARS_AT_ONCE, to)
    // ZERO-COPY: the view dies in this expression; its owner is the caller's buffer.
    text += String.fromCharCode.apply(null, bytes.subarray(from, end) as unknown as number[])
    from = end
  } while (from < to)
  return text
}
