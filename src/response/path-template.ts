import { percentDecode, percentEncode, wellFormed } from './name-bytes.ts'
import { type Captures, type PathPattern, SPLAT } from './path-pattern.ts'
import {
  CAPTURE_NAME,
  decodePathText,
  type ParseResult,
  refuse,
  splitPathText,
} from './path-text.ts'

/** A compiled `to` of a redirect or rewrite: a path or URL, with placeholders for captures. */
export type PathTemplate = {
  /** The template as the rule has it. */
  readonly text: string
  /** `https://a.example`, or '' for this site. */
  readonly origin: string
  /** Percent-encoded, except for the placeholders, as are query and fragment. */
  readonly path: string
  /** What follows `?` and `#`, undefined if the template has none. */
  readonly query: string | undefined
  readonly fragment: string | undefined
}

const PLACEHOLDER = new RegExp(`:(${CAPTURE_NAME})`, 'g')

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
  if (base !== '' && (url === undefined || url.username !== '' || url.password !== ''))
    return refuse('have a host without user information or captures')
  const encodedPath = compilePath(path === '' ? '/' : path)
  if (!encodedPath.ok) return encodedPath
  for (const component of [query, fragment]) {
    const decoded = decodePathText(component ?? '')
    if (!decoded.ok) return decoded
  }
  return {
    ok: true,
    value: {
      text,
      origin: url?.origin ?? '',
      path: encodedPath.value,
      query: query && encodeText(query),
      fragment: fragment && encodeText(fragment),
    },
  }
}

/** Compiles the `to` of a rewrite: `/pages/:page.html`. */
export function compileRewriteTarget(text: string): ParseResult<PathTemplate> {
  if (/[?#]/.test(text)) return refuse('be a path, without a query or fragment')
  const path = compilePath(text)
  if (!path.ok) return path
  const value = { text, origin: '', path: path.value, query: undefined, fragment: undefined }
  return { ok: true, value }
}

function compilePath(text: string): ParseResult<string> {
  const split = splitPathText(text)
  if (!split.ok) return split
  if (text.includes('*'))
    return refuse('use :splat for what ** captures, and write a literal star as %2A')
  for (const segment of split.value) {
    const decoded = decodePathText(segment)
    if (!decoded.ok) return decoded
    // A splat is any number of segments, so it cannot be part of one.
    if (segment !== `:${SPLAT}` && captureNamesIn(segment).includes(SPLAT))
      return refuse('use :splat only as a whole segment')
  }
  return { ok: true, value: encodeText(text) }
}

/** Percent-encodings in the text stay as they are. */
function encodeText(text: string): string {
  return encodeURI(wellFormed(text)).replaceAll('%25', '%')
}

/** Returns the first name in a template that the pattern does not capture. */
export function missingCapture(
  { path, query = '', fragment = '' }: PathTemplate,
  { captureNames }: PathPattern,
): string | undefined {
  return captureNamesIn(`${path}?${query}#${fragment}`).find(name => !captureNames.includes(name))
}

function captureNamesIn(text: string): string[] {
  return Array.from(text.matchAll(PLACEHOLDER), ([, name]) => name!)
}

/**
 * Expands a template to a decoded path, '' if it cannot be decoded. The caller checks that such a
 * path may be served.
 */
export function expandTarget(template: PathTemplate, captures: Captures): string {
  return percentDecode(expandPath(template, captures)) ?? ''
}

/**
 * Expands a template to a Location (RFC 9110 §10.2.2), with the query of the request unless the
 * template has its own.
 */
export function expandLocation(template: PathTemplate, captures: Captures, query: string): string {
  const { origin, fragment } = template
  const path = expandPath(template, captures)
  const expandedQuery = expandQuery(template, captures, query)
  const end = fragment === undefined ? '' : `#${expandText(fragment, captures)}`
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

function expandQuery({ query: own }: PathTemplate, captures: Captures, query: string): string {
  return own === undefined ? query : expandText(own, captures)
}

/** Begins with exactly one slash, whatever was captured: only the last segment may be empty. */
function expandPath({ path }: PathTemplate, captures: Captures): string {
  const segments = path
    .slice(1)
    .split('/')
    .flatMap(segment =>
      segment === `:${SPLAT}` ? encodedValues(SPLAT, captures) : [expandText(segment, captures)],
    )
  return `/${segments.filter((segment, i) => segment !== '' || i === segments.length - 1).join('/')}`
}

function expandText(text: string, captures: Captures): string {
  return text.replace(PLACEHOLDER, (_, name: string) => encodedValues(name, captures).join('/'))
}

function encodedValues(name: string, captures: Captures): readonly string[] {
  return (captures.get(name) ?? []).map(percentEncode)
}
