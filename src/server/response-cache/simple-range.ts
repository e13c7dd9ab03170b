import { KnownField, type RequestHead } from '../../parser/index.ts'

const UNIT = 'bytes='
const DASH = 0x2d
const ZERO = 0x30
/** A position with more digits may not be exact in a number. */
const DIGITS_MAX = 15

/**
 * Parses a Range of one part that begins at a position, `bytes=0-` or `bytes=500-999` (RFC 9110
 * §14.1.2), without making a string. Returns false for any other, and for one that is not
 * satisfiable.
 */
export function parseSimpleRange(
  request: RequestHead,
  size: number,
  part: { from: number; to: number },
): boolean {
  const line = request.find(KnownField.Range)
  const { bytes, base } = request
  const end = base + request.fieldValueEnd(line)
  let at = base + request.fieldValueStart(line)
  for (let i = 0; i < UNIT.length; i++, at++) if (bytes[at] !== UNIT.charCodeAt(i)) return false
  const firstEnd = skipDigits(bytes, at, end)
  if (firstEnd === at || firstEnd >= end || bytes[firstEnd] !== DASH) return false
  const from = numberIn(bytes, at, firstEnd)
  const lastEnd = skipDigits(bytes, firstEnd + 1, end)
  if (lastEnd !== end || firstEnd - at > DIGITS_MAX || lastEnd - firstEnd > DIGITS_MAX) return false
  const last = lastEnd === firstEnd + 1 ? size - 1 : numberIn(bytes, firstEnd + 1, lastEnd)
  if (from >= size || last < from) return false
  part.from = from
  part.to = Math.min(last + 1, size)
  return true
}

function skipDigits(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at]! >= ZERO && bytes[at]! < ZERO + 10) at++
  return at
}

function numberIn(bytes: Uint8Array, from: number, to: number): number {
  let number = 0
  for (let at = from; at < to; at++) number = number * 10 + bytes[at]! - ZERO
  return number
}
