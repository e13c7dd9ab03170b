/**
 * Decodes `%HH` (RFC 3986 §2.1) in text with one char per byte; returns undefined if a `%` is not
 * followed by two hexadecimal digits. Chars above U+00FF are kept as they are.
 */
export function percentDecode(text: string): readonly number[] | undefined {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '%') bytes.push(text.charCodeAt(at))
    else {
      const digits = text.slice(at + 1, at + 3)
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return undefined
      bytes.push(Number(`0x${digits}`))
      at += 2
    }
  }
  return bytes
}
