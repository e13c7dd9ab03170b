import { isFieldName, isFieldValue } from './response-head.ts'

/** Fields that only the server can set correctly. */
const SERVER_FIELDS: readonly string[] = [
  // Framing and the connection.
  ...['content-length', 'transfer-encoding', 'trailer', 'te'],
  ...['connection', 'keep-alive', 'proxy-connection', 'upgrade'],
  // Coding, negotiation, routing and time.
  ...['accept-ranges', 'content-encoding', 'content-range', 'vary', 'allow', 'location', 'date'],
]
/** A rule may remove these, but not set them: a fixed value would not change with the file. */
const VALIDATORS: readonly string[] = ['etag', 'last-modified']

/** Returns why a rule may not set or unset a field, as the rest of a sentence after "must". */
export function whyHeaderRefused(name: string, use: 'set' | 'unset'): string | undefined {
  const lower = name.toLowerCase()
  if (!isFieldName(name)) return 'be a header name'
  if (SERVER_FIELDS.includes(lower)) return 'not be a header that only the server can set'
  if (use === 'set' && VALIDATORS.includes(lower))
    return 'not be set, only unset: the server derives it from the file'
  return undefined
}

/** Whether a text is a field value, without white space at its ends (RFC 9110 §5.5). */
export function isHeaderValue(value: string): boolean {
  return isFieldValue(value) && value === value.trim()
}

/** Whether a field says how long a response may be cached, by clients or by a proxy on the way. */
export function isCachingField(name: string): boolean {
  return /^(?:(?:.*-)?cache-control|expires|surrogate-control|x-accel-expires)$/i.test(name)
}
