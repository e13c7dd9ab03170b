import * as fc from 'fast-check'
import { garbled, listOf } from './grammar.ts'

/**
 * RFC 9110 §8.8.3: etagc = %x21 / %x23-7E / obs-text; here those with a meaning in other fields.
 */
const ETAGC = [...'a,*\\/W!~b\x80\xff']

/**
 * Generates entity-tags (RFC 9110 §8.8.3) as strings, one char per byte: strong or weak (`W/`),
 * with 0 to 3 characters between the quotes. The characters are few, so two tags are often equal.
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
 * Generates values of If-Match and If-None-Match (RFC 9110 §13.1) as strings, one char per byte:
 * `*`, nothing, or mostly a list of 1 to 5 tags, some of which contain a comma. One in three has up
 * to three small random edits, which usually make it invalid.
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
