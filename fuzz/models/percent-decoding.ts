/** RFC 3986 §2.1: a string of one char a byte with each `%HH` made a byte; undefined for a `%` that is none. Chars above U+00FF stay. */
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

/**
 * RFC 3629 §4, table by table: each row is what the bytes of a character lie between.
 */
const UTF8: readonly (readonly (readonly [first: number, last: number])[])[] = [
  [[0x00, 0x7f]],
  [
    [0xc2, 0xdf],
    [0x80, 0xbf],
  ],
  [
    [0xe0, 0xe0],
    [0xa0, 0xbf],
    [0x80, 0xbf],
  ],
  [
    [0xe1, 0xec],
    [0x80, 0xbf],
    [0x80, 0xbf],
  ],
  [
    [0xed, 0xed],
    [0x80, 0x9f],
    [0x80, 0xbf],
  ],
  [
    [0xee, 0xef],
    [0x80, 0xbf],
    [0x80, 0xbf],
  ],
  [
    [0xf0, 0xf0],
    [0x90, 0xbf],
    [0x80, 0xbf],
    [0x80, 0xbf],
  ],
  [
    [0xf1, 0xf3],
    [0x80, 0xbf],
    [0x80, 0xbf],
    [0x80, 0xbf],
  ],
  [
    [0xf4, 0xf4],
    [0x80, 0x8f],
    [0x80, 0xbf],
    [0x80, 0xbf],
  ],
]

/** The text, or undefined for what is not UTF-8. */
export function utf8Decode(bytes: readonly number[]): string | undefined {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const row = UTF8.find(ranges =>
      ranges.every(([first, last], i) => bytes[at + i]! >= first && bytes[at + i]! <= last),
    )
    if (row === undefined) return undefined
    const [first, ...rest] = bytes.slice(at, at + row.length)
    // The first byte begins with as many ones as there are bytes, and a zero.
    const lead = row.length === 1 ? first! : first! % (1 << (7 - row.length))
    text += String.fromCodePoint(rest.reduce((code, byte) => code * 64 + (byte - 0x80), lead))
    at += row.length
  }
  return text
}
