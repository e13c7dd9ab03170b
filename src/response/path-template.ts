import { type Captures, type PathPattern, SPLAT } from './path-pattern.ts'
import {
  CAPTURE_NAME,
  decodePathText,
  type ParseResult,
  refuse,
  splitPathText,
} from './path-text.ts'

/**
 * A compiled `to` of a redirect or rewrite: a path, or for a redirect also a URL, with placeholders
 * for the captures of a pattern.
 */
export type PathTemplate = {
  /** The template as the rule has it. */
  readonly text: string
  /** `https://a.example`, or '' for this site. */
  readonly origin: string
  readonly segments: readonly (readonly TemplateToken[])[]
  /** What follows `?` and `#`, undefined if the template has none. */
  readonly query: readonly TemplateToken[] | undefined
  readonly fragment: readonly TemplateToken[] | undefined
}

/** A literal text in both spellings, or a placeholder for a capture. */
type TemplateToken =
  | { readonly kind: 'literal'; readonly encoded: string; readonly decoded: string }
  | { readonly kind: 'capture'; readonly name: string }

/** Compiles the `to` of a redirect: `/new/:splat`, `/search?q=:name`, `https://a.example/#top`. */
export function compileRedirectTarget(text: string): ParseResult<PathTemplate> {
  if (/[\0-\x1f\x7f\\]/.test(text))
    return refuse('contain neither backslashes nor control characters')
  const [, base = '', path = '', query, fragment] =
    /^(https?:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/i.exec(text) ?? []
  if (base === '' && (path[0] !== '/' || path[1] === '/'))
    return refuse('begin with one slash, http:// or https://')
  // A capture in the authority would let the client choose the host.
  const url = base !== '' && URL.canParse(base) ? new URL(base) : undefined
  if (base !== '' && (url === undefined || url.username !== '' || url.password !== '')) {
    return refuse('have a host without user information or captures')
  }
  const segments = compilePath(path === '' ? '/' : path)
  if (!segments.ok) return segments
  for (const component of [query, fragment]) {
    const decoded = decodePathText(component ?? '')
    if (!decoded.ok) return decoded
  }
  return {
    ok: true,
    value: {
      text,
      origin: url?.origin ?? '',
      segments: segments.value,
      query: query === undefined ? undefined : tokenize(query),
      fragment: fragment === undefined ? undefined : tokenize(fragment),
    },
  }
}

/** Compiles the `to` of a rewrite: `/pages/:page.html`. */
export function compileRewriteTarget(text: string): ParseResult<PathTemplate> {
  if (/[?#]/.test(text)) return refuse('be a path, without a query or fragment')
  const segments = compilePath(text)
  if (!segments.ok) return segments
  return {
    ok: true,
    value: { text, origin: '', segments: segments.value, query: undefined, fragment: undefined },
  }
}

function compilePath(text: string): ParseResult<TemplateToken[][]> {
  const split = splitPathText(text)
  if (!split.ok) return split
  if (text.includes('*'))
    return refuse('use :splat for what ** captures, and write a literal star as %2A')
  for (const segment of split.value) {
    const decoded = decodePathText(segment)
    if (!decoded.ok) return decoded
  }
  const segments = split.value.map(tokenize)
  // A splat is any number of segments, so it cannot be part of one.
  const isInside = segments.some(
    tokens => tokens.length > 1 && captureNamesIn(tokens).includes(SPLAT),
  )
  return isInside ? refuse('use :splat only as a whole segment') : { ok: true, value: segments }
}

function tokenize(text: string): TemplateToken[] {
  const [first, ...others] = text.split(':')
  const tokens: TemplateToken[] = [literal(first!)]
  for (const other of others) {
    const name = CAPTURE_NAME.exec(other)?.[0]
    if (name === undefined) tokens.push(literal(`:${other}`))
    else tokens.push({ kind: 'capture', name }, literal(other.slice(name.length)))
  }
  return tokens.filter(token => token.kind === 'capture' || token.encoded !== '')
}

function literal(text: string): TemplateToken {
  // Percent-encodings in the text stay as they are.
  const encoded = encodeURI(wellFormed(text)).replaceAll('%25', '%')
  return { kind: 'literal', encoded, decoded: decodeURIComponent(encoded) }
}

/** Returns the first name in a template that the pattern does not capture. */
export function missingCapture(
  { segments, query = [], fragment = [] }: PathTemplate,
  { captureNames }: PathPattern,
): string | undefined {
  return captureNamesIn([...segments.flat(), ...query, ...fragment]).find(
    name => !captureNames.includes(name),
  )
}

function captureNamesIn(tokens: readonly TemplateToken[]): string[] {
  return tokens.flatMap(token => (token.kind === 'capture' ? [token.name] : []))
}

/** Expands a template to a decoded path. The caller checks that such a path may be served. */
export function expandTarget({ segments }: PathTemplate, captures: Captures): string {
  return expandPath(segments, captures, 'decoded')
}

/**
 * Expands a template to a Location (RFC 9110 §10.2.2), with the query of the request unless the
 * template has its own.
 */
export function expandLocation(template: PathTemplate, captures: Captures, query: string): string {
  const { origin, segments, fragment } = template
  const expandedQuery = expandQuery(template, captures, query)
  const path = expandPath(segments, captures, 'encoded')
  const end = fragment === undefined ? '' : `#${expandTokens(fragment, captures, 'encoded')}`
  return `${origin}${path}${expandedQuery === '' ? '' : `?${expandedQuery}`}${end}`
}

/** Whether the Location is the URL of the request itself, so that the client would loop. */
export function isRedirectLoop(
  template: PathTemplate,
  captures: Captures,
  path: string,
  query: string,
): boolean {
  return (
    template.origin === '' &&
    expandTarget(template, captures) === path &&
    expandQuery(template, captures, query) === query
  )
}

type Spelling = 'encoded' | 'decoded'

function expandQuery({ query: own }: PathTemplate, captures: Captures, query: string): string {
  return own === undefined ? query : expandTokens(own, captures, 'encoded')
}

/** Begins with exactly one slash, whatever was captured: only the last segment may be empty. */
function expandPath(
  segments: readonly (readonly TemplateToken[])[],
  captures: Captures,
  spelling: Spelling,
): string {
  const expanded = segments.flatMap(tokens => {
    const [only] = tokens
    const isWhole = tokens.length === 1 && only!.kind === 'capture'
    return isWhole
      ? expandToken(only!, captures, spelling)
      : [expandTokens(tokens, captures, spelling)]
  })
  return `/${expanded.filter((segment, i) => segment !== '' || i === expanded.length - 1).join('/')}`
}

function expandTokens(
  tokens: readonly TemplateToken[],
  captures: Captures,
  spelling: Spelling,
): string {
  return tokens.map(token => expandToken(token, captures, spelling).join('/')).join('')
}

function expandToken(
  token: TemplateToken,
  captures: Captures,
  spelling: Spelling,
): readonly string[] {
  if (token.kind === 'literal') return [token[spelling]]
  const values = captures.get(token.name) ?? []
  return spelling === 'decoded'
    ? values
    : values.map(value => encodeURIComponent(wellFormed(value)))
}

/** Replaces lone surrogates: they have no UTF-8 form, so that `encodeURI` would throw. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}
