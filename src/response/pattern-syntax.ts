import type { PathPattern } from './path-pattern.ts'

/** What patterns elsewhere mean more by, and how to write it here. */
const MISLEADING: readonly (readonly [RegExp, string])[] = [
  [/[{}]/, 'not contain { or }; write a rule for each alternative, or %7B and %7D for the braces'],
  [/[[\]]/, 'not contain [ or ]; use * or :name, or write %5B and %5D for the brackets'],
  [/\|/, 'not contain |; write a rule for each alternative, or %7C for the character'],
  [/\(\.[*+]|\$$/, 'be a path with *, ** and :name, not a regular expression'],
]

/** Returns why a pattern is not what it looks like, as the rest of a sentence after "must". */
export function whyMisleading({ text, segments }: PathPattern): string | undefined {
  for (const [syntax, reason] of MISLEADING) if (syntax.test(text)) return reason
  const isHidden = segments.some((segment, at) => {
    if (segment.kind !== 'text' || !segment.texts[0]!.startsWith('.')) return false
    return at > 0 || !segment.texts[0]!.startsWith('.well')
  })
  return isHidden
    ? 'not have a segment that begins with a dot: only /.well-known/ is served'
    : undefined
}
