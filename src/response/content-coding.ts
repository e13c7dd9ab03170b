import { parseWeight, trimOws } from './field-syntax.ts'

/** A content coding that the server can offer (RFC 9110 §8.4.1; br RFC 7932, zstd RFC 8878). */
export type Coding = 'gzip' | 'br' | 'zstd'

const MEMBERS_MAX = 64

/** The weight of identity if the field does not mention it: less than any weight above 0. */
const IDENTITY_WEIGHT = 0.5

/**
 * Chooses the coding of a response (RFC 9110 §12.5.3). `offered` is in the server's order of
 * preference, which breaks ties. Returns `'identity'` for no coding, as for a request without the
 * field, and `undefined` if nothing is acceptable. Malformed members, and all after the 64th, are
 * ignored.
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
 * acceptable, or all codings if identity is not offered.
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
  const weights = parseWeights(acceptEncoding)
  const weightOf = (coding: Coding | 'identity'): number =>
    weights.get(coding) ?? weights.get('*') ?? (coding === 'identity' ? IDENTITY_WEIGHT : 0)
  return offered
    .map(coding => ({ coding, weight: weightOf(coding) }))
    .filter(({ weight }) => weight > 0)
    .sort(
      (a, b) =>
        b.weight - a.weight || Number(a.coding === 'identity') - Number(b.coding === 'identity'),
    )
    .map(({ coding }) => coding)
}

/** Returns weights in thousandths, by coding in lower case. */
function parseWeights(acceptEncoding: string): Map<string, number> {
  const weights = new Map<string, number>()
  for (const member of acceptEncoding.split(',', MEMBERS_MAX)) {
    const semicolon = member.indexOf(';')
    const name = trimOws(semicolon < 0 ? member : member.slice(0, semicolon)).toLowerCase()
    const weight = semicolon < 0 ? 1000 : parseWeight(trimOws(member.slice(semicolon + 1)))
    // RFC 9110 §8.4.1.3: x-gzip is gzip.
    if (weight !== undefined) weights.set(name === 'x-gzip' ? 'gzip' : name, weight)
  }
  return weights
}
