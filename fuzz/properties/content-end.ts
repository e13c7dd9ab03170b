// An edit of the head outside the framing field lines never moves the end of the content; a
// truncated request needs more bytes, and fails with unexpected-end if none come.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { bytesOf, textOf } from '../generators/latin1.ts'
import {
  type Message,
  observeParser,
  type ParserClass,
  type ParserObservation,
} from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { anyWire, wireOf, withWire } from './helpers/wire-input.ts'

/** A change of the head: `removed` bytes at `at`, replaced by `inserted`. */
type Edit = { readonly at: number; readonly removed: number; readonly inserted: string }

type Input = { readonly wire: Uint8Array; readonly edits: readonly Edit[]; readonly cut: number }

const INSERTED = [
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
  '\r\nTransfer_Encoding: chunked\r\nX: ',
  '\nTransfer-Encoding: chunked',
]

/** Returns the field lines that frame the content. */
function framingLines(head: string): string[] {
  return head.split('\r\n').filter(line => /^(?:content-length|transfer-encoding):/i.test(line))
}

function edited(head: string, { at, removed, inserted }: Edit): string {
  const index = at % (head.length + 1)
  return head.slice(0, index) + inserted + head.slice(index + removed)
}

/** Returns the distance from the end of the head to the end of the content. */
function contentEnd({ end, headEnd }: Message): number | undefined {
  return end === undefined ? undefined : end - headEnd
}

export function check({ wire, edits, cut }: Input, Subject?: ParserClass): void {
  const parse = (bytes: Uint8Array): ParserObservation =>
    observeParser([bytes], Subject && { parser: Subject })
  const [message] = parse(wire).messages
  if (message?.end === undefined) return

  const short = parse(wire.subarray(0, cut % message.end))
  // Empty lines alone are not a message.
  if (!/[^\r\n]/.test(textOf(wire.subarray(0, short.position))))
    assert.deepEqual([short.messages, short.failure], [[], undefined])
  else assert.equal(short.failure?.code, 'unexpected-end')
  assert.equal(short.position, cut % message.end)
  assert.equal(short.messages.length, short.position < message.headEnd ? 0 : 1)

  const text = textOf(wire)
  const head = text.slice(0, message.headEnd - 4)
  const changed = edits.reduce(edited, head)
  // An edit that moves the end of the head, or changes a framing line, makes another message.
  if (`${changed}\r\n\r\n`.indexOf('\r\n\r\n') !== changed.length) return
  if (framingLines(changed).join('\n') !== framingLines(head).join('\n')) return
  const [other] = parse(bytesOf(changed + text.slice(head.length))).messages
  if (other === undefined) return
  assert.equal(other.contentLength, message.contentLength)
  assert.equal(contentEnd(other), contentEnd(message))
}

const edit = fc.record({
  at: fc.nat(),
  removed: fc.nat({ max: 4 }),
  inserted: fc.constantFrom(...INSERTED),
})

export const property: Property<Input> = {
  name: 'content-end',
  sentence:
    'An edit of the head outside the framing field lines never moves the end of the content; a truncated request needs more bytes, and fails with unexpected-end if none come.',
  inputs: fc.record({
    wire: anyWire(),
    edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
    cut: fc.nat(),
  }),
  check: input => check(input),
  wireOf,
  withWire,
}
