/** RFC 9110 §8.8.3: entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE, etagc = %x21 / %x23-7E / obs-text */
const ENTITY_TAG = /^(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")$/

/** RFC 9110 §13.1.2, read slowly: whether `*` or a tag that is weakly equal stands in the list. Malformed members are no tags. */
export function readEntityTagList(list: string, tag: string): boolean {
  const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')
  if (trimmed(list) === '*') return true
  // A comma parts members where the quotes before it are closed.
  const members = ['']
  for (const piece of list.split(',')) {
    const open = members.at(-1)!.split('"').length % 2 === 0
    if (open || members.length === 0) members[members.length - 1] += `,${piece}`
    else members.push(piece)
  }
  const opaque = ENTITY_TAG.exec(tag)?.[1]
  return opaque !== undefined && members.some(member => ENTITY_TAG.exec(trimmed(member))?.[1] === opaque)
}
