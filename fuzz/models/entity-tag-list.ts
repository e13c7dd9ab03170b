/**
 * RFC 9110 §8.8.3: entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE, etagc = %x21 / %x23-7E / obs-text
 */
const ENTITY_TAG = /^(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")$/

/**
 * Returns whether the list is `*` or contains an equal tag, by strong or weak comparison (RFC 9110
 * §13.1.1, §13.1.2). Malformed members are ignored.
 */
export function referenceTagMatch(
  list: string,
  tag: string,
  comparison: 'strong' | 'weak',
): boolean {
  const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')
  if (trimmed(list) === '*') return true
  // A comma separates members if the quotes before it are balanced.
  const members = ['']
  for (const piece of list.split(',')) {
    const open = members.at(-1)!.split('"').length % 2 === 0
    if (open || members.length === 0) members[members.length - 1] += `,${piece}`
    else members.push(piece)
  }
  // RFC 9110 §8.8.3.2
  const [sought, opaque] = ENTITY_TAG.exec(tag) ?? []
  return members
    .map(member => ENTITY_TAG.exec(trimmed(member)))
    .filter(found => found !== null)
    .some(([found, foundOpaque]) =>
      comparison === 'weak' ? foundOpaque === opaque : found === sought && found === foundOpaque,
    )
}
