/** The value of a text in a rule, or why it is refused: the rest of a sentence after "must". */
export type ParseResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string }

export function refuse(reason: string): ParseResult<never> {
  return { ok: false, reason }
}

/** A pattern of the names of captures. */
export const CAPTURE_NAME = '[A-Za-z_][A-Za-z0-9_]*'

/**
 * Decodes a piece of a path in a rule, in the Unicode form NFC. The author may write `ü` or
 * `%C3%BC`, and writes `%2A`, `%3A` and `%25` for literal `*`, `:` and `%`.
 */
export function decodePathText(text: string): ParseResult<string> {
  let decoded: string
  try {
    decoded = decodeURIComponent(text)
  } catch {
    return refuse('write a percent sign as %25')
  }
  if (/[\0-\x1f\x7f\\]/.test(decoded))
    return refuse('contain neither backslashes nor control characters')
  if (decoded.length !== text.length && /%2f/i.test(text))
    return refuse('not contain an encoded slash')
  return { ok: true, value: decoded.normalize('NFC') }
}

/** Splits the path of a rule into segments, not decoded. The last one is empty for a folder. */
export function splitPathText(text: string): ParseResult<readonly string[]> {
  if (text[0] !== '/') return refuse('begin with a slash')
  const segments = text.slice(1).split('/')
  if (segments.slice(0, -1).includes('')) return refuse('not contain an empty segment')
  if (segments.some(segment => /^(?:\.|%2e){1,2}$/i.test(segment)))
    return refuse('not contain a segment . or ..')
  return { ok: true, value: segments }
}
