import { type ByteRange, contentRange } from './byte-range.ts'

/**
 * Content of `length` bytes: the head of each part, from the delimiter to the empty line, and its
 * range of the representation, in turn; then `end`.
 */
export type Multipart = {
  readonly parts: readonly { readonly head: Uint8Array; readonly range: ByteRange }[]
  readonly end: Uint8Array
  readonly length: number
}

const encoder = new TextEncoder()

/**
 * Plans the content of a 206 with several ranges (RFC 9110 §14.6, §15.3.7.2). Its Content-Type is
 * `multipart/byteranges; boundary=` and the boundary: a token of up to 70 characters, random and
 * new for each response. If it has 128 random bits, the content need not be searched for it: the
 * author of the file cannot guess it, and a chance match is less likely than a memory error.
 *
 * The caller sends the whole representation instead unless `length` is less than `size`.
 */
export function planMultipart(
  ranges: readonly ByteRange[],
  size: number,
  mediaType: string,
  boundary: string,
): Multipart {
  const parts = ranges.map(range => {
    const head = [
      // RFC 2046 §5.1.1: a delimiter includes the CRLF before it. The first one may omit it, but
      // zsync reads an empty line there, which nginx and Apache send too.
      `\r\n--${boundary}`,
      // RFC 9110 §15.3.7.2: the Content-Type of the whole representation.
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
