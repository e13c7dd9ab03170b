import { DIGIT_CHAR, SPACE, TCHAR } from './char-classes.ts'
import { KnownField } from './field-names.ts'
import type { FieldSection } from './field-section.ts'
import { isHost } from './host.ts'
import type { ParseErrorCode } from './parse-error.ts'
import type { RequestHead } from './request-head.ts'
import { equals, skip } from './scan.ts'

/** Content of unknown length that comes in chunks. */
export const CHUNKED = -1

const CR = 0x0d
const COMMA = 0x2c
const DIGIT_0 = 0x30

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
 * Where the content of a request ends: its length in bytes, 0 for none, `CHUNKED`; or why the message could be read in two
 * ways and is refused. RFC 9112 §6.3; the steps bear its numbers, 1 and 2 being about responses.
 */
export function contentLengthOf(head: RequestHead): number | ParseErrorCode {
  const { present } = head
  if (present & TRANSFER_ENCODING) {
    // Step 3: both could be an attempt at smuggling. An intermediary may mend it; an origin server need not.
    if (present & CONTENT_LENGTH) return 'content-length-with-transfer-encoding'
    // RFC 9112 §6.1: in a version before 1.1 the framing is faulty even where Content-Length is absent.
    if (head.minorVersion === 0) return 'transfer-encoding-in-http-1.0'
    // Step 4.
    return transferCodingRefusal(head) ?? CHUNKED
  }
  // Step 7: a request with neither has no content.
  if (!(present & CONTENT_LENGTH)) return 0
  // Step 5: repeated values may be merged where they are all the same; refusing them is safer, and no client sends them.
  if (head.repeated & CONTENT_LENGTH) return 'content-length-repeated'
  // Step 6.
  const line = head.find(KnownField.ContentLength)
  const { bytes, base } = head
  return (
    decimal(bytes, base + head.fieldValueStart(line), base + head.fieldValueEnd(line)) ??
    'content-length-malformed'
  )
}

/** RFC 9112 §3.2: why the request is refused for its Host field, or undefined. */
export function hostRefusal(head: RequestHead): ParseErrorCode | undefined {
  if (head.repeated & HOST) return 'host-repeated'
  if (!(head.present & HOST)) return head.minorVersion === 0 ? undefined : 'host-missing'
  const line = head.find(KnownField.Host)
  const { bytes, base } = head
  const valid = isHost(bytes, base + head.fieldValueStart(line), base + head.fieldValueEnd(line))
  return valid ? undefined : 'host-malformed'
}

/** RFC 9110 §6.5.1: fields that frame, route or modify a request have no place in its trailers. */
export function hasForbiddenTrailer({ present }: FieldSection): boolean {
  return (present & FORBIDDEN_IN_TRAILERS) !== 0
}

/**
 * RFC 9112 §6.1 and §7: a list of codings whose last is `chunked`. Only its plainest writing is taken, lower case with
 * nothing but spaces around the commas, for every other writing has been read differently by some server.
 */
function transferCodingRefusal(head: RequestHead): ParseErrorCode | undefined {
  const { bytes, base } = head
  let chunked = false
  let unknown = false
  for (let line = head.find(KnownField.TransferEncoding); line < head.fieldCount; line++) {
    if (head.fieldKind(line) !== KnownField.TransferEncoding) continue
    let at = base + head.fieldNameEnd(line) // the colon, and then each comma
    do {
      const start = skip(SPACE, bytes, at + 1, bytes.length)
      at = skip(TCHAR, bytes, start, bytes.length)
      // Step 4: chunked must be the last, and stand once.
      if (at === start || chunked) return 'transfer-encoding-malformed'
      chunked = equals(bytes, start, at, 'chunked')
      if (!chunked) unknown = true
      at = skip(SPACE, bytes, at, bytes.length)
    } while (bytes[at] === COMMA)
    if (bytes[at] !== CR) return 'transfer-encoding-malformed'
  }
  if (!chunked) return 'transfer-encoding-malformed'
  return unknown ? 'transfer-coding-unknown' : undefined
}

/** RFC 9110 §8.6: Content-Length = 1*DIGIT. Undefined for anything else and for what a double does not hold exactly. */
function decimal(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (from === to || skip(DIGIT_CHAR, bytes, from, to) !== to) return undefined
  let value = 0
  for (let at = from; at < to; at++) {
    // The digit first: with the byte's 48 more, a sum near 2^53 would be rounded.
    value = value * 10 + (bytes[at]! - DIGIT_0)
    if (value > Number.MAX_SAFE_INTEGER) return undefined
  }
  return value
}
