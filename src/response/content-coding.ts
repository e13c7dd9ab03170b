import { trimOws } from './ows.ts'

/** A content coding the server can offer (RFC 9110 §8.4.1; br RFC 7932, zstd RFC 8878). */
export type Coding = 'gzip' | 'br' | 'zstd'

const membersMax = 64

/**
 * The coding to answer with (RFC 9110 §12.5.3). `offered` is in the server's order of preference, which
 * breaks ties. `'identity'` is for none, and for a request without the field; `undefined` for nothing
 * acceptable. Members that are malformed, or beyond the 64th, are ignored.
 *
 * @example
 * chooseCoding('gzip;q=0.5, br', ['br', 'gzip']) // => 'br'
 * chooseCoding('identity;q=0', ['gzip']) // => undefined
 */
export function chooseCoding(
  acceptEncoding: string | undefined,
  offered: readonly Coding[],
): Coding | 'identity' | undefined {
  if (acceptEncoding === undefined) return 'identity'
  const weights = parseWeights(acceptEncoding)
  const otherWeight = weights.get('*')
  let best: Coding | undefined
  let bestWeight = 0
  for (const coding of offered) {
    const weight = weights.get(coding) ?? otherWeight ?? 0
    if (weight <= bestWeight) continue
    best = coding
    bestWeight = weight
  }
  // Listed by neither name nor `*`, identity is acceptable, but as the last resort.
  const identityWeight = weights.get('identity') ?? otherWeight
  if (best !== undefined && bestWeight >= (identityWeight ?? 0)) return best
  return identityWeight === 0 ? undefined : 'identity'
}

/** Weights in thousandths by coding, in lower case. */
function parseWeights(acceptEncoding: string): Map<string, number> {
  const weights = new Map<string, number>()
  for (const member of acceptEncoding.split(',', membersMax)) {
    const semicolon = member.indexOf(';')
    const name = trimOws(semicolon < 0 ? member : member.slice(0, semicolon)).toLowerCase()
    const weight = semicolon < 0 ? 1000 : parseWeight(trimOws(member.slice(semicolon + 1)))
    // RFC 9110 §8.4.1.3: x-gzip is gzip.
    if (weight !== undefined) weights.set(name === 'x-gzip' ? 'gzip' : name, weight)
  }
  return weights
}

/** Thousandths of `q=0` to `q=1` with at most three decimals (RFC 9110 §12.4.2), or `undefined`. */
function parseWeight(text: string): number | undefined {
  if (text.length < 3 || text.length > 7 || !/^q=/i.test(text)) return undefined
  let thousandths = 0
  for (let at = 2, unit = 1000; at < text.length; at++) {
    if (at === 3 && text[at] === '.') continue
    const digit = text.charCodeAt(at) - 0x30
    if (at === 3 || digit < 0 || digit > 9) return undefined
    thousandths += digit * unit
    unit /= 10
  }
  return thousandths <= 1000 ? thousandths : undefined
}
