import * as fc from 'fast-check'
import { anyBytes } from './any-bytes.ts'
import { canonical } from './ip-address.ts'
import { textOf } from './latin1.ts'

/** An element as a proxy writes it, and the node that it identifies. */
export type ForwardedElement = { readonly text: string; readonly node: string }

const hidden = fc.stringMatching(/^_[A-Za-z0-9._-]{1,8}$/)
const port = fc.option(fc.oneof(fc.nat({ max: 65_535 }).map(String), hidden), { nil: undefined })
const ows = fc.constantFrom('', '', ' ', '\t ')

const element = (text: string, node: string): ForwardedElement => ({ text, node })

/** An address, and how it is written in a node. */
const address = fc.oneof(
  fc.ipV4().map(text => [text, text] as const),
  fc.ipV6().map(text => [canonical(text), `[${text}]`] as const),
)

const node = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(address, port)
      .map(([[canonicalText, text], portText]) =>
        element(portText === undefined ? text : `${text}:${portText}`, canonicalText),
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

/**
 * Returns text as a parameter's value: a token if it can be one, or quoted, with extra backslashes.
 */
function parameterValue(text: string, escapes: number): string {
  if (/^[0-9A-Za-z._-]+$/.test(text) && escapes % 3 !== 0) return text
  const chars = Array.from(text, (char, i) => ((escapes >> i) & 1 ? `\\${char}` : char))
  return `"${chars.join('')}"`
}

const other = fc.constantFrom('proto=https', 'host="a,b;c"', 'by=_x', 'x="\\""', 'y="\\\\"')

/** Generates elements of Forwarded (RFC 7239 §4). */
const forwardedElement: fc.Arbitrary<ForwardedElement> = fc
  .record({
    node,
    escapes: fc.nat({ max: 63 }),
    name: fc.constantFrom('for', 'For', 'FOR'),
    before: fc.array(other, { maxLength: 2 }),
    after: fc.array(other, { maxLength: 2 }),
    space: ows,
    defect: fc.nat({ max: 20 }),
  })
  .map(({ node: { text, node }, escapes, name, before, after, space, defect }) => {
    const pair = `${name}=${parameterValue(text, escapes)}`
    if (defect === 0) return element(`${pair};${pair}`, 'unknown')
    if (defect === 1) return element(`${name} = ${text}x`, 'unknown')
    if (defect === 2) return element('proto=https', 'unknown')
    return element(`${space}${[...before, pair, ...after].join(`${space};`)}${space}`, node)
  })

/** Generates elements of X-Forwarded-For, where IPv6 addresses need no brackets. */
const bareElement: fc.Arbitrary<ForwardedElement> = fc
  .tuple(
    fc.oneof(
      node.filter(({ text }) => text !== '' && text !== '::1'),
      fc.ipV6().map(text => element(text, canonical(text))),
    ),
    ows,
    ows,
  )
  .map(([{ text, node }, before, after]) => element(before + text + after, node))

/** Text that a client may have sent before the proxies' elements. */
const before = fc.oneof(
  fc.constantFrom('', 'for="', 'for=192.0.2.1;x="', '"', '\\"', 'for="\\', ', ,', 'a"b"c"'),
  anyBytes().map(textOf),
)

/** The elements of a field that proxies add to, and the client's own text before them. */
export type ForwardedModel = {
  readonly field: 'forwarded' | 'x-forwarded-for'
  readonly before: string
  readonly elements: readonly ForwardedElement[]
}

/** Generates values of Forwarded and X-Forwarded-For, with up to five elements. */
export function forwarded(): fc.Arbitrary<ForwardedModel> {
  const of = (field: ForwardedModel['field'], element: fc.Arbitrary<ForwardedElement>) =>
    fc.record({ field: fc.constant(field), before, elements: fc.array(element, { maxLength: 5 }) })
  return fc.oneof(of('forwarded', forwardedElement), of('x-forwarded-for', bareElement))
}
