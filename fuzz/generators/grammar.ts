import * as fc from 'fast-check'

/** Returns the chars from `first` to `last`, both included. */
function chars(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i))
}

const ALPHA = [...chars(0x61, 0x7a), ...chars(0x41, 0x5a)]
const DIGIT = chars(0x30, 0x39)
/** RFC 9110 §5.6.2 */
const TCHAR = [...ALPHA, ...DIGIT, ..."!#$%&'*+-.^_`|~"]
/** RFC 9110 §5.5: field-vchar = VCHAR / obs-text. Letters are first: fast-check shrinks to them. */
const FIELD_VCHAR = [
  ...ALPHA,
  ...chars(0x21, 0x40),
  ...chars(0x5b, 0x60),
  ...chars(0x7b, 0x7e),
  ...chars(0x80, 0xff),
]

/** RFC 9110 §5.6.2: token = 1*tchar */
export function token(maxLength = 8): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...TCHAR), minLength: 1, maxLength, size: 'max' })
}

/** RFC 9110 §5.6.3: OWS = *( SP / HTAB ). It shrinks to one space. */
export function ows(): fc.Arbitrary<string> {
  return fc.constantFrom(' ', '', '  ', '\t', ' \t ')
}

/** RFC 9110 §5.5: field-value, without white space around it. */
export function fieldValue(maxLength = 24): fc.Arbitrary<string> {
  const vchar = fc.constantFrom(...FIELD_VCHAR)
  const unit = fc.oneof(
    { weight: 8, arbitrary: vchar },
    fc.constantFrom(' ', '\t', ',', ';', '"', '\\'),
  )
  return fc
    .string({ unit, maxLength, size: 'max' })
    .map(text => text.replace(/^[ \t]+|[ \t]+$/g, ''))
}

/** RFC 9110 §5.6.4: quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE */
export function quotedString(): fc.Arbitrary<string> {
  const qdtext = fc.constantFrom(
    ...FIELD_VCHAR.filter(char => char !== '"' && char !== '\\'),
    ' ',
    '\t',
  )
  const quotedPair = fc.constantFrom(...FIELD_VCHAR, ' ', '\t').map(char => `\\${char}`)
  const unit = fc.oneof({ weight: 4, arbitrary: qdtext }, quotedPair)
  return fc.array(unit, { maxLength: 6 }).map(parts => `"${parts.join('')}"`)
}

/** RFC 9110 §5.6.1: a list, with any white space around its commas, and sometimes empty members. */
export function listOf(member: fc.Arbitrary<string>, maxLength = 5): fc.Arbitrary<string> {
  const comma = fc.oneof(
    { weight: 4, arbitrary: fc.constant(', ') },
    fc.constantFrom(',', ' ,', '\t,\t', ', ,', ',,'),
  )
  return fc
    .array(fc.tuple(member, comma), { minLength: 1, maxLength, size: 'max' })
    .map(members => members.map(([text, before], i) => (i === 0 ? text : before + text)).join(''))
}

/**
 * Generates `text` unchanged, or with up to three edits that remove chars or insert one of `chars`.
 */
export function garbled(text: fc.Arbitrary<string>, chars: string): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(),
    removed: fc.nat({ max: 2 }),
    inserted: fc.constantFrom('', ...chars),
  })
  const edits = fc.array(edit, { minLength: 1, maxLength: 3 })
  const applied = fc.tuple(text, edits).map(([start, list]) =>
    list.reduce((before, { at, removed, inserted }) => {
      const index = at % (before.length + 1)
      return before.slice(0, index) + inserted + before.slice(index + removed)
    }, start),
  )
  return fc.oneof({ weight: 2, arbitrary: text }, applied)
}
