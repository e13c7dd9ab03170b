import { isToken, parseWeight, trimOws } from './field-syntax.ts'

/** A content coding that the server can offer (RFC 9110 §8.4.1; br RFC 7932, zstd RFC 8878). */
export type Coding = 'gzip' | 'br' | 'zstd'

const MEMBERS_MAX = 64

/** The weight of identity if the field does not mention it: less than any weight above 0. */
const IDENTITY_WEIGHT = 0.5

/**
 * Chooses the coding of a response (RFC 9110 §12.5.3). `offered` is in the server's order of
 * preference, which breaks ties. Returns `'identity'` for no coding, as for a request without the
 * field, and `undefined` if nothing is acceptable. Malformed members, and all after the 64th, are
 * ignored; with any of these, identity is acceptable after all.
 *
 * @example
 * chooseCoding('gzip;q=0.5, br', ['br', 'gzip']) // => 'br'
 * chooseCoding('identity;q=0', ['gzip']) // => undefined
 */
export function chooseCoding(
  acceptEncoding: string | undefined,
  offered: readonly Coding[],
): Coding | 'identity' | undefined {
  return acceptableCodings(acceptEncoding, [...offered, 'identity'])[0]
}

/**
 * Returns the offered codings that are acceptable, by falling weight (RFC 9110 §12.5.3). Codings of
 * equal weight stay in the order offered, identity last. Without the field only identity is
 * acceptable, or all codings if identity is not offered. A field with a malformed member excludes
 * neither identity nor, if it accepts nothing else, what is offered: it means something that cannot
 * be known.
 *
 * @example
 * acceptableCodings('gzip;q=0.5, br', ['gzip', 'br', 'identity']) // => ['br', 'gzip', 'identity']
 * acceptableCodings('br', ['gzip']) // => []
 * acceptableCodings(undefined, ['br', 'gzip']) // => ['br', 'gzip']
 */
export function acceptableCodings(
  acceptEncoding: string | undefined,
  offered: readonly (Coding | 'identity')[],
): readonly (Coding | 'identity')[] {
  // Without the field any coding is acceptable, but the client may not know any.
  if (acceptEncoding === undefined) return offered.includes('identity') ? ['identity'] : offered
  const { weights, isMalformed } = parseWeights(acceptEncoding)
  const weightOf = (coding: Coding | 'identity'): number =>
    weights.get(coding) ?? weights.get('*') ?? (coding === 'identity' ? IDENTITY_WEIGHT : 0)
  const acceptable = offered
    .map(coding => ({ coding, weight: weightOf(coding) }))
    .filter(({ weight }) => weight > 0)
    .sort(
      (a, b) =>
        b.weight - a.weight || Number(a.coding === 'identity') - Number(b.coding === 'identity'),
    )
    .map(({ coding }) => coding)
  if (!isMalformed || acceptable.includes('identity')) return acceptable
  if (offered.includes('identity')) return [...acceptable, 'identity']
  return acceptable.length > 0 ? acceptable : offered
}

/** Whether an Accept-Encoding field has a member that is malformed, or more than are read. */
export function isMalformedAcceptEncoding(acceptEncoding: string): boolean {
  return parseWeights(acceptEncoding).isMalformed
}

type Weights = {
  /** In thousandths, by coding in lower case. */
  readonly weights: ReadonlyMap<string, number>
  readonly isMalformed: boolean
}

function parseWeights(acceptEncoding: string): Weights {
  const weights = new Map<string, number>()
  const members = acceptEncoding.split(',', MEMBERS_MAX + 1)
  let isMalformed = members.length > MEMBERS_MAX
  for (const member of members.slice(0, MEMBERS_MAX)) {
    const semicolon = member.indexOf(';')
    const name = trimOws(semicolon < 0 ? member : member.slice(0, semicolon)).toLowerCase()
    const weight = semicolon < 0 ? 1000 : parseWeight(trimOws(member.slice(semicolon + 1)))
    // RFC 9110 §5.6.1: a list may have empty members.
    if (name === '' && semicolon < 0) continue
    // RFC 9110 §8.4.1.3: x-gzip is gzip.
    if (weight === undefined || !isToken(name)) isMalformed = true
    else weights.set(name === 'x-gzip' ? 'gzip' : name, weight)
  }
  return { weights, isMalformed }
}
