/** RFC 3629 §4: for each form of a character, the range of each of its bytes. */
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

/** Decodes UTF-8; returns undefined for bytes that are not valid UTF-8. */
export function utf8Decode(bytes: readonly number[]): string | undefined {
  const text = nameDecode(bytes)
  return text === undefined || /\p{Surrogate}/u.test(text) ? undefined : text
}

/**
 * Decodes UTF-8, and each other byte to a lone surrogate from U+DC80 on. Returns undefined for
 * bytes that have the form of a character without being one, such as `C0 AE`.
 */
export function nameDecode(bytes: readonly number[]): string | undefined {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const row = UTF8.find(ranges =>
      ranges.every(([first, last], i) => bytes[at + i]! >= first && bytes[at + i]! <= last),
    )
    if (row === undefined) {
      if (isLookalike(bytes.slice(at))) return undefined
      text += String.fromCharCode(0xdc00 + bytes[at++]!)
      continue
    }
    const [first, ...rest] = bytes.slice(at, at + row.length)
    // The first byte begins with as many one bits as there are bytes, and a zero bit.
    const lead = row.length === 1 ? first! : first! % (1 << (7 - row.length))
    text += String.fromCodePoint(rest.reduce((code, byte) => code * 64 + (byte - 0x80), lead))
    at += row.length
  }
  return text
}

/** Whether a byte with 2 to 6 leading one bits is followed by as many bytes as these say. */
function isLookalike([first, ...others]: readonly number[]): boolean {
  const ones = first!.toString(2).indexOf('0')
  const length = first! < 0x80 ? 1 : ones === -1 ? 8 : ones
  const rest = others.slice(0, length - 1)
  const isWhole = rest.length === length - 1 && rest.every(byte => byte >> 6 === 0b10)
  return length >= 2 && length <= 6 && isWhole
}
