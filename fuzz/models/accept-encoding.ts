/**
 * RFC 9110 §12.4.2: weight = OWS ";" OWS "q=" qvalue, qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [
 * "." 0*3("0") ] )
 */
const MEMBER =
  /^[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*$/

const MEMBERS_MAX = 64
/**
 * The weight of identity if the field does not list it: less than any weight that a field can have.
 */
const LAST_RESORT = 0.0001

/**
 * Returns the coding to respond with (RFC 9110 §12.5.3). Malformed members are ignored, but then
 * identity is acceptable. Of two members with the same coding the last counts.
 */
export function referenceCoding(
  field: string | undefined,
  offered: readonly string[],
): string | undefined {
  if (field === undefined) return 'identity'
  const texts = field.split(',')
  const parsed = texts.slice(0, MEMBERS_MAX).map(text => MEMBER.exec(text))
  const members = parsed.filter(member => member !== null)
  const isMalformed =
    texts.length > MEMBERS_MAX || parsed.some((member, i) => !member && !/^[ \t]*$/.test(texts[i]!))
  const weightOf = (coding: string): number | undefined => {
    const names = coding === 'gzip' ? ['gzip', 'x-gzip'] : [coding]
    const named = members.findLast(([, name]) => names.includes(name!.toLowerCase()))
    return named && Number(named[2] ?? 1)
  }
  const other = weightOf('*')
  const candidates = [
    ...offered.map(coding => ({ coding, weight: weightOf(coding) ?? other ?? 0 })),
    { coding: 'identity', weight: weightOf('identity') ?? other ?? LAST_RESORT },
  ]
  const acceptable = candidates.filter(({ weight }) => weight > 0)
  // Stable: among equals the server's preference decides.
  const best = acceptable.sort((a, b) => b.weight - a.weight)[0]?.coding
  return best ?? (isMalformed ? 'identity' : undefined)
}
