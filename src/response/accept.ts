import { parseWeight, trimOws } from './field-syntax.ts'

/** Maximum number of members of a list, and of items in one member. */
const ITEMS_MAX = 64

/** How exactly a media range names a type: the most specific range decides (RFC 9110 §12.5.1). */
const Specificity = { None: 0, Any: 1, AnySubtype: 2, Type: 3, Charset: 4 } as const

/** The weight is in thousandths; 0 means not acceptable. */
type Match = { readonly weight: number; readonly specificity: number }

/**
 * Returns the weight of a media type in an Accept field, in thousandths; 0 if the type is not
 * acceptable (RFC 9110 §12.5.1). `type` is in lower case and has no parameters. Malformed members,
 * and all after the 64th, are ignored.
 *
 * @example
 * acceptsMediaType('text/html, application/*;q=0.5', 'application/json') // => 500
 * acceptsMediaType(undefined, 'text/html') // => 1000
 */
export function acceptsMediaType(accept: string | undefined, type: string): number {
  return matchType(accept, type).weight
}

/** Whether an Accept field accepts a media type by its own name, not only by a wildcard. */
export function namesMediaType(accept: string | undefined, type: string): boolean {
  const { weight, specificity } = matchType(accept, type)
  return weight > 0 && specificity >= Specificity.Type
}

/**
 * Returns the type with the highest weight; the first one if the field prefers none. At equal
 * weights a type that is named wins over one that only a wildcard accepts: API clients name JSON
 * and accept everything else by a wildcard.
 *
 * @example
 * preferredMediaType('text/plain;q=0.5, text/*', ['text/plain', 'text/html']) // => 'text/html'
 */
export function preferredMediaType<T extends string>(
  accept: string | undefined,
  types: readonly [T, ...T[]],
): T {
  const matches = types.map(type => ({ type, ...matchType(accept, type) }))
  const better = (a: Match, b: Match): number =>
    a.weight - b.weight || (a.weight && a.specificity - b.specificity)
  return matches.reduce((best, match) => (better(match, best) > 0 ? match : best)).type
}

function matchType(accept: string | undefined, type: string): Match {
  if (accept === undefined) return { weight: 1000, specificity: Specificity.None }
  let best: Match = { weight: 0, specificity: Specificity.None }
  for (const member of splitUnquoted(accept, ',')) {
    const match = matchMember(member, type)
    if (match === undefined) continue
    const difference = match.specificity - best.specificity || match.weight - best.weight
    if (difference > 0) best = match
  }
  return best
}

/** Returns undefined if the member is malformed or does not cover the type. */
function matchMember(member: string, type: string): Match | undefined {
  const [range, ...parameters] = splitUnquoted(member.toLowerCase(), ';').map(trimOws)
  let specificity = specificityOf(range!, type)
  let weight: number | undefined
  for (const parameter of parameters) {
    // RFC 9110 §5.6.6: empty parameters are allowed.
    if (parameter === '') continue
    if (parameter.startsWith('q=')) {
      // RFC 9110 §12.5.1: a parameter "q" is the weight, whatever its position.
      if (weight !== undefined) return undefined
      weight = parseWeight(parameter)
      if (weight === undefined) return undefined
    } else if (parameter === 'charset=utf-8' || parameter === 'charset="utf-8"') {
      // The server generates text in UTF-8 only. Any other parameter excludes the type.
      if (specificity === Specificity.Type) specificity = Specificity.Charset
    } else return undefined
  }
  return specificity === undefined ? undefined : { weight: weight ?? 1000, specificity }
}

function specificityOf(range: string, type: string): number | undefined {
  if (range === '*/*') return Specificity.Any
  if (range === type) return Specificity.Type
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1))
    ? Specificity.AnySubtype
    : undefined
}

/** Splits a list at separators outside quoted strings (RFC 9110 §5.6.4), up to ITEMS_MAX items. */
function splitUnquoted(text: string, separator: string): string[] {
  const items: string[] = []
  let from = 0
  let isQuoted = false
  for (let at = 0; at <= text.length && items.length < ITEMS_MAX; at++) {
    const char = text[at]
    if (char === '"') isQuoted = !isQuoted
    else if (char === '\\' && isQuoted) at++
    else if (at === text.length || (char === separator && !isQuoted)) {
      items.push(text.slice(from, at))
      from = at + 1
    }
  }
  return items
}
