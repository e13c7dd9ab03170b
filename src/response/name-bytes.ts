// The names of files are bytes. Most are UTF-8; on Linux some are of an older coding, such as
// Latin-1. In a text, each byte that is not UTF-8 is a lone surrogate: 0xE9 is U+DCE9. No other
// text has these, so a name and its text correspond to each other (PEP 383).

const ESCAPE = 0xdc00
const LONE_ESCAPES = /[\udc80-\udcff]/gu
const ANY_ESCAPE = /[\udc80-\udcff]/

/**
 * Bytes that lenient decoders take for a character, although they are not UTF-8 (RFC 3629 §3):
 * overlong forms, surrogates, and numbers beyond U+10FFFF.
 */
const LENIENT = new RegExp(
  [
    '[\udcc0\udcc1][\udc80-\udcbf]',
    '\udce0[\udc80-\udc9f][\udc80-\udcbf]',
    '\udced[\udca0-\udcbf][\udc80-\udcbf]',
    '\udcf0[\udc80-\udc8f][\udc80-\udcbf]{2}',
    '\udcf4[\udc90-\udcbf][\udc80-\udcbf]{2}',
    '[\udcf5-\udcf7][\udc80-\udcbf]{3}',
    '[\udcf8-\udcfb][\udc80-\udcbf]{4}',
    '[\udcfc\udcfd][\udc80-\udcbf]{5}',
  ].join('|'),
  'u',
)

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Returns the text of a name. */
export function textOfBytes(bytes: Uint8Array): string {
  let text = ''
  let validFrom = 0
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    if (length === 0) {
      text += decoder.decode(bytes.subarray(validFrom, at))
      text += String.fromCharCode(ESCAPE + bytes[at]!)
      validFrom = at + 1
    }
    at += length || 1
  }
  return text + decoder.decode(bytes.subarray(validFrom))
}

/** Returns the bytes of a name. */
export function bytesOfText(text: string): Uint8Array {
  const pieces = piecesOf(text).map(piece =>
    isEscape(piece) ? Uint8Array.of(byteOf(piece)) : encoder.encode(piece),
  )
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** Whether a text may have escapes of bytes; it may also have other characters beyond U+FFFF. */
export function mayHaveBytes(text: string): boolean {
  return ANY_ESCAPE.test(text)
}

/** Whether a text has bytes that some decoders would take for another character. */
export function hasLenientForm(text: string): boolean {
  return LENIENT.test(text)
}

/** Returns a text to be shown: bytes that are not UTF-8 as characters of Latin-1. */
export function shownText(text: string): string {
  return text.replace(LONE_ESCAPES, found => String.fromCharCode(byteOf(found)))
}

/** Percent-encodes a text by its bytes, like `encodeURIComponent`. */
export function percentEncode(text: string): string {
  if (!mayHaveBytes(text)) return encodeURIComponent(wellFormed(text))
  return piecesOf(text)
    .map(piece =>
      isEscape(piece)
        ? `%${byteOf(piece).toString(16).toUpperCase()}`
        : encodeURIComponent(wellFormed(piece)),
    )
    .join('')
}

/**
 * Decodes percent-encodings, like `decodeURIComponent`, to the text of a name. Returns undefined if
 * one is malformed, or if some decoders would read another text.
 */
export function percentDecode(encoded: string): string | undefined {
  try {
    // It throws for overlong forms, surrogates and incomplete escapes.
    return decodeURIComponent(encoded)
  } catch {
    if (/[^\0-\x7f]|%(?![0-9A-Fa-f]{2})/.test(encoded)) return undefined
  }
  const unescaped = encoded.replace(/%../g, octet =>
    String.fromCharCode(Number.parseInt(octet.slice(1), 16)),
  )
  const text = textOfBytes(Uint8Array.from(unescaped, character => character.charCodeAt(0)))
  return hasLenientForm(text) ? undefined : text
}

/** Replaces lone surrogates, as in Windows file names: they have no UTF-8 form and would throw. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}

function piecesOf(text: string): string[] {
  return text.split(/([\udc80-\udcff])/u)
}

function isEscape(piece: string): boolean {
  return piece.length === 1 && ANY_ESCAPE.test(piece)
}

function byteOf(piece: string): number {
  return piece.charCodeAt(0) - ESCAPE
}

/** The length of the UTF-8 sequence at a position (RFC 3629 §4), 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  for (let n = 1; n < length; n++) {
    const byte = bytes[at + n] ?? 0
    if (byte < (n === 1 ? lowest : 0x80) || byte > (n === 1 ? highest : 0xbf)) return 0
  }
  return length
}
