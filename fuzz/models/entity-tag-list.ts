/** RFC 9110 §8.8.3: entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE, etagc = %x21 / %x23-7E / obs-text */
const ENTITY_TAG = /^(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")$/

/**
 * RFC 9110 §13.1.1 and §13.1.2, read slowly: whether `*` or a tag that is equal, strongly or weakly, stands in the list. Malformed
 * members are no tags.
 */
export function readEntityTagList(
  list: string,
  tag: string,
  comparison: 'strong' | 'weak',
): boolean {
  const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')
  if (trimmed(list) === '*') return true
  // A comma parts members where the quotes before it are closed.
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
