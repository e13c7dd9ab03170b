/**
 * The fields a server asks for on nearly every request, recognised while their names are scanned: their presence is a
 * bit of `head.present`, looking one up is an index. Any other field is found by name, `head.field('x-name')`.
 */

/**
 * A recognised field; its number is its bit in `present` and what `find()` takes.
 *
 * @example
 * const parser = new RequestParser()
 * parser.feed(new TextEncoder().encode('GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n'))
 * parser.next() // => Event.Head
 * parser.head.present & (1 << Field.Range) ? parser.head.fieldValue(parser.head.find(Field.Range)) : '' // => 'bytes=0-1'
 */
export const KnownField = {
  Host: 0,
  Connection: 1,
  ContentLength: 2,
  TransferEncoding: 3,
  Expect: 4,
  AcceptEncoding: 5,
  Range: 6,
  IfMatch: 7,
  IfNoneMatch: 8,
  IfModifiedSince: 9,
  IfUnmodifiedSince: 10,
  IfRange: 11,
  Accept: 12,
  UserAgent: 13,
  Referer: 14,
  Origin: 15,
} as const
export type KnownField = (typeof KnownField)[keyof typeof KnownField]

/** What stands in the place of a `Field` for a name that is none of them. */
export const OTHER_FIELD = -1

/** In the order of their numbers, lower case. */
const NAMES = Object.keys(KnownField).map(key => key.replace(/\B[A-Z]/g, '-$&').toLowerCase())

/** How many there are. */
export const KNOWN_FIELD_COUNT: number = NAMES.length

/** Factors found by trial: with them no two of the names share a slot, so that a name has one candidate at most. */
const SLOTS = 32
const slotOf = (length: number, first: number, last: number): number =>
  (length * 2 + (first | 0x20) * 5 + (last | 0x20) * 7) % SLOTS

const CANDIDATES = new Int8Array(SLOTS).fill(OTHER_FIELD)
for (const [field, name] of NAMES.entries())
  CANDIDATES[slotOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1))] = field

/** All names one after another, so that they can be compared four bytes at a time. */
const NAME_BYTES_MAX = 32
const NAME_BYTES = new Uint8Array(NAMES.length * NAME_BYTES_MAX)
for (const [field, name] of NAMES.entries())
  NAME_BYTES.set(
    Array.from(name, char => char.charCodeAt(0)),
    field * NAME_BYTES_MAX,
  )
const NAME_LENGTHS = Uint8Array.from(NAMES, name => name.length)
const NAME_VIEW = new DataView(NAME_BYTES.buffer)

/**
 * Which field the name in the span is, whatever its case; the span is a token of one byte at least. `view` is of `bytes`, or empty.
 */
export function recogniseField(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): KnownField | typeof OTHER_FIELD {
  const length = to - from
  const field = CANDIDATES[slotOf(length, bytes[from]!, bytes[to - 1]!)]!
  if (field === OTHER_FIELD || NAME_LENGTHS[field] !== length) return OTHER_FIELD
  let at = from
  let name = field * NAME_BYTES_MAX
  // Names hold letters and "-" only; no other tchar becomes one of them when bit 5 is set.
  const end = Math.min(to, view.byteLength) - 4
  for (; at <= end; at += 4, name += 4)
    if ((view.getInt32(at, true) | 0x20202020) !== NAME_VIEW.getInt32(name, true))
      return OTHER_FIELD
  for (; at < to; at++, name++) if ((bytes[at]! | 0x20) !== NAME_BYTES[name]) return OTHER_FIELD
  return field as KnownField
}
