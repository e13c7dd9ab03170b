import * as fc from 'fast-check'
import { chunked, type DesyncProbe, post } from './desync-probe.ts'

/** Texts that parsers treat differently. */
const PIECES = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '\0',
  '\x0b',
  '\x7f',
  '\xa0',
  ':',
  ';',
  ',',
  '"',
  '+',
  '-',
  '0',
  '0x',
  '_',
  'Content-Length: 1\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Host: a\r\n',
  'X: a\r\n b\r\n',
]

type Mutation = { readonly at: number; readonly removes: number; readonly piece: string }

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  removes: fc.nat(2),
  piece: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...PIECES) },
    { weight: 1, arbitrary: fc.constant('') },
  ),
})

/** Generates messages with one to three random edits; the content of most is a request. */
export function mutatedMessage(desync: DesyncProbe): fc.Arbitrary<string> {
  const { smuggled } = desync
  const bases = [
    post(desync, `Content-Length: ${smuggled.length}`, smuggled),
    post(desync, 'Transfer-Encoding: chunked', chunked(smuggled)),
    post(desync, 'Connection: keep-alive\r\nX-A: b', '', 'GET'),
  ]
  return fc
    .tuple(fc.constantFrom(...bases), fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([base, mutations]) => mutations.reduce(mutate, base))
}

function mutate(text: string, { at, removes, piece }: Mutation): string {
  const from = Math.floor(at * text.length)
  return text.slice(0, from) + piece + text.slice(from + removes)
}
