// A change of the head outside the lines that frame never moves the end of the content; what is cut short is awaited, and then has an unexpected end.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { bytesOf, textOf } from '../generators/latin1.ts'
import { type Message, type Observation, observe, type Parser } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { anyWire, wireOf, withWire } from './wire-input.ts'

/** Bytes of the head that go, and those that come in their place. */
type Edit = { readonly at: number; readonly removed: number; readonly put: string }

type Input = { readonly wire: Uint8Array; readonly edits: readonly Edit[]; readonly cut: number }

const PUT = [
  ...'\r\n\t :,;0aA\0\x80',
  '',
  '\r\n',
  '\r\n ',
  'HEAD',
  '\r\nConnection: close',
  '\r\nContent-Length : 7',
  '\r\n\tContent-Length: 7',
  '\r\nTransfer-Encoding : chunked',
  '\r\nTransfer_Encoding: chunked',
  '\nTransfer-Encoding: chunked',
]

/** The lines that say where the content ends, as they stand. */
function framingLines(head: string): string[] {
  return head.split('\r\n').filter(line => /^(?:content-length|transfer-encoding):/i.test(line))
}

function edited(head: string, { at, removed, put }: Edit): string {
  const place = at % (head.length + 1)
  return head.slice(0, place) + put + head.slice(place + removed)
}

/** Where the content ends, from the end of the head on. */
function contentEnd({ end, headEnd }: Message): number | undefined {
  return end === undefined ? undefined : end - headEnd
}

export function check({ wire, edits, cut }: Input, Subject?: Parser): void {
  const parse = (bytes: Uint8Array): Observation => observe([bytes], Subject && { parser: Subject })
  const [message] = parse(wire).messages
  if (message?.end === undefined) return

  const short = parse(wire.subarray(0, cut % message.end))
  // Nothing but an empty line is no message.
  if (short.position <= 2 && !/[^\r\n]/.test(textOf(wire.subarray(0, short.position))))
    assert.deepEqual([short.messages, short.failure], [[], undefined])
  else assert.equal(short.failure?.code, 'unexpected-end')
  assert.equal(short.position, cut % message.end)
  assert.equal(short.messages.length, short.position < message.headEnd ? 0 : 1)

  const text = textOf(wire)
  const head = text.slice(0, message.headEnd - 4)
  const changed = edits.reduce(edited, head)
  // Where the change ends the head elsewhere, or is one of those lines, it is another message.
  if (`${changed}\r\n\r\n`.indexOf('\r\n\r\n') !== changed.length) return
  if (framingLines(changed).join('\n') !== framingLines(head).join('\n')) return
  const [other] = parse(bytesOf(changed + text.slice(head.length))).messages
  if (other === undefined) return
  assert.equal(other.contentLength, message.contentLength)
  assert.equal(contentEnd(other), contentEnd(message))
}

const edit = fc.record({ at: fc.nat(), removed: fc.nat({ max: 4 }), put: fc.constantFrom(...PUT) })

export const property: Property<Input> = {
  name: 'content-end',
  sentence:
    'A change of the head outside the lines that frame never moves the end of the content; what is cut short is awaited, and then has an unexpected end.',
  inputs: fc.record({
    wire: anyWire(),
    edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
    cut: fc.nat(),
  }),
  check: input => check(input),
  wireOf,
  withWire,
}
