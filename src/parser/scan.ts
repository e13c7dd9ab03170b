/** Leaves of the machines: pure scans over a slice. None reads outside `from` to `to`. */

/** The index of the first byte from `at` on that is not in the class, or `to`. */
export function skip(table: Uint8Array, bytes: Uint8Array, at: number, to: number): number {
  while (at < to && table[bytes[at]!] === 1) at++
  return at
}

/** The end of the span without the members of the class at its end, not before `from`. */
export function trimEnd(table: Uint8Array, bytes: Uint8Array, from: number, to: number): number {
  while (to > from && table[bytes[to - 1]!] === 1) to--
  return to
}

/** Whether the span is this text, which is lower-case ASCII, letters compared without case. */
export function equalsIgnoringCase(bytes: Uint8Array, from: number, to: number, lower: string): boolean {
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
