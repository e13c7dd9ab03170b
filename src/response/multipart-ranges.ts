import { type ByteRange, contentRange } from './byte-range.ts'

/** One part of multipart/byteranges: what goes before it, and the bytes of the representation that it holds. */
export type MultipartPart = { readonly head: Uint8Array; readonly range: ByteRange }

/** Content of several ranges: each part's head and bytes in turn, then `end`; `length` bytes in all. */
export type Multipart = {
  readonly parts: readonly MultipartPart[]
  readonly end: Uint8Array
  readonly length: number
}

const encoder = new TextEncoder()

/**
 * The content of a 206 with several ranges (RFC 9110 §14.6, §15.3.7.2), its Content-Type being `multipart/byteranges; boundary=` and
 * the boundary: a token of up to 70 characters, random and new for each response. Of 128 bits it need not be looked for in the
 * content: who wrote the file could not guess it, and by chance it stands there less often than memory fails.
 *
 * The caller sends the whole where `length` is more than `size`.
 */
export function planMultipart(
  ranges: readonly ByteRange[],
  size: number,
  mediaType: string,
  boundary: string,
): Multipart {
  const parts = ranges.map((range, i) => {
    const head = [
      // RFC 2046 §5.1.1: the CRLF before a delimiter is part of it; the first may stand at the very start.
      i === 0 ? `--${boundary}` : `\r\n--${boundary}`,
      // RFC 9110 §15.3.7.2: what the whole would have been sent as.
      `Content-Type: ${mediaType}`,
      `Content-Range: ${contentRange(range, size)}`,
      '\r\n',
    ]
    return { head: encoder.encode(head.join('\r\n')), range }
  })
  const end = encoder.encode(`\r\n--${boundary}--\r\n`)
  const partBytes = parts.map(({ head, range }) => head.length + range.to - range.from)
  return { parts, end, length: partBytes.reduce((sum, bytes) => sum + bytes, end.length) }
}
