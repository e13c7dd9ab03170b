import { DIGIT_CHAR, OWS, SPACE, TCHAR } from './char-classes.ts'
import { KnownField } from './field-names.ts'
import type { ParseErrorCode } from './parse-error.ts'
import type { FieldSection, RequestHead } from './request-head.ts'
import { equalsIgnoringCase, skip, trimEnd } from './scan.ts'
import { isHost } from './target-form.ts'

/** The content length of chunked content, which is not known in advance. */
export const CHUNKED = -1

const CR = 0x0d
const COMMA = 0x2c
const DIGIT_0 = 0x30

const CONTINUE = '100-continue'

const HOST = 1 << KnownField.Host
const CONTENT_LENGTH = 1 << KnownField.ContentLength
const TRANSFER_ENCODING = 1 << KnownField.TransferEncoding
const FORBIDDEN_IN_TRAILERS =
  HOST |
  CONTENT_LENGTH |
  TRANSFER_ENCODING |
  (1 << KnownField.Connection) |
  (1 << KnownField.Expect) |
  (1 << KnownField.Range)

/**
 * Returns the length of a request's content in bytes, 0 for none, or `CHUNKED`; or the error of a
 * message that two parsers could frame differently. The steps are numbered as in RFC 9112 §6.3,
 * where 1 and 2 are about responses.
 */
export function contentLengthOf(head: RequestHead): number | ParseErrorCode {
  const { present } = head
  if (present & TRANSFER_ENCODING) {
    // Step 3: possibly request smuggling. A server may reject the request instead of repairing it.
    if (present & CONTENT_LENGTH) return 'content-length-with-transfer-encoding'
    // RFC 9112 §6.1: before HTTP/1.1 such framing is faulty even without Content-Length.
    if (head.minorVersion === 0) return 'transfer-encoding-in-http-1.0'
    // Step 4.
    return transferCodingError(head) ?? CHUNKED
  }
  // Step 7: a request with neither has no content.
  if (!(present & CONTENT_LENGTH)) return 0
  // Step 5 allows merging equal values. Refusing them is safer, and no real client sends them.
  if (head.repeated & CONTENT_LENGTH) return 'content-length-repeated'
  // Step 6.
  const line = head.find(KnownField.ContentLength)
  const { bytes, base } = head
  return (
    decimal(bytes, base + head.fieldValueStart(line), base + head.fieldValueEnd(line)) ??
    'content-length-malformed'
  )
}

/** Returns the error of the request's Host field (RFC 9112 §3.2), or undefined. */
export function hostError(head: RequestHead): ParseErrorCode | undefined {
  if (head.repeated & HOST) return 'host-repeated'
  if (!(head.present & HOST)) return head.minorVersion === 0 ? undefined : 'host-missing'
  const line = head.find(KnownField.Host)
  const { bytes, base } = head
  const valid = isHost(bytes, base + head.fieldValueStart(line), base + head.fieldValueEnd(line))
  return valid ? undefined : 'host-malformed'
}

/**
 * Returns the line of the head that an error of the functions above is about; -1 if it is missing.
 */
export function refusedLine(head: RequestHead, code: ParseErrorCode): number {
  switch (code) {
    case 'host-missing':
    case 'host-malformed':
      return head.find(KnownField.Host)
    case 'host-repeated':
      return secondLine(head, KnownField.Host)
    case 'content-length-malformed':
      return head.find(KnownField.ContentLength)
    case 'content-length-repeated':
      return secondLine(head, KnownField.ContentLength)
    default:
      return head.find(KnownField.TransferEncoding)
  }
}

/** Returns the second line of a field that is repeated. */
function secondLine(head: RequestHead, field: KnownField): number {
  let line = head.find(field) + 1
  while (head.fieldKind(line) !== field) line++
  return line
}

/**
 * Returns the first trailer that frames, routes or modifies the request (RFC 9110 §6.5.1), or -1.
 */
export function forbiddenTrailer(trailers: FieldSection): number {
  if (!(trailers.present & FORBIDDEN_IN_TRAILERS)) return -1
  for (let line = 0; ; line++) {
    const field = trailers.fieldKind(line)
    if (field !== -1 && FORBIDDEN_IN_TRAILERS & (1 << field)) return line
  }
}

