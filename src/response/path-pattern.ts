// Which paths a rule is for.
//
//   pattern  =  "/" segment *( "/" segment )      an empty last segment: folders only
//   segment  =  "**"                              any number of segments, none too; captured as :splat
//            /  ":" name                          one whole segment, captured
//            /  1*( character / "*" )             "*" is any run of characters within the segment
//
// Pattern and path are walked together. A `**` takes as little as it can; where what follows does not fit, the last `**`
// alone takes one more, since no earlier one could help. So the work is at worst pattern × path.

import { decodePathText, NAME, type ParseResult, refuse, splitPathText } from './path-text.ts'

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  /** The texts around the stars: the first begins the segment, the last ends it. */
  | { readonly kind: 'wild'; readonly texts: readonly string[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'splat' }

export type PathPattern = {
  /** As it was written. */
  readonly text: string
  readonly segments: readonly Segment[]
  /** What a template may refer to. */
  readonly names: readonly string[]
}

/** What was captured: one segment for a name, any number for `splat`, the last one empty if it ends at a folder. */
export type Captures = ReadonlyMap<string, readonly string[]>

/** What `**` captures, by name. */
export const SPLAT = 'splat'
const NO_CAPTURES: Captures = new Map()

/**
 * A pattern over decoded paths. Case counts; so does the slash at the end, but to `**`, which is also there for no segment at
 * all: `/a/**` is `/a`, `/a/` and everything below. Percent-encodings are decoded: `%2A` is a star.
 */
export function compilePattern(text: string): ParseResult<PathPattern> {
  if (/[?#]/.test(text)) return refuse('be a path, without a query or fragment')
  const split = splitPathText(text)
  if (!split.ok) return split
  const segments: Segment[] = []
  for (const written of split.value) {
    const segment = compileSegment(written)
    if (!segment.ok) return segment
    segments.push(segment.value)
  }
  const captures = segments.flatMap(segment => (segment.kind === 'name' ? [segment.name] : []))
  if (new Set([...captures, SPLAT]).size <= captures.length) {
    return refuse('capture each name once, and not name one :splat, which is what ** captures')
  }
  // Of several `**` nobody could tell which is meant.
  const splats = segments.filter(({ kind }) => kind === 'splat').length
  return {
    ok: true,
    value: { text, segments, names: splats === 1 ? [...captures, SPLAT] : captures },
  }
}

function compileSegment(written: string): ParseResult<Segment> {
  if (written === '**') return { ok: true, value: { kind: 'splat' } }
  if (written.includes('**')) return refuse('have ** as a whole segment only')
  if (written.includes(':')) {
    const name = NAME.exec(written.slice(1))?.[0] ?? ''
    if (written[0] !== ':' || name === '' || name.length !== written.length - 1) {
      return refuse('have a :name as a whole segment only, and a colon itself as %3A')
    }
    return { ok: true, value: { kind: 'name', name } }
  }
  const texts: string[] = []
  for (const part of written.split('*')) {
    const text = decodePathText(part)
    if (!text.ok) return text
    texts.push(text.value)
  }
  return {
    ok: true,
    value: texts.length === 1 ? { kind: 'literal', text: texts[0]! } : { kind: 'wild', texts },
  }
}

/** What a canonical path (decoded, `/a/b`, a folder with a slash at its end) gives to the names, if the pattern is for it. */
export function matchPattern(pattern: PathPattern, path: string): Captures | undefined {
  const { segments, names } = pattern
  const found = path.slice(1).split('/')
  /** Where in the path each segment of the pattern begins. */
  const starts: number[] = []
  let at = 0
  let next = 0
  let lastSplat = -1
  let resumeAt = 0
  while (at < found.length) {
    const segment = segments[next]
    if (segment?.kind === 'splat') {
      lastSplat = next
      resumeAt = at
      starts[next++] = at
    } else if (segment !== undefined && segmentMatches(segment, found[at]!)) {
      starts[next++] = at++
    } else if (lastSplat >= 0) {
      at = ++resumeAt
      next = lastSplat + 1
    } else return undefined
  }
  while (segments[next]?.kind === 'splat') starts[next++] = at
  if (next < segments.length) return undefined
  return names.length === 0 ? NO_CAPTURES : captured(pattern, starts, found)
}

function segmentMatches(segment: Exclude<Segment, { kind: 'splat' }>, found: string): boolean {
  switch (segment.kind) {
    case 'literal':
      return segment.text === found
    case 'name':
      return found !== ''
    case 'wild':
      return found !== '' && wildMatches(segment.texts, found)
  }
}

/** Each text as far left as it is found: were it further right, less would be left for the others. */
function wildMatches(texts: readonly string[], found: string): boolean {
  const first = texts[0]!
  const last = texts.at(-1)!
  const end = found.length - last.length
  if (first.length > end || !found.startsWith(first) || !found.endsWith(last)) return false
  let at = first.length
  for (let middle = 1; middle < texts.length - 1; middle++) {
    const text = texts[middle]!
    const start = found.indexOf(text, at)
    if (start < 0) return false
    at = start + text.length
  }
  return at <= end
}

function captured(
  { segments, names }: PathPattern,
  starts: readonly number[],
  found: readonly string[],
): Captures {
  const captures = new Map<string, readonly string[]>()
  for (const [i, segment] of segments.entries()) {
    if (segment.kind === 'name') captures.set(segment.name, [found[starts[i]!]!])
    if (segment.kind === 'splat' && names.includes(SPLAT))
      captures.set(SPLAT, found.slice(starts[i], starts[i + 1]))
  }
  return captures
}
