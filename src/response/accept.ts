import { trimOws } from './ows.ts'
import { parseWeight } from './weight.ts'

const MEMBERS_MAX = 64

/** How closely a media range names a type: what is more specific overrules what is less (RFC 9110 §12.5.1). */
const Specificity = { None: 0, Any: 1, AnySubtype: 2, Type: 3, Charset: 4 } as const

type Match = {
  /** Thousandths; 0 is not acceptable. */
  readonly weight: number
  readonly specificity: number
}

/**
 * How much an Accept field wants a media type, in thousandths; 0 for one that is not acceptable (RFC 9110 §12.5.1). `type` is in
 * lower case and without parameters. Members that are malformed, or beyond the 64th, are ignored.
 *
 * @example
 * acceptsMediaType('text/html, application/*;q=0.5', 'application/json') // => 500
 * acceptsMediaType(undefined, 'text/html') // => 1000
 */
export function acceptsMediaType(accept: string | undefined, type: string): number {
  return matchOf(accept, type).weight
}

/** Whether an Accept field names a media type itself, not only by an asterisk, and takes it. */
export function namesMediaType(accept: string | undefined, type: string): boolean {
  const { weight, specificity } = matchOf(accept, type)
  return weight > 0 && specificity >= Specificity.Type
}

/**
 * The most wanted of some media types, the first where the field does not tell. One that is named goes before one that an asterisk
 * lets through with the same weight: programs name JSON, and take anything else as well.
 *
 * @example
 * preferredMediaType('text/plain;q=0.5, text/*', ['text/plain', 'text/html']) // => 'text/html'
 */
export function preferredMediaType<T extends string>(
  accept: string | undefined,
  types: readonly [T, ...T[]],
): T {
  let [best] = types
  let bestMatch = matchOf(accept, best)
  for (const type of types.slice(1)) {
    const match = matchOf(accept, type)
    const more = match.weight - bestMatch.weight || match.specificity - bestMatch.specificity
    if (match.weight === 0 || more <= 0) continue
    best = type
    bestMatch = match
  }
  return best
}

function matchOf(accept: string | undefined, type: string): Match {
  if (accept === undefined) return { weight: 1000, specificity: Specificity.None }
  let best: Match = { weight: 0, specificity: Specificity.None }
  for (const member of split(accept, ',', MEMBERS_MAX)) {
    const match = matchMember(member, type)
    if (match === undefined) continue
    const more = match.specificity - best.specificity || match.weight - best.weight
    if (more > 0) best = match
  }
  return best
}

/** What one member says about a type, if anything. */
function matchMember(member: string, type: string): Match | undefined {
  const [range = '', ...parameters] = split(member, ';', MEMBERS_MAX)
  let specificity = specificityOf(trimOws(range).toLowerCase(), type)
  if (specificity === undefined) return undefined
  let weight: number | undefined
  for (const raw of parameters) {
    const parameter = trimOws(raw).toLowerCase()
    // RFC 9110 §5.6.6: empty parameters are allowed.
    if (parameter === '') continue
    if (parameter.startsWith('q=')) {
      // RFC 9110 §12.5.1: a parameter "q" is the weight wherever it stands.
      if (weight !== undefined) return undefined
      weight = parseWeight(parameter)
      if (weight === undefined) return undefined
    } else if (parameter === 'charset=utf-8' || parameter === 'charset="utf-8"') {
      // All text that is made here is UTF-8. Any other parameter asks for what is not made here.
      if (specificity === Specificity.Type) specificity = Specificity.Charset
    } else return undefined
  }
  return { weight: weight ?? 1000, specificity }
}

function specificityOf(range: string, type: string): number | undefined {
  if (range === '*/*') return Specificity.Any
  if (range === type) return Specificity.Type
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1))
    ? Specificity.AnySubtype
    : undefined
}

/** The first parts of a list, cut where the separator stands outside of quoted strings (RFC 9110 §5.6.4). */
function split(text: string, separator: string, partsMax: number): string[] {
  const parts: string[] = []
  let from = 0
  let isQuoted = false
  for (let at = 0; at <= text.length && parts.length < partsMax; at++) {
    const char = text[at]
    if (char === '"') isQuoted = !isQuoted
    else if (char === '\\' && isQuoted) at++
    else if (at === text.length || (char === separator && !isQuoted)) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return parts
}
