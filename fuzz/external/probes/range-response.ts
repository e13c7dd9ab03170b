import type { ReceivedResponse } from '../../received-response.ts'
import type { InclusiveRange } from '../byte-range.ts'

const SINGLE = /^bytes (\d+)-(\d+)\/(\d+|\*)$/

/** Returns whether each part of a 206 has the requested bytes and a matching Content-Range. */
export function isRightPart(
  response: ReceivedResponse,
  file: Buffer,
  ranges: readonly InclusiveRange[],
): boolean {
  const contentRange = response.field('content-range')
  if (contentRange !== undefined) return isRequestedRange(contentRange, response.body, file, ranges)
  const boundary = /^multipart\/byteranges\s*;.*\bboundary="?([^";]+)"?/i.exec(
    response.field('content-type') ?? '',
  )?.[1]
  if (boundary === undefined) return false
  const parts = partsOf(response.body, boundary)
  return parts?.every(([range, content]) => isRequestedRange(range, content, file, ranges)) ?? false
}

/** Returns whether a 206 with a single part lacks some of the requested ranges. */
export function isIncomplete(
  response: ReceivedResponse,
  ranges: readonly InclusiveRange[],
): boolean {
  const [, first, last] = SINGLE.exec(response.field('content-range') ?? '') ?? []
  return (
    first !== undefined &&
    ranges.some(range => range.first < Number(first) || range.last > Number(last))
  )
}

/**
 * Returns whether the bytes match Content-Range and were requested. A server may combine ranges
 * that overlap or are adjacent (RFC 9110 §15.3.7.2).
 */
function isRequestedRange(
  contentRange: string,
  content: Buffer,
  file: Buffer,
  ranges: readonly InclusiveRange[],
): boolean {
  const match = SINGLE.exec(contentRange)
  if (match === null || (match[3] !== '*' && Number(match[3]) !== file.length)) return false
  const [first, last] = [Number(match[1]), Number(match[2])]
  const isRequested =
    ranges.some(range => range.first === first && range.last === last) ||
    (ranges.some(range => range.first === first) && ranges.some(range => range.last === last))
  return isRequested && content.equals(file.subarray(first, last + 1))
}

/** Returns the Content-Range and content of each part; undefined if the multipart is malformed. */
function partsOf(content: Buffer, boundary: string): [string, Buffer][] | undefined {
  const text = content.toString('latin1')
  const pieces = `\r\n${text}`.split(`\r\n--${boundary}`)
  if (pieces.length < 3 || !pieces.at(-1)!.startsWith('--')) return
  const parts: [string, Buffer][] = []
  for (const piece of pieces.slice(1, -1)) {
    const headEnd = piece.indexOf('\r\n\r\n')
    const range = /^content-range:[ \t]*([^\r\n]*?)[ \t]*$/im.exec(piece.slice(0, headEnd))?.[1]
    if (headEnd === -1 || range === undefined) return
    parts.push([range, Buffer.from(piece.slice(headEnd + 4), 'latin1')])
  }
  return parts
}
