import * as fc from 'fast-check'
import { anyBytes } from './any-bytes.ts'
import { canonical } from './ip-address.ts'
import { textOf } from './latin1.ts'

/** An element as a proxy writes it, and whom it tells of. */
export type ForwardedElement = { readonly text: string; readonly node: string }

const hidden = fc.stringMatching(/^_[A-Za-z0-9._-]{1,8}$/)
const port = fc.option(fc.oneof(fc.nat({ max: 65_535 }).map(String), hidden), { nil: undefined })
const ows = fc.constantFrom('', '', ' ', '\t ')

const element = (text: string, node: string): ForwardedElement => ({ text, node })

/** The address, and how it stands in a node. */
const address = fc.oneof(
  fc.ipV4().map(text => [text, text] as const),
  fc.ipV6().map(text => [canonical(text), `[${text}]`] as const),
)

const node = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(address, port)
      .map(([[told, text], behind]) =>
        element(behind === undefined ? text : `${text}:${behind}`, told),
      ),
  },
  hidden.map(text => element(text, text)),
  fc.constantFrom('unknown', 'Unknown').map(text => element(text, 'unknown')),
  fc
    .constantFrom(
      '',
      '1.2.3',
      '01.2.3.4',
      '[1.2.3.4]',
      '[::',
      '::1',
      '_',
      '1.2.3.4:',
      '1.2.3.4:123456',
      '[::1]x',
    )
    .map(text => element(text, 'unknown')),
)

/** The value of a parameter: a token where it can be, or quoted, with more backslashes than it needs. */
function parameterValue(text: string, escapes: number): string {
  if (/^[0-9A-Za-z._-]+$/.test(text) && escapes % 3 !== 0) return text
  const chars = Array.from(text, (char, i) => ((escapes >> i) & 1 ? `\\${char}` : char))
  return `"${chars.join('')}"`
}

const other = fc.constantFrom('proto=https', 'host="a,b;c"', 'by=_x', 'x="\\""', 'y="\\\\"')

/** An element of Forwarded. */
const forwardedElement: fc.Arbitrary<ForwardedElement> = fc
  .record({
    node,
    escapes: fc.nat({ max: 63 }),
    name: fc.constantFrom('for', 'For', 'FOR'),
    before: fc.array(other, { maxLength: 2 }),
    behind: fc.array(other, { maxLength: 2 }),
    space: ows,
    slip: fc.nat({ max: 20 }),
  })
  .map(({ node: { text, node }, escapes, name, before, behind, space, slip }) => {
    const pair = `${name}=${parameterValue(text, escapes)}`
    if (slip === 0) return element(`${pair};${pair}`, 'unknown')
    if (slip === 1) return element(`${name} = ${text}x`, 'unknown')
    if (slip === 2) return element('proto=https', 'unknown')
    return element(`${space}${[...before, pair, ...behind].join(`${space};`)}${space}`, node)
  })

/** An element of X-Forwarded-For, where IPv6 addresses may be bare. */
const bareElement: fc.Arbitrary<ForwardedElement> = fc
  .tuple(
    fc.oneof(
      node.filter(({ text }) => text !== '' && text !== '::1'),
      fc.ipV6().map(text => element(text, canonical(text))),
    ),
    ows,
    ows,
  )
  .map(([{ text, node }, before, behind]) => element(before + text + behind, node))

/** What a client may have put before them. */
const before = fc.oneof(
  fc.constantFrom('', 'for="', 'for=192.0.2.1;x="', '"', '\\"', 'for="\\', ', ,', 'a"b"c"'),
  anyBytes().map(textOf),
)

export type ForwardedModel = {
  readonly field: 'forwarded' | 'x-forwarded-for'
  readonly before: string
  readonly elements: readonly ForwardedElement[]
}

/** Values of the fields by which proxies tell for whom they ask. */
export function forwarded(): fc.Arbitrary<ForwardedModel> {
  const of = (field: ForwardedModel['field'], one: fc.Arbitrary<ForwardedElement>) =>
    fc.record({ field: fc.constant(field), before, elements: fc.array(one, { maxLength: 5 }) })
  return fc.oneof(of('forwarded', forwardedElement), of('x-forwarded-for', bareElement))
}
