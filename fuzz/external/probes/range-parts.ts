import type { Slice } from '../byte-range.ts'
import { fieldOf, type Response } from '../response.ts'

const SINGLE = /^bytes (\d+)-(\d+)\/(\d+|\*)$/

/** Whether the content of a 206 is what its Content-Range, or that of each of its parts, says, and was asked for. */
export function isRightPart(answer: Response, file: Buffer, slices: readonly Slice[]): boolean {
  const contentRange = fieldOf(answer, 'content-range')
  if (contentRange !== undefined) return isSlice(contentRange, answer.content, file, slices)
  const boundary = /^multipart\/byteranges\s*;.*\bboundary="?([^";]+)"?/i.exec(
    fieldOf(answer, 'content-type') ?? '',
  )?.[1]
  if (boundary === undefined) return false
  const parts = partsOf(answer.content, boundary)
  return parts?.every(([range, content]) => isSlice(range, content, file, slices)) ?? false
}

/** Whether a 206 of one part leaves out some of what was asked for. */
export function isIncomplete(answer: Response, slices: readonly Slice[]): boolean {
  const [, first, last] = SINGLE.exec(fieldOf(answer, 'content-range') ?? '') ?? []
  return (
    first !== undefined &&
    slices.some(slice => slice.first < Number(first) || slice.last > Number(last))
  )
}

/** Ranges that overlap may be made one (RFC 9110 §15.3.7.2), and those that lie next to each other. */
function isSlice(
  contentRange: string,
  content: Buffer,
  file: Buffer,
  slices: readonly Slice[],
): boolean {
  const match = SINGLE.exec(contentRange)
  if (match === null || (match[3] !== '*' && Number(match[3]) !== file.length)) return false
  const [first, last] = [Number(match[1]), Number(match[2])]
  const isAsked =
    slices.some(slice => slice.first === first && slice.last === last) ||
    (slices.some(slice => slice.first === first) && slices.some(slice => slice.last === last))
  return isAsked && content.equals(file.subarray(first, last + 1))
}

/** The Content-Range and the content of each part; undefined where they are not parts. */
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
