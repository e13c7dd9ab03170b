import type { ParseErrorCode } from '#src/parser/index.js'
import type { Severity } from '../severity.ts'

/**
 * The severity of accepting a random message that statewire's parser refuses with a code, and the
 * section of the RFC. If that parser is stricter than the RFC with some messages of a code, such as
 * a coding in capitals, the severity is leniency.
 */
export const CODES: Readonly<Partial<Record<ParseErrorCode, readonly [Severity, string]>>> = {
  'method-malformed': ['ambiguity', 'RFC 9110 §9.1'],
  'target-malformed': ['leniency', 'RFC 9112 §3.2'],
  'version-malformed': ['ambiguity', 'RFC 9112 §2.3'],
  'version-unsupported': ['leniency', 'RFC 9110 §15.6.6'],
  'bare-lf': ['leniency', 'RFC 9112 §2.2'],
  'bare-cr': ['leniency', 'RFC 9112 §2.2'],
  'too-many-empty-lines': ['leniency', 'RFC 9112 §2.2'],
  'field-line-folded': ['leniency', 'RFC 9112 §5.2'],
  'field-name-malformed': ['ambiguity', 'RFC 9110 §5.1'],
  'field-name-space': ['ambiguity', 'RFC 9112 §5.1'],
  'field-value-malformed': ['leniency', 'RFC 9110 §5.5'],
  'host-missing': ['ambiguity', 'RFC 9112 §3.2'],
  'host-repeated': ['ambiguity', 'RFC 9112 §3.2'],
  'host-malformed': ['ambiguity', 'RFC 9112 §3.2'],
  'content-length-malformed': ['leniency', 'RFC 9110 §8.6, RFC 9112 §6.3 (5)'],
  'content-length-repeated': ['leniency', 'RFC 9110 §8.6, RFC 9112 §6.3 (5)'],
  'content-length-with-transfer-encoding': ['ambiguity', 'RFC 9112 §6.1, §6.3 (3)'],
  'transfer-encoding-malformed': ['leniency', 'RFC 9112 §6.1, §6.3 (4)'],
  'transfer-coding-unknown': ['leniency', 'RFC 9112 §6.1, §6.3 (4)'],
  'chunk-size-malformed': ['leniency', 'RFC 9112 §7.1'],
  'chunk-extension-malformed': ['leniency', 'RFC 9112 §7.1.1'],
  'chunk-data-unterminated': ['ambiguity', 'RFC 9112 §7.1'],
}
