/**
 * The fields that a server reads on nearly every request. The parser recognises them while it scans
 * field names: each has a bit in `head.present`, `1 << KnownField.Range`, and `head.find()` looks
 * its line up by its number. Look up any other field by name: `head.field('x-name')`.
 *
 * @example
 * const parser = new RequestParser()
 * parser.feed(new TextEncoder().encode('GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n'))
 * parser.next() // => Event.Head
 * (parser.head.present & (1 << KnownField.Range)) !== 0 // => true
 * parser.head.fieldValue(parser.head.find(KnownField.Range)) // => 'bytes=0-1'
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

/** Returned instead of a `KnownField` for any other name. */
export const OTHER_FIELD = -1

/** The names in lower case, in the order of their numbers. */
const NAMES = Object.keys(KnownField).map(key => key.replace(/\B[A-Z]/g, '-$&').toLowerCase())

export const KNOWN_FIELD_COUNT: number = NAMES.length

/**
 * A perfect hash: the factors were found by trial, and with them no two names share a slot. So a
 * scanned name has to be compared with one known name at most.
 */
const SLOTS = 32
const slotOf = (length: number, first: number, last: number): number =>
  (length * 2 + (first | 0x20) * 5 + (last | 0x20) * 7) % SLOTS

/** A slot without a name holds the first field, which differs from any name found there. */
const CANDIDATES = new Uint8Array(SLOTS)
for (const [field, name] of NAMES.entries())
  CANDIDATES[slotOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1))] = field

/** All names in one array, so that they can be compared four bytes at a time. */
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
 * Returns the known field that a span names, in any case, or `OTHER_FIELD`. The span must be a
 * token of at least one byte. `view` is a view of `bytes`, or `EMPTY_VIEW`.
 */
export function recogniseField(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): KnownField | typeof OTHER_FIELD {
  const length = to - from
  const field = CANDIDATES[slotOf(length, bytes[from]!, bytes[to - 1]!)]!
  if (NAME_LENGTHS[field] !== length) return OTHER_FIELD
  let at = from
  let name = field * NAME_BYTES_MAX
  // Bit 5 makes letters lower case. It turns no other tchar into a letter or "-".
  const end = Math.min(to, view.byteLength) - 4
  for (; at <= end; at += 4, name += 4)
    if ((view.getInt32(at, true) | 0x20202020) !== NAME_VIEW.getInt32(name, true))
      return OTHER_FIELD
  for (; at < to; at++, name++) if ((bytes[at]! | 0x20) !== NAME_BYTES[name]) return OTHER_FIELD
  return field as KnownField
}
