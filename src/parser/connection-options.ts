import { OWS } from './char-classes.ts'
import { KnownField } from './field-names.ts'
import type { RequestHead } from './request-head.ts'
import { equalsIgnoringCase, skip, trimEnd } from './scan.ts'

const COMMA = 0x2c

/** Whether the client allows another request after this one (RFC 9112 §9.3). */
export function wantsKeepAlive(head: RequestHead): boolean {
  const hasConnection = head.present & (1 << KnownField.Connection)
  // HTTP/1.0 persists only with keep-alive, HTTP/1.1 unless there is close; close overrides.
  if (head.minorVersion === 0)
    return hasConnection !== 0 && hasOption(head, 'keep-alive') && !hasOption(head, 'close')
  return hasConnection === 0 || !hasOption(head, 'close')
}

/** Whether any Connection line lists an option, in any case (RFC 9110 §7.6.1). */
function hasOption(head: RequestHead, option: string): boolean {
  const { bytes, base } = head
  for (let line = head.find(KnownField.Connection); line < head.fieldCount; line++) {
    if (head.fieldKind(line) !== KnownField.Connection) continue
    const end = base + head.fieldValueEnd(line)
    // A member of the list begins behind a comma, the first one behind the byte before the value.
    let comma = base + head.fieldValueStart(line) - 1
    do {
      const start = skip(OWS, bytes, comma + 1, end)
      comma = start
      while (comma < end && bytes[comma] !== COMMA) comma++
      if (equalsIgnoringCase(bytes, start, trimEnd(OWS, bytes, start, comma), option)) return true
    } while (bytes[comma] === COMMA)
  }
  return false
}

/**
 * Whether the client waits for a 100 (Continue) response (RFC 9110 §10.1.1). HTTP/1.0 has no such
 * response, so there the field is ignored.
 */
export function expectsContinue(head: RequestHead): boolean {
  if (head.minorVersion === 0 || head.repeated & (1 << KnownField.Expect)) return false
  const line = head.find(KnownField.Expect)
  if (line === -1) return false
  const { bytes, base } = head
  return equalsIgnoringCase(
    bytes,
    base + head.fieldValueStart(line),
    base + head.fieldValueEnd(line),
    '100-continue',
  )
}
