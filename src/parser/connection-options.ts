import { OWS } from './char-classes.ts'
import { KnownField } from './field-names.ts'
import type { RequestHead } from './request-head.ts'
import { equalsIgnoringCase, skip, trimEnd } from './scan.ts'

const COMMA = 0x2c

/** RFC 9112 §9.3: whether the connection goes on after this exchange, as far as the client is concerned. */
export function wantsKeepAlive(head: RequestHead): boolean {
  const hasConnection = head.present & (1 << KnownField.Connection)
  // HTTP/1.0 goes on only when asked; 1.1 unless told to close; close wins where both are said.
  if (head.minorVersion === 0)
    return hasConnection !== 0 && hasOption(head, 'keep-alive') && !hasOption(head, 'close')
  return hasConnection === 0 || !hasOption(head, 'close')
}

/** RFC 9110 §7.6.1: whether an option stands in the list of the Connection field, on any of its lines, in any case. */
function hasOption(head: RequestHead, option: string): boolean {
  const { bytes, base } = head
  for (let line = head.find(KnownField.Connection); line < head.fieldCount; line++) {
    if (head.fieldKind(line) !== KnownField.Connection) continue
    const end = base + head.fieldValueEnd(line)
    let comma = base + head.fieldValueStart(line) - 1 // no comma yet, but what stands before the first member
    do {
      const start = skip(OWS, bytes, comma + 1, end)
      comma = start
      while (comma < end && bytes[comma] !== COMMA) comma++
      if (equalsIgnoringCase(bytes, start, trimEnd(OWS, bytes, start, comma), option)) return true
    } while (bytes[comma] === COMMA)
  }
  return false
}

/** RFC 9110 §10.1.1: whether the client awaits a 100 (Continue). HTTP/1.0 knows none, and there the field is ignored. */
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
