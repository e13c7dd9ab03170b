import { DIGIT_CHAR, IP_LITERAL_CHAR, REG_NAME_CHAR } from './char-classes.ts'
import { skip } from './scan.ts'

const COLON = 0x3a
const BRACKET_OPEN = 0x5b
const BRACKET_CLOSE = 0x5d

/**
 * Whether a span is a host with an optional port. RFC 9110 §7.2: Host = uri-host [ ":" port ]. An
 * empty host is valid (RFC 9112 §3.2); user information is not.
 */
export function isHost(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from
  if (bytes[at] === BRACKET_OPEN && at < to) {
    at = skip(IP_LITERAL_CHAR, bytes, at + 1, to)
    if (at === from + 1 || bytes[at] !== BRACKET_CLOSE) return false
    at++
  } else at = skip(REG_NAME_CHAR, bytes, at, to)
  if (at === to) return true
  return bytes[at] === COLON && skip(DIGIT_CHAR, bytes, at + 1, to) === to
}
