/**
 * Byte classes as tables of 256 entries: `TABLE[byte]` is 1 for a member of the class, 0 otherwise.
 * Each table is built from the ABNF quoted above it, so that the two can be compared.
 */

type Member = string | readonly [first: number, last: number]

function classOf(...members: readonly Member[]): Uint8Array {
  const table = new Uint8Array(256)
  for (const member of members) {
    if (typeof member === 'string') for (const char of member) table[char.charCodeAt(0)] = 1
    else table.fill(1, member[0], member[1] + 1)
  }
  return table
}

const ALPHA: readonly Member[] = [
  [0x41, 0x5a],
  [0x61, 0x7a],
]
const DIGIT: Member = [0x30, 0x39]
const VCHAR: Member = [0x21, 0x7e]
const OBS_TEXT: Member = [0x80, 0xff]

/**
 * RFC 9110 §5.6.2: tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" /
 * "`" / "|" / "~" / DIGIT / ALPHA
 */
export const TCHAR: Uint8Array = classOf("!#$%&'*+-.^_`|~", DIGIT, ...ALPHA)

/**
 * The bytes of a request target: VCHAR except "#", because clients never send a fragment (RFC 9112
 * §3.2). Wider than the URI grammar on purpose: browsers send `|`, `^`, `[`, `{` and quotes
 * unencoded, and all parsers frame such a request in the same way.
 */
export const TARGET_CHAR: Uint8Array = classOf([0x21, 0x22], [0x24, 0x7e])

/** A space but no tab, for lists that allow no other white space. */
export const SPACE: Uint8Array = classOf(' ')

/** RFC 9110 §5.6.3: OWS = *( SP / HTAB ) */
export const OWS: Uint8Array = classOf(' \t')

/**
 * RFC 9110 §5.5: field-content = field-vchar [ 1*( SP / HTAB / field-vchar ) field-vchar ],
 * field-vchar = VCHAR / obs-text
 */
export const FIELD_VALUE_CHAR: Uint8Array = classOf('\t ', VCHAR, OBS_TEXT)

/** RFC 9110 §5.6.4: qdtext = HTAB / SP / "!" / %x23-5B / %x5D-7E / obs-text */
export const QDTEXT: Uint8Array = classOf('\t !', [0x23, 0x5b], [0x5d, 0x7e], OBS_TEXT)

/**
 * The bytes that a reg-name may have besides a pct-encoded, which begins with "%".
 * RFC 3986 §3.2.2: reg-name = *( unreserved / pct-encoded / sub-delims ),
 * unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~",
 * sub-delims = "!" / "$" / "&" / "'" / "(" / ")" / "*" / "+" / "," / ";" / "="
 */
export const REG_NAME_CHAR: Uint8Array = classOf("-._~!$&'()*+,;=", DIGIT, ...ALPHA)

/** RFC 3986 §3.2.3: port = *DIGIT */
export const DIGIT_CHAR: Uint8Array = classOf(DIGIT)

/** The value of a HEXDIG (RFC 5234 §B.1) in either case; -1 for any other byte. */
export const HEX_VALUE: Int8Array = new Int8Array(256).map((_, byte) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase()),
)
