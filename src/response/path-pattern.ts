// The patterns of rules, which match paths.
//
//   pattern  =  "/" segment *( "/" segment )   an empty last segment matches folders only
//   segment  =  "**"                           zero or more segments, captured as :splat
//            /  ":" name                       one whole segment, captured under its name
//            /  1*( character / "*" )          "*" matches any characters within the segment
//
// Pattern and path are compared from left to right. A `**` first matches as few segments as
// possible. When the rest does not match, only the last `**` takes one more, because taking more
// for an earlier one cannot help. So the worst case is pattern × path steps.

import {
  CAPTURE_NAME,
  decodePathText,
  type ParseResult,
  refuse,
  splitPathText,
} from './path-text.ts'

type Segment =
  /** The texts around the stars: the segment begins with the first and ends with the last. */
  | { readonly kind: 'text'; readonly texts: readonly string[] }
  | { readonly kind: 'capture'; readonly name: string }
  | { readonly kind: 'splat' }

/** A compiled pattern. */
export type PathPattern = {
  /** The pattern as the rule has it. */
  readonly text: string
  readonly segments: readonly Segment[]
  /** The names that a template may refer to. */
  readonly captureNames: readonly string[]
}

/**
 * Captured segments by name: one for a `:name`, any number for `splat`. The last segment of a splat
 * that ends at a folder is empty.
 */
export type Captures = ReadonlyMap<string, readonly string[]>

/** The name of what `**` captures. */
export const SPLAT = 'splat'
const CAPTURE = new RegExp(`^:(${CAPTURE_NAME})$`)
const NO_CAPTURES: Captures = new Map()

/**
 * Compiles a pattern for decoded paths. Matching is case-sensitive, and a slash at the end is
 * significant, except to `**`: `/a/**` matches `/a`, `/a/` and everything below. Percent-encodings
 * are decoded: `%2A` is a literal star.
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
  const captures = segments.flatMap(segment => (segment.kind === 'capture' ? [segment.name] : []))
  if (new Set([...captures, SPLAT]).size <= captures.length) {
    return refuse('use each capture name once, and not :splat, the name of what ** captures')
  }
  // With several `**`, `:splat` would be ambiguous.
  const splats = segments.filter(({ kind }) => kind === 'splat').length
  return {
    ok: true,
    value: { text, segments, captureNames: splats === 1 ? [...captures, SPLAT] : captures },
  }
}

function compileSegment(written: string): ParseResult<Segment> {
  if (written === '**') return { ok: true, value: { kind: 'splat' } }
  if (written.includes('**')) return refuse('use ** only as a whole segment')
  if (written.includes(':')) {
    const [, name] = CAPTURE.exec(written) ?? []
    return name === undefined
      ? refuse('use :name only as a whole segment, and write a literal colon as %3A')
      : { ok: true, value: { kind: 'capture', name } }
  }
  const texts: string[] = []
  for (const piece of written.split('*')) {
    const text = decodePathText(piece)
    if (!text.ok) return text
    texts.push(text.value)
  }
  return { ok: true, value: { kind: 'text', texts } }
}

/**
 * Matches a canonical path: decoded, `/a/b`, a folder with a slash at its end. Returns the
 * captures, undefined if the path does not match.
 */
export function matchPattern(pattern: PathPattern, path: string): Captures | undefined {
  const { segments, captureNames } = pattern
  // A file is found by any Unicode form of its name, so the rules for it have to apply to all.
  const pathSegments = path.normalize('NFC').slice(1).split('/')
  /** For each segment of the pattern, the index of its first segment in the path. */
  const starts: number[] = []
  let at = 0
  let next = 0
  let lastSplat = -1
  let resumeAt = 0
  while (at < pathSegments.length) {
    const segment = segments[next]
    if (segment?.kind === 'splat') {
      lastSplat = next
      resumeAt = at
      starts[next++] = at
    } else if (segment !== undefined && matchesSegment(segment, pathSegments[at]!)) {
      starts[next++] = at++
    } else if (lastSplat >= 0) {
      at = ++resumeAt
      next = lastSplat + 1
    } else return undefined
  }
  while (segments[next]?.kind === 'splat') starts[next++] = at
  if (next < segments.length) return undefined
  return captureNames.length === 0 ? NO_CAPTURES : capturesOf(pattern, starts, pathSegments)
}

function matchesSegment(
  segment: Exclude<Segment, { kind: 'splat' }>,
  pathSegment: string,
): boolean {
  if (segment.kind === 'capture') return pathSegment !== ''
  const { texts } = segment
  return texts.length === 1
    ? texts[0] === pathSegment
    : pathSegment !== '' && matchesTexts(texts, pathSegment)
}

/** Finds each text as far left as possible, which leaves the most room for the texts after it. */
function matchesTexts(texts: readonly string[], pathSegment: string): boolean {
  const first = texts[0]!
  const last = texts.at(-1)!
  const end = pathSegment.length - last.length
  if (first.length > end || !pathSegment.startsWith(first) || !pathSegment.endsWith(last))
    return false
  let at = first.length
  for (let middle = 1; middle < texts.length - 1; middle++) {
    const text = texts[middle]!
    const start = pathSegment.indexOf(text, at)
    if (start < 0) return false
    at = start + text.length
  }
  return at <= end
}

function capturesOf(
  { segments, captureNames }: PathPattern,
  starts: readonly number[],
  pathSegments: readonly string[],
): Captures {
  const captures = new Map<string, readonly string[]>()
  for (const [i, segment] of segments.entries()) {
    if (segment.kind === 'capture') captures.set(segment.name, [pathSegments[starts[i]!]!])
    if (segment.kind === 'splat' && captureNames.includes(SPLAT))
      captures.set(SPLAT, pathSegments.slice(starts[i], starts[i + 1]))
  }
  return captures
}
