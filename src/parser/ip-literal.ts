import { DIGIT_CHAR, HEX_VALUE } from './char-classes.ts'

const DOT = 0x2e
const DIGIT_0 = 0x30
const COLON = 0x3a

/** How many groups of 16 bits an address has, and how many of these an IPv4 address takes. */
const GROUPS = 8
const IPV4_GROUPS = 2
const GROUP_DIGITS_MAX = 4
const OCTETS = 4
const OCTET_MAX = 255

/**
 * Whether a span is an IPv6address (RFC 3986 §3.2.2), without brackets and without a zone, which
 * has no meaning on another host (RFC 6874 §4).
 */
export function isIpv6Address(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from
  let groups = 0
  let isShortened = false
  if (to - at >= 2 && bytes[at] === COLON && bytes[at + 1] === COLON) {
    isShortened = true
    at += 2
  }
  while (at < to || groups === 0) {
    const start = at
    while (at < to && at - start < GROUP_DIGITS_MAX && HEX_VALUE[bytes[at]!] !== -1) at++
    if (at === start) return isShortened && groups === 0 && at === to
    if (at < to && bytes[at] === DOT) {
      if (!isIpv4Address(bytes, start, to)) return false
      groups += IPV4_GROUPS
      break
    }
    groups++
    if (at === to) break
    if (bytes[at] !== COLON || at + 1 === to) return false
    at++
    if (bytes[at] !== COLON) continue
    if (isShortened) return false
    isShortened = true
    at++
  }
  return isShortened ? groups < GROUPS : groups === GROUPS
}

/** RFC 3986 §3.2.2: IPv4address = dec-octet "." dec-octet "." dec-octet "." dec-octet */
function isIpv4Address(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from
  for (let octet = 1; ; octet++) {
    const start = at
    let value = 0
    while (at < to && DIGIT_CHAR[bytes[at]!] === 1 && value <= OCTET_MAX)
      value = value * 10 + (bytes[at++]! - DIGIT_0)
    if (at === start || value > OCTET_MAX) return false
    if (bytes[start] === DIGIT_0 && at - start > 1) return false
    if (octet === OCTETS) return at === to
    if (at === to || bytes[at] !== DOT) return false
    at++
  }
}
