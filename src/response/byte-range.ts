// RFC 9110 §14.1.1:
//   ranges-specifier = range-unit "=" range-set     range-set    = 1#range-spec
//   int-range        = first-pos "-" [ last-pos ]   suffix-range = "-" suffix-length

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

const UNIT = 'bytes='

/**
 * Media players and PDF readers request a few ranges. More than this is a broken client or an
 * attack (RFC 9110 §17.15).
 */
const RANGES_MAX = 16

/**
 * Ranges with a smaller gap between them are merged, and the gap is sent too. RFC 9110 §15.3.7.2
 * suggests merging up to the overhead of a part, some 80 bytes; but a client that requests ranges
 * clearly apart probably expects them as separate parts.
 */
const GAP_BYTES_MIN = 3

/** No file is larger, so greater numbers are read as this one. */
const POSITION_MAX = Number.MAX_SAFE_INTEGER

const WHOLE: RangeResult = { kind: 'whole' }
const UNSATISFIABLE: RangeResult = { kind: 'unsatisfiable' }

/**
 * Parses the Range field of a GET request for a representation of `size` bytes (RFC 9110 §14.2).
 * Ranges keep the order of the request; those that overlap or nearly touch are merged, in the
 * position of the first of them. The field is ignored if its unit is not `bytes`, if it is
 * malformed, or if it has more than 16 ranges.
 *
 * @example
 * parseRange('bytes=-500', 1000) // => { kind: 'ranges', ranges: [{ from: 500, to: 1000 }] }
 * parseRange('bytes=1000-', 1000) // => { kind: 'unsatisfiable' }
 * parseRange('bytes=9-1', 1000) // => { kind: 'whole' }
 */
export function parseRange(value: string, size: number): RangeResult {
  // RFC 9110 §14.1: unit names are case-insensitive. §14.2: an unknown unit is ignored.
  if (value.slice(0, UNIT.length).toLowerCase() !== UNIT) return WHOLE
  const ranges: ByteRange[] = []
  let count = 0
  for (let at = UNIT.length; at <= value.length; at++) {
    at = skipOws(value, at)
    const dash = skipDigits(value, at)
    const end = value[dash] === '-' ? skipDigits(value, dash + 1) : dash
    const next = skipOws(value, end)
    // RFC 9110 §14.2: one invalid member makes the whole field invalid.
    if (next < value.length && value[next] !== ',') return WHOLE
    // RFC 9110 §5.6.1.2: empty list members are ignored.
    if (end > at) {
      if (!isRangeSpec(value, at, dash, end) || ++count > RANGES_MAX) return WHOLE
      const range = resolveRange(value, at, dash, end, size)
      if (range !== undefined) ranges.push(range)
    }
    at = next
  }
  if (count === 0) return WHOLE
  if (ranges.length === 0) return UNSATISFIABLE
  // RFC 9110 §14.1.2: a suffix of an empty file is satisfiable, but §14.4 has no Content-Range for
  // it.
  return size === 0 ? WHOLE : { kind: 'ranges', ranges: coalesce(ranges) }
}

/**
 * Formats a Content-Range value (RFC 9110 §14.4): for a 206 or one of its parts, or, without a
 * range, for a 416.
 */
export function contentRange(range: ByteRange | undefined, size: number): string {
  return range === undefined ? `bytes */${size}` : `bytes ${range.from}-${range.to - 1}/${size}`
}

/**
 * Whether a text is a range-spec (RFC 9110 §14.1.1). Digits run from `at` to `dash`; a dash, if
 * there is one, is at `dash`, and more digits follow it up to `end`.
 */
function isRangeSpec(text: string, at: number, dash: number, end: number): boolean {
  if (dash === end) return false
  if (dash + 1 === end) return dash > at
  // An int-range is invalid if its last-pos is less than its first-pos.
  return dash === at || !isLess(text, dash + 1, end, at, dash)
}

/** Returns the bytes that a range-spec selects, undefined if there are none (RFC 9110 §14.1.2). */
function resolveRange(
  text: string,
  at: number,
  dash: number,
  end: number,
  size: number,
): ByteRange | undefined {
  if (dash === at) {
    const length = parsePosition(text, dash + 1, end)
    return length === 0 ? undefined : { from: Math.max(size - length, 0), to: size }
  }
  const from = parsePosition(text, at, dash)
  if (from >= size) return undefined
  const last = dash + 1 === end ? POSITION_MAX : parsePosition(text, dash + 1, end)
  return { from, to: Math.min(last + 1, size) }
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

/** Parses digits as a number, POSITION_MAX at most. */
function parsePosition(text: string, from: number, to: number): number {
  let position = 0
  for (let at = from; at < to; at++) {
    position = position * 10 + (text.charCodeAt(at) - 0x30)
    if (position > POSITION_MAX) return POSITION_MAX
  }
  return position
}

/**
 * Whether one number is less than another. Compares digits, because doubles are exact only to 2^53.
 */
function isLess(
  text: string,
  from: number,
  to: number,
  otherFrom: number,
  otherTo: number,
): boolean {
  let at = skipZeros(text, from)
  let other = skipZeros(text, otherFrom)
  if (to - at !== otherTo - other) return to - at < otherTo - other
  while (at < to && text[at] === text[other]) {
    at++
    other++
  }
  return at < to && text.charCodeAt(at) < text.charCodeAt(other)
}

function skipZeros(text: string, from: number): number {
  let at = from
  while (text[at] === '0') at++
  return at
}

function skipDigits(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at++
  return at
}

function skipOws(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t') at++
  return at
}
