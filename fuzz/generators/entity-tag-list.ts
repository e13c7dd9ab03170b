import * as fc from 'fast-check'
import { garbled, listOf } from './grammar.ts'

/** RFC 9110 §8.8.3: etagc = %x21 / %x23-7E / obs-text, those that mean something elsewhere first. */
const ETAGC = [...'a,*\\/W!~b\x80\xff']

/**
 * An entity-tag (RFC 9110 §8.8.3): a few that differ little, so that two are often the same, strong or weak.
 *
 * @example
 * import fc from 'fast-check'
 * import { entityTag } from 'statewire/fuzz'
 * fc.sample(entityTag(), 10).every(tag => tag.endsWith('"')) // => true
 */
export function entityTag(): fc.Arbitrary<string> {
  const opaque = fc.string({ unit: fc.constantFrom(...ETAGC), maxLength: 3 })
  return fc.tuple(fc.constantFrom('', 'W/'), opaque).map(([weak, text]) => `${weak}"${text}"`)
}

/**
 * The value of an If-Match or If-None-Match field (RFC 9110 §13.1): `*`, lists of tags, also with commas in them, and values that
 * only look like it.
 *
 * @example
 * import fc from 'fast-check'
 * import { entityTagList } from 'statewire/fuzz'
 * fc.sample(entityTagList(), 10).every(value => typeof value === 'string') // => true
 */
export function entityTagList(): fc.Arbitrary<string> {
  return garbled(
    fc.oneof({ weight: 6, arbitrary: listOf(entityTag()) }, fc.constantFrom('*', ' *', '')),
    '", *W/\\\t',
  )
}
