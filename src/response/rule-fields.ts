import { isFieldName, isFieldValue } from './response-builder.ts'

/**
 * Fields of framing, coding, negotiation, routing and time, which only the server can set
 * correctly.
 */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  'accept-ranges',
  'allow',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'date',
  'keep-alive',
  'location',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
])
/** A rule may remove these, but not set them: a fixed value would not change with the file. */
const VALIDATORS: ReadonlySet<string> = new Set(['etag', 'last-modified'])

/**
 * Returns why a rule may not set or unset a field, as the rest of a sentence after "must";
 * undefined if it may.
 */
export function whyHeaderRefused(name: string, use: 'set' | 'unset'): string | undefined {
  const lower = name.toLowerCase()
  if (!isFieldName(name)) return 'be a header name'
  if (SERVER_FIELDS.has(lower)) return 'not be a header that only the server can set'
  if (use === 'set' && VALIDATORS.has(lower))
    return 'not be set, only unset: the server derives it from the file'
  return undefined
}

/** Whether a text is a field value, without white space at its ends (RFC 9110 §5.5). */
export function isHeaderValue(value: string): boolean {
  return isFieldValue(value) && value === value.trim()
}
