import type { ReceivedResponse } from '../received-response.ts'

/** Returns what is wrong with the body of a 206 for this `Range`; undefined if it is right. */
export function checkRange(
  response: ReceivedResponse,
  file: Uint8Array,
  range: string,
): string | undefined {
  const contentType = response.field('content-type') ?? ''
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(contentType)?.[1]
  if (boundary === undefined)
    return checkPart(response.field('content-range'), response.body, file, range)
  return checkParts(response.body, boundary, file, range)
}

function checkPart(
  contentRange: string | undefined,
  part: Uint8Array,
  file: Uint8Array,
  range: string,
): string | undefined {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange ?? '') ?? []
  if (size === undefined) return `Content-Range is ${contentRange}`
  const from = Number(first)
  const to = Number(last) + 1
  if (Number(size) !== file.length) return `Content-Range has the size ${size}, not ${file.length}`
  if (to - from !== part.length) return `Content-Range ${contentRange} for ${part.length} bytes`
  if (!range.includes(',') && contentRange !== contentRangeOf(range, file.length))
    return `Content-Range ${contentRange} for Range: ${range}`
  return Buffer.compare(part, file.subarray(from, to)) === 0
    ? undefined
    : `the bytes from ${from} on are not those of the file`
}

/** The Content-Range of a single range. */
function contentRangeOf(range: string, size: number): string | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (first === undefined || last === undefined) return undefined
  if (first === '') return `bytes ${Math.max(0, size - Number(last))}-${size - 1}/${size}`
  return `bytes ${first}-${last === '' ? size - 1 : Math.min(Number(last), size - 1)}/${size}`
}

/** RFC 9110 §14.6. */
function checkParts(
  body: Buffer,
  boundary: string,
  file: Uint8Array,
  range: string,
): string | undefined {
  const text = body.toString('latin1')
  const parts = text.split(`\r\n--${boundary}`)
  if (parts.length < 3 || parts[0] !== '' || parts.at(-1) !== '--\r\n')
    return 'the multipart body is not well-formed'
  for (const part of parts.slice(1, -1)) {
    const [, contentRange, content] =
      /^\r\nContent-Type: .+\r\nContent-Range: (.+)\r\n\r\n([\s\S]*)$/.exec(part) ?? []
    if (content === undefined) return 'a part has no head'
    const message = checkPart(contentRange, Buffer.from(content, 'latin1'), file, range)
    if (message !== undefined) return message
  }
  return undefined
}
