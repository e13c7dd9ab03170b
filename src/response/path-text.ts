/** A text of a rule in what it means, or why it may not stand there, to follow "must". */
export type ParseResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string }

export const refuse = (reason: string): { readonly ok: false; readonly reason: string } => ({
  ok: false,
  reason,
})

/** The name of a capture, at the start of a text. */
export const NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_]*/

/**
 * A piece of a path in a rule, decoded. A person writes `ü` or `%C3%BC`, and `%2A`, `%3A`, `%25` for the characters that
 * mean something.
 */
export function decodePathText(text: string): ParseResult<string> {
  let decoded: string
  try {
    decoded = decodeURIComponent(text)
  } catch {
    return refuse('have a percent sign as %25')
  }
  if (/[\0-\x1f\x7f\\]/.test(decoded))
    return refuse('have neither backslashes nor control characters')
  if (decoded.length !== text.length && /%2f/i.test(text)) return refuse('have no encoded slash')
  return { ok: true, value: decoded }
}

/** The segments of a path that a person wrote; an empty last one is that of a folder. */
export function splitPathText(text: string): ParseResult<readonly string[]> {
  if (text[0] !== '/') return refuse('begin with a slash')
  const segments = text.slice(1).split('/')
  if (segments.slice(0, -1).includes('')) return refuse('have no empty segment')
  if (segments.some(segment => /^(?:\.|%2e){1,2}$/i.test(segment)))
    return refuse('have no segment . or ..')
  return { ok: true, value: segments }
}