/**
 * Returns undefined if Transfer-Encoding is `chunked` alone, in any case, otherwise the error (RFC
 * 9112 §6.1, §7). Empty members, parameters, quotes and a tab behind a coding are refused: servers
 * disagree about them. llhttp does not recognise chunked before a tab.
 */
function transferCodingError(head: RequestHead): ParseErrorCode | undefined {
  const { bytes, base } = head
  let isChunked = false
  let hasOtherCoding = false
  for (let line = head.find(KnownField.TransferEncoding); line < head.fieldCount; line++) {
    if (head.fieldKind(line) !== KnownField.TransferEncoding) continue
    // Each coding begins behind a comma, the first one behind the colon.
    let at = base + head.fieldNameEnd(line)
    do {
      const start = skip(OWS, bytes, at + 1, bytes.length)
      at = skip(TCHAR, bytes, start, bytes.length)
      // Step 4: chunked must be the last coding, and must not be repeated.
      if (at === start || isChunked) return 'transfer-encoding-malformed'
      isChunked = equalsIgnoringCase(bytes, start, at, 'chunked')
      if (!isChunked) hasOtherCoding = true
      at = skip(SPACE, bytes, at, bytes.length)
    } while (bytes[at] === COMMA)
    if (bytes[at] !== CR) return 'transfer-encoding-malformed'
  }
  if (!isChunked) return 'transfer-encoding-malformed'
  return hasOtherCoding ? 'transfer-coding-unknown' : undefined
}

/**
 * Returns the value of 1*DIGIT (RFC 9110 §8.6). Undefined for anything else, and for a number above
 * 2^53 - 1, which a double may not represent exactly.
 */
function decimal(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (from === to || skip(DIGIT_CHAR, bytes, from, to) !== to) return undefined
  let value = 0
  for (let at = from; at < to; at++) {
    // The parentheses matter: adding the byte before subtracting 48 could round near 2^53.
    value = value * 10 + (bytes[at]! - DIGIT_0)
    if (value > Number.MAX_SAFE_INTEGER) return undefined
  }
  return value
}

/** Whether the client allows another request after this one (RFC 9112 §9.3). */
export function wantsKeepAlive(head: RequestHead): boolean {
  const hasConnection = head.present & (1 << KnownField.Connection)
  // HTTP/1.0 persists only with keep-alive, HTTP/1.1 unless there is close; close overrides.
  if (head.minorVersion === 0)
    return hasConnection !== 0 && hasOption(head, 'keep-alive') && !hasOption(head, 'close')
  return hasConnection === 0 || !hasOption(head, 'close')
}

function hasOption(head: RequestHead, option: string): boolean {
  return hasMember(head, KnownField.Connection, option, true)
}

/**
 * Whether a list that is present has a member, on any line, that equals a text in any case; or, if
 * `isEqual` is false, one that differs from it. Empty members do not count (RFC 9110 §5.6.1).
 */
function hasMember(head: RequestHead, field: KnownField, text: string, isEqual: boolean): boolean {
  const { bytes, base } = head
  for (let line = head.find(field); line < head.fieldCount; line++) {
    if (head.fieldKind(line) !== field) continue
    const end = base + head.fieldValueEnd(line)
    // A member of the list begins behind a comma, the first one behind the byte before the value.
    let comma = base + head.fieldValueStart(line) - 1
    do {
      const start = skip(OWS, bytes, comma + 1, end)
      comma = start
      while (comma < end && bytes[comma] !== COMMA) comma++
      const memberEnd = trimEnd(OWS, bytes, start, comma)
      if (start < memberEnd && equalsIgnoringCase(bytes, start, memberEnd, text) === isEqual)
        return true
    } while (bytes[comma] === COMMA)
  }
  return false
}

/**
 * Whether the client waits for a 100 (Continue) response (RFC 9110 §10.1.1): it has no other
 * expectation. HTTP/1.0 has no such response, so there the field is ignored.
 */
export function expectsContinue(head: RequestHead): boolean {
  if (head.minorVersion === 0 || !(head.present & (1 << KnownField.Expect))) return false
  return (
    hasMember(head, KnownField.Expect, CONTINUE, true) &&
    !hasMember(head, KnownField.Expect, CONTINUE, false)
  )
}
