/** A range of bytes of a representation, never empty: `from` is inclusive, `to` exclusive. */
export type ByteRange = { readonly from: number; readonly to: number }

/**
 * What a Range field selects: the whole representation, because the field is ignored; nothing,
 * because no range is satisfiable; or these ranges.
 */
export type RangeResult =
  | { readonly kind: 'whole' }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'ranges'; readonly ranges: readonly ByteRange[] }

/**
 * Media players and PDF readers request a few ranges, zsync 20 at a time. More than this is a
 * broken client or an attack (RFC 9110 §17.15). How many bytes are sent is limited by the file.
 */
const RANGES_MAX = 200

/**
 * Ranges with a smaller gap between them are merged, and the gap is sent too. RFC 9110 §15.3.7.2
 * suggests merging up to the overhead of a part, some 80 bytes; but a client that requests ranges
 * clearly apart probably expects them as separate parts.
 */
const GAP_BYTES_MIN = 3

/**
 * A member of the list (RFC 9110 §14.1.1), maybe empty (§5.6.1.2): `first-pos "-" [ last-pos ]` or
 * `"-" suffix-length`.
 */
const MEMBER = /^[ \t]*(?:([0-9]*)-([0-9]*)[ \t]*)?$/

/**
 * Parses the Range field of a GET request for a representation of `size` bytes (RFC 9110 §14.2).
 * Ranges keep the order of the request; those that overlap or nearly touch are merged, in the
 * position of the first of them. The field is ignored if its unit is not `bytes`, if it is
 * malformed, or if it has more than 200 ranges, or if the
 * representation is empty.
 *
 * @example
 * parseRange('bytes=-500', 1000) // => { kind: 'ranges', ranges: [{ from: 500, to: 1000 }] }
 * parseRange('bytes=1000-', 1000) // => { kind: 'unsatisfiable' }
 * parseRange('bytes=9-1', 1000) // => { kind: 'whole' }
 */
export function parseRange(value: string, size: number): RangeResult {
  // RFC 9110 §14.1: unit names are case-insensitive. §14.2: an unknown unit is ignored.
  if (value.slice(0, 6).toLowerCase() !== 'bytes=') return { kind: 'whole' }
  const ranges: ByteRange[] = []
  let count = 0
  for (const member of value.slice(6).split(',')) {
    const match = MEMBER.exec(member)
    // RFC 9110 §14.2: one invalid member makes the whole field invalid.
    if (match === null) return { kind: 'whole' }
    const [, first, last = ''] = match
    if (first === undefined) continue
    // An int-range is invalid if its last-pos is less than its first-pos.
    const isInvalid = first === '' ? last === '' : last !== '' && isLess(last, first)
    if (isInvalid || ++count > RANGES_MAX) return { kind: 'whole' }
    // RFC 9110 §14.1.2: without the ranges that select nothing.
    const from = first === '' ? Math.max(size - position(last), 0) : position(first)
    const to = first === '' || last === '' ? size : Math.min(position(last) + 1, size)
    const isSatisfiable = first === '' ? position(last) > 0 : from < size
    if (isSatisfiable) ranges.push({ from, to })
  }
  // RFC 9110 §14.2: a server may ignore the field, and a client that asks for all of an empty file
  // by `bytes=0-` has no use for a 416. §14.4 has no Content-Range for a suffix of it.
  if (count === 0 || size === 0) return { kind: 'whole' }
  return ranges.length === 0
    ? { kind: 'unsatisfiable' }
    : { kind: 'ranges', ranges: coalesce(ranges) }
}

/**
 * Formats a Content-Range value (RFC 9110 §14.4): for a 206 or one of its parts, or, without a
 * range, for a 416.
 */
export function contentRange(range: ByteRange | undefined, size: number): string {
  return range === undefined ? `bytes */${size}` : `bytes ${range.from}-${range.to - 1}/${size}`
}

/** Merges ranges that overlap or nearly touch, in any order (RFC 9110 §15.3.7.2). */
function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const ascending = ranges
    .map(({ from, to }, position) => ({ from, to, position }))
    .sort((a, b) => a.from - b.from)
  const merged: typeof ascending = []
  for (const next of ascending) {
    const before = merged.at(-1)
    if (before === undefined || next.from - before.to >= GAP_BYTES_MIN) merged.push(next)
    else {
      before.to = Math.max(before.to, next.to)
      before.position = Math.min(before.position, next.position)
    }
  }
  return merged.sort((a, b) => a.position - b.position).map(({ from, to }) => ({ from, to }))
}

/** Returns a position, or the greatest safe integer for a greater one: no file is larger. */
function position(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
}

/** Whether one number is less than another. Compares digits: doubles are exact only to 2^53. */
function isLess(digits: string, otherDigits: string): boolean {
  const a = digits.replace(/^0+/, '')
  const b = otherDigits.replace(/^0+/, '')
  return a.length === b.length ? a < b : a.length < b.length
}
