import { type Captures, type PathPattern, SPLAT } from './path-pattern.ts'
import { decodePathText, NAME, type ParseResult, refuse, splitPathText } from './path-text.ts'

/** Where a redirect or a rewrite leads: a path, for a redirect also a URL, with places for what a pattern captures. */
export type PathTemplate = {
  /** As it was written. */
  readonly text: string
  /** `https://a.example`, or '' for a place on this site. */
  readonly origin: string
  readonly segments: readonly (readonly Part[])[]
  /** What follows `?` and `#`, where they are written. */
  readonly query: readonly Part[] | undefined
  readonly fragment: readonly Part[] | undefined
}

/** A text in its two spellings, or what was captured by a name. */
type Part =
  | { readonly kind: 'literal'; readonly encoded: string; readonly decoded: string }
  | { readonly kind: 'capture'; readonly name: string }

/** Where a redirect leads: `/new/:splat`, `/search?q=:name`, `https://a.example/#top`. */
export function compileLocation(text: string): ParseResult<PathTemplate> {
  if (/[\0-\x1f\x7f\\]/.test(text)) return refuse('have neither backslashes nor control characters')
  const [, base = '', path = '', query, fragment] =
    /^(https?:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/i.exec(text) ?? []
  if (base === '' && (path[0] !== '/' || path[1] === '/'))
    return refuse('begin with one slash, http:// or https://')
  // A capture in the authority would let a client choose the host.
  const url = base !== '' && URL.canParse(base) ? new URL(base) : undefined
  if (base !== '' && (url === undefined || url.username !== '' || url.password !== '')) {
    return refuse('name a host, without a user and without captures')
  }
  const segments = compilePath(path === '' ? '/' : path)
  if (!segments.ok) return segments
  for (const part of [query, fragment]) {
    const decoded = decodePathText(part ?? '')
    if (!decoded.ok) return decoded
  }
  return {
    ok: true,
    value: {
      text,
      origin: url?.origin ?? '',
      segments: segments.value,
      query: query === undefined ? undefined : partsOf(query),
      fragment: fragment === undefined ? undefined : partsOf(fragment),
    },
  }
}

/** Where a rewrite leads: `/pages/:page.html`. */
export function compileTarget(text: string): ParseResult<PathTemplate> {
  if (/[?#]/.test(text)) return refuse('be a path, without a query or fragment')
  const segments = compilePath(text)
  if (!segments.ok) return segments
  return {
    ok: true,
    value: { text, origin: '', segments: segments.value, query: undefined, fragment: undefined },
  }
}

function compilePath(text: string): ParseResult<Part[][]> {
  const split = splitPathText(text)
  if (!split.ok) return split
  if (text.includes('*'))
    return refuse('have :splat for what ** captures, and a star itself as %2A')
  for (const segment of split.value) {
    const decoded = decodePathText(segment)
    if (!decoded.ok) return decoded
  }
  const segments = split.value.map(partsOf)
  // Many segments have no place in one.
  const isInside = segments.some(parts => parts.length > 1 && namesIn(parts).includes(SPLAT))
  return isInside ? refuse('have :splat as a whole segment only') : { ok: true, value: segments }
}

function partsOf(text: string): Part[] {
  const [first, ...others] = text.split(':')
  const parts: Part[] = [literal(first!)]
  for (const other of others) {
    const name = NAME.exec(other)?.[0]
    if (name === undefined) parts.push(literal(`:${other}`))
    else parts.push({ kind: 'capture', name }, literal(other.slice(name.length)))
  }
  return parts.filter(part => part.kind === 'capture' || part.encoded !== '')
}

function literal(text: string): Part {
  // What is encoded already stays as it is.
  const encoded = encodeURI(wellFormed(text)).replaceAll('%25', '%')
  return { kind: 'literal', encoded, decoded: decodeURIComponent(encoded) }
}

/** The first name in a template that the pattern does not capture. */
export function nameMissing(
  { segments, query = [], fragment = [] }: PathTemplate,
  { names }: PathPattern,
): string | undefined {
  return namesIn([...segments.flat(), ...query, ...fragment]).find(name => !names.includes(name))
}

function namesIn(parts: readonly Part[]): string[] {
  return parts.flatMap(part => (part.kind === 'capture' ? [part.name] : []))
}

/** The template as a decoded path. Nothing says yet that such a path is served. */
export function expandTarget({ segments }: PathTemplate, captures: Captures): string {
  return expandPath(segments, captures, 'decoded')
}

/** The template as a Location (RFC 9110 §10.2.2). The query of the request goes along unless the template has its own. */
export function expandLocation(template: PathTemplate, captures: Captures, query: string): string {
  const { origin, segments, fragment } = template
  const search = searchOf(template, captures, query)
  const path = expandPath(segments, captures, 'encoded')
  const end = fragment === undefined ? '' : `#${expandParts(fragment, captures, 'encoded')}`
  return `${origin}${path}${search === '' ? '' : `?${search}`}${end}`
}

/** Whether the Location is where the request came from: to be sent there again would never end. */
export function isRedirectLoop(
  template: PathTemplate,
  captures: Captures,
  path: string,
  query: string,
): boolean {
  return (
    template.origin === '' &&
    expandTarget(template, captures) === path &&
    searchOf(template, captures, query) === query
  )
}

type Spelling = 'encoded' | 'decoded'

function searchOf({ query: own }: PathTemplate, captures: Captures, query: string): string {
  return own === undefined ? query : expandParts(own, captures, 'encoded')
}

/** Begins with one slash, whatever was captured: no segment but the last is empty. */
function expandPath(
  segments: readonly (readonly Part[])[],
  captures: Captures,
  spelling: Spelling,
): string {
  const expanded = segments.flatMap(parts => {
    const [only] = parts
    const isWhole = parts.length === 1 && only!.kind === 'capture'
    return isWhole
      ? expandPart(only!, captures, spelling)
      : [expandParts(parts, captures, spelling)]
  })
  return `/${expanded.filter((segment, i) => segment !== '' || i === expanded.length - 1).join('/')}`
}

function expandParts(parts: readonly Part[], captures: Captures, spelling: Spelling): string {
  return parts.map(part => expandPart(part, captures, spelling).join('/')).join('')
}

function expandPart(part: Part, captures: Captures, spelling: Spelling): readonly string[] {
  if (part.kind === 'literal') return [part[spelling]]
  const values = captures.get(part.name) ?? []
  return spelling === 'decoded'
    ? values
    : values.map(value => encodeURIComponent(wellFormed(value)))
}

/** A lone surrogate has no UTF-8, and would throw. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}
