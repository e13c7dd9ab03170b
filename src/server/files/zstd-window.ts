/** RFC 9659 §3: clients need not decode frames with a larger window. */
const WINDOW_BYTES_MAX = 8 * 1024 * 1024
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd]
/** The sizes of the dictionary id, by their flag (RFC 8878 §3.1.1.1.1.6). */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4]
/** The sizes of the content size, by their flag; with a single segment the first is 1. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8]
/** Added to a content size of two bytes (RFC 8878 §3.1.1.1.4). */
const CONTENT_SIZE_OFFSET = 256n

/**
 * Whether the first frame of Zstandard content needs a window that browsers refuse. `start` has the
 * first bytes of the content, at least 18 if there are so many. Returns false for what is no frame.
 */
export function needsLargeWindow(start: Uint8Array): boolean {
  if (start.length < 6 || !MAGIC.every((byte, at) => start[at] === byte)) return false
  const descriptor = start[4]!
  const isSingleSegment = (descriptor & 0x20) !== 0
  if (!isSingleSegment) {
    // RFC 8878 §3.1.1.1.2.
    const window = start[5]!
    const base = 2 ** (10 + (window >> 3))
    return base + (base / 8) * (window & 7) > WINDOW_BYTES_MAX
  }
  // The window of a single segment is its content.
  const at = 5 + DICTIONARY_ID_BYTES[descriptor & 3]!
  const bytes = CONTENT_SIZE_BYTES[descriptor >> 6]! || 1
  if (start.length < at + bytes) return false
  let size = 0n
  for (let i = bytes - 1; i >= 0; i--) size = (size << 8n) | BigInt(start[at + i]!)
  return size + (bytes === 2 ? CONTENT_SIZE_OFFSET : 0n) > BigInt(WINDOW_BYTES_MAX)
}
