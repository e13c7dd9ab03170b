import { isFieldName, isFieldValue } from './response-builder.ts'

/** What the server alone knows: how the message is framed, coded and negotiated, and when it was made. */
const OWN: ReadonlySet<string> = new Set([
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
/** These may be left out, but one that is made up would not change with the file. */
const VALIDATORS: ReadonlySet<string> = new Set(['etag', 'last-modified'])

/** Why a rule may not set or unset a field, to follow "must"; undefined if it may. */
export function nameRefusal(name: string, use: 'set' | 'unset'): string | undefined {
  const lower = name.toLowerCase()
  if (!isFieldName(name)) return 'be the name of a field'
  if (OWN.has(lower)) return 'not be a field that the server itself has to get right'
  if (use === 'set' && VALIDATORS.has(lower)) return 'be told by the file; it can only be unset'
  return undefined
}

/** Whether text can be sent as it is: blanks at the ends are not part of a value (RFC 9110 §5.5). */
export function isRuleValue(value: string): boolean {
  return isFieldValue(value) && value === value.trim()
}
