// RFC 9110 §14.1.1:  ranges-specifier = range-unit "=" range-set     range-set    = 1#range-spec
//                    int-range        = first-pos "-" [ last-pos ]   suffix-range = "-" suffix-length

/** Bytes of a representation: `from` inclusive, `to` exclusive, and never empty. */
export type ByteRange = { readonly from: number; readonly to: number }

/** What a Range field comes to: all of the representation, since the field does not count; nothing that it has; or these bytes of it. */
export type RangeOutcome =
  | { readonly kind: 'whole' }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'ranges'; readonly ranges: readonly ByteRange[] }

const UNIT = 'bytes='

/** More are a broken client or an attack (RFC 9110 §17.15); players and PDF readers ask for a few. */
const RANGES_MAX = 16

/**
 * Of ranges that leave out fewer bytes than this between them, the bytes are sent too. RFC 9110 §15.3.7.2 would let it be some 80,
 * what a part costs; but who asks for parts, and does not let them touch or nearly so, is likely to count on getting them.
 */
const GAP_BYTES_MIN = 3

/** No file is as large, so every numeral beyond it may stand for it. */
const POSITION_MAX = Number.MAX_SAFE_INTEGER

const WHOLE: RangeOutcome = { kind: 'whole' }
const UNSATISFIABLE: RangeOutcome = { kind: 'unsatisfiable' }

/**
 * What the Range field of a GET asks of a representation of `size` bytes (RFC 9110 §14.2), in the order asked for. What overlaps,
 * or nearly touches, is one range, where the first of it stood. Other units, what is not well formed and more than 16
 * ranges are ignored. One range is answered as it is, several as multipart/byteranges.
 *
 * @example
 * parseRange('bytes=-500', 1000) // => { kind: 'ranges', ranges: [{ from: 500, to: 1000 }] }
 * parseRange('bytes=1000-', 1000) // => { kind: 'unsatisfiable' }
 * parseRange('bytes=9-1', 1000) // => { kind: 'whole' }
 */
export function parseRange(value: string, size: number): RangeOutcome {
  // RFC 9110 §14.1: the names of units are case-insensitive. §14.2: a unit that is not understood is ignored.
  if (value.slice(0, UNIT.length).toLowerCase() !== UNIT) return WHOLE
  const ranges: ByteRange[] = []
  let count = 0
  for (let at = UNIT.length; at <= value.length; at++) {
    at = skipOws(value, at)
    const dash = skipDigits(value, at)
    const end = value[dash] === '-' ? skipDigits(value, dash + 1) : dash
    const next = skipOws(value, end)
    // RFC 9110 §14.2: one member that is invalid takes the field with it.
    if (next < value.length && value[next] !== ',') return WHOLE
    // RFC 9110 §5.6.1.2: empty members do not count.
    if (end > at) {
      if (!isRangeSpec(value, at, dash, end) || ++count > RANGES_MAX) return WHOLE
      const range = rangeOf(value, at, dash, end, size)
      if (range !== undefined) ranges.push(range)
    }
    at = next
  }
  if (count === 0) return WHOLE
  if (ranges.length === 0) return UNSATISFIABLE
  // RFC 9110 §14.1.2: a suffix of an empty file is satisfiable, but no Content-Range can name it (§14.4).
  return size === 0 ? WHOLE : { kind: 'ranges', ranges: coalesce(ranges) }
}

/** The value of a Content-Range field (RFC 9110 §14.4): of a 206 or a part of one; without a range, of a 416. */
export function contentRange(range: ByteRange | undefined, size: number): string {
  return range === undefined ? `bytes */${size}` : `bytes ${range.from}-${range.to - 1}/${size}`
}

/** Digits from `at`, perhaps a dash at `dash`, perhaps digits up to `end`: RFC 9110 §14.1.1. */
function isRangeSpec(text: string, at: number, dash: number, end: number): boolean {
  if (dash === end) return false
  if (dash + 1 === end) return dash > at
  // An int-range whose last-pos is less than its first-pos is invalid.
  return dash === at || !isLess(text, dash + 1, end, at, dash)
}

/** The bytes that a range-spec names, undefined where there are none: RFC 9110 §14.1.2. */
function rangeOf(
  text: string,
  at: number,
  dash: number,
  end: number,
  size: number,
): ByteRange | undefined {
  if (dash === at) {
    const length = readPosition(text, dash + 1, end)
    return length === 0 ? undefined : { from: Math.max(size - length, 0), to: size }
  }
  const from = readPosition(text, at, dash)
  if (from >= size) return undefined
  const last = dash + 1 === end ? POSITION_MAX : readPosition(text, dash + 1, end)
  return { from, to: Math.min(last + 1, size) }
}

/** RFC 9110 §15.3.7.2: whatever the order, but what stays apart keeps its own. */
function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const ascending = ranges
    .map(({ from, to }, place) => ({ from, to, place }))
    .sort((a, b) => a.from - b.from)
  const merged: typeof ascending = []
  for (const next of ascending) {
    const before = merged.at(-1)
    if (before === undefined || next.from - before.to >= GAP_BYTES_MIN) merged.push(next)
    else {
      before.to = Math.max(before.to, next.to)
      before.place = Math.min(before.place, next.place)
    }
  }
  return merged.sort((a, b) => a.place - b.place).map(({ from, to }) => ({ from, to }))
}

/** The number that digits spell, or POSITION_MAX if it is more. */
function readPosition(text: string, from: number, to: number): number {
  let position = 0
  for (let at = from; at < to; at++) {
    position = position * 10 + (text.charCodeAt(at) - 0x30)
    if (position > POSITION_MAX) return POSITION_MAX
  }
  return position
}

/** Whether one numeral is less than another, however long they are. */
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
