import { DIGIT_CHAR, HEX_VALUE, REG_NAME_CHAR } from './char-classes.ts'
import { isIpv6Address } from './ip-literal.ts'
import { type RequestHead, TargetForm } from './request-head.ts'
import { equals, equalsIgnoringCase, skip } from './scan.ts'

const ASTERISK = 0x2a
const SLASH = 0x2f
const COLON = 0x3a
const QUESTION_MARK = 0x3f

const SCHEMES = ['http://', 'https://']

/**
 * Determines which of the four forms the target has (RFC 9112 §3.2), and sets `form` and
 * `pathStart` of the head. Returns false if the target has none of them.
 */
export function parseTargetForm(head: RequestHead): boolean {
  const { bytes, base } = head
  const start = base + head.targetStart
  const end = base + head.targetEnd
  head.pathStart = head.targetStart
  // RFC 9112 §3.2.3: authority-form is for CONNECT only, and CONNECT has no other form.
  if (equals(bytes, base, base + head.methodEnd, 'CONNECT')) {
    head.form = TargetForm.Authority
    // The port is required here. The loop stops at the space before the target at the latest.
    let colon = end - 1
    while (DIGIT_CHAR[bytes[colon]!] === 1) colon--
    return bytes[colon] === COLON && isHost(bytes, start, end)
  }
  if (bytes[start] === SLASH) {
    head.form = TargetForm.Origin
    return true
  }
  // RFC 9112 §3.2.4: asterisk-form is for OPTIONS only.
  if (bytes[start] === ASTERISK && end - start === 1) {
    head.form = TargetForm.Asterisk
    return equals(bytes, base, base + head.methodEnd, 'OPTIONS')
  }
  head.form = TargetForm.Absolute
  for (const scheme of SCHEMES) {
    const authority = start + scheme.length
    // In a shorter target the comparison fails at the space behind it, which no scheme contains.
    if (!equalsIgnoringCase(bytes, start, authority, scheme)) continue
    let at = authority
    while (at < end && bytes[at] !== SLASH && bytes[at] !== QUESTION_MARK) at++
    head.pathStart = at - base
    // RFC 9110 §4.2.1: an http URI with an empty host is invalid.
    return at > authority && bytes[authority] !== COLON && isHost(bytes, authority, at)
  }
  return false
}

const PERCENT = 0x25
const DIGIT_0 = 0x30
const BRACKET_OPEN = 0x5b
const BRACKET_CLOSE = 0x5d
const PORT_MAX = 65_535

/**
 * Whether a span is a host with an optional port. RFC 9110 §7.2: Host = uri-host [ ":" port ]. An
 * empty host is valid (RFC 9112 §3.2); user information is not.
 */
export function isHost(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from
  if (bytes[at] === BRACKET_OPEN && at < to) {
    while (at < to && bytes[at] !== BRACKET_CLOSE) at++
    // RFC 3986 §3.2.2: an IP-literal of an unknown version, IPvFuture, is an error.
    if (at === to || !isIpv6Address(bytes, from + 1, at)) return false
    at++
  } else {
    at = skip(REG_NAME_CHAR, bytes, at, to)
    while (at < to && bytes[at] === PERCENT) {
      if (at + 2 >= to || HEX_VALUE[bytes[at + 1]!] === -1 || HEX_VALUE[bytes[at + 2]!] === -1)
        return false
      at = skip(REG_NAME_CHAR, bytes, at + 3, to)
    }
  }
  return at === to || (bytes[at] === COLON && isPort(bytes, at + 1, to))
}

/** RFC 3986 §3.2.3: port = *DIGIT */
function isPort(bytes: Uint8Array, from: number, to: number): boolean {
  let port = 0
  for (let at = from; at < to; at++) {
    if (DIGIT_CHAR[bytes[at]!] !== 1) return false
    port = port * 10 + (bytes[at]! - DIGIT_0)
    if (port > PORT_MAX) return false
  }
  return true
}
