import { DIGIT_CHAR } from './char-classes.ts'
import { isHost } from './host.ts'
import { type RequestHead, TargetForm } from './request-head.ts'
import { equals, equalsIgnoringCase } from './scan.ts'

const ASTERISK = 0x2a
const SLASH = 0x2f
const COLON = 0x3a
const QUESTION_MARK = 0x3f

const SCHEMES = ['http://', 'https://']

/** RFC 9112 §3.2: tells the four forms apart and writes the form and `pathStart` into the head. False: it has none of them. */
export function readTargetForm(head: RequestHead): boolean {
  const { bytes, base } = head
  const start = base + head.targetStart
  const end = base + head.targetEnd
  head.pathStart = head.targetStart
  // RFC 9112 §3.2.3: authority-form is for CONNECT only, and CONNECT has no other.
  if (equals(bytes, base, base + head.methodEnd, 'CONNECT')) {
    head.form = TargetForm.Authority
    let colon = end - 1 // from which the space before the target is never passed
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
    // What is read past a shorter target is the space behind it, which is in no scheme.
    if (!equalsIgnoringCase(bytes, start, authority, scheme)) continue
    let at = authority
    while (at < end && bytes[at] !== SLASH && bytes[at] !== QUESTION_MARK) at++
    head.pathStart = at - base
    // RFC 9110 §4.2.1: an http URI with an empty host is invalid.
    return at > authority && bytes[authority] !== COLON && isHost(bytes, authority, at)
  }
  return false
}
