import { Event, type Limits, ReadBuffer, RequestParser } from '../../../src/parser/index.ts'
import {
  digestOf,
  type HeadReader,
  NotRead,
  type OpenReader,
  pairsOf,
  type RequestText,
} from './head-reader.ts'

const encoder = new TextEncoder()
const NOTHING: Uint8Array = new Uint8Array(0)

/** In memory of the kind that the server reads into. */
export function wireOf(text: string): Uint8Array {
  const wire = new ReadBuffer(text.length)
  encoder.encodeInto(text, wire)
  return wire
}

/** Names and values as spans: what the server works with. */
class SpanReader implements OpenReader {
  readonly #parser: RequestParser
  #wire = NOTHING

  constructor(limits: Partial<Limits>) {
    this.#parser = new RequestParser(limits)
  }

  read(wire: Uint8Array): number {
    this.#wire = wire
    const parser = this.#parser
    parser.feed(wire)
    if (parser.next() !== Event.Head) throw new NotRead(parser.error?.code)
    const { fieldCount, targetStart, targetEnd } = parser.head
    const contentBytes = readContent(parser)
    parser.release()
    return digestOf(fieldCount, targetEnd - targetStart, contentBytes)
  }

  text(): RequestText {
    const reader = new StringReader()
    reader.read(this.#wire)
    return reader.text()
  }
}

/** Every name and value as a string, which is how Node's binding and http-parser-js hand them out. */
class StringReader implements OpenReader {
  readonly #parser = new RequestParser()
  #method = ''
  #target = ''
  readonly #lines: string[] = []

  read(wire: Uint8Array): number {
    const parser = this.#parser
    parser.feed(wire)
    if (parser.next() !== Event.Head) throw new NotRead(parser.error?.code)
    const { head } = parser
    const lines = this.#lines
    lines.length = 0
    for (let line = 0; line < head.fieldCount; line++)
      lines.push(head.fieldName(line), head.fieldValue(line))
    this.#method = head.method
    this.#target = head.target
    const contentBytes = readContent(parser)
    parser.release()
    return digestOf(lines.length / 2, this.#target.length, contentBytes)
  }

  text(): RequestText {
    return { method: this.#method, target: this.#target, fields: pairsOf(this.#lines) }
  }
}

/** Reads on to the end of the request; the bytes of its content. */
function readContent(parser: RequestParser): number {
  let bytes = 0
  let event: Event = parser.next()
  for (; event === Event.Content; event = parser.next()) bytes += parser.to - parser.from
  if (event !== Event.End || parser.next() !== Event.NeedMore) throw new NotRead(parser.error?.code)
  return bytes
}

/** Ours, with other limits where the work asks for it. */
export function statewire(limits: Partial<Limits> = {}): HeadReader {
  return { name: 'statewire', wireOf, open: () => new SpanReader(limits) }
}

export const statewireStrings: HeadReader = {
  name: 'statewire, all as strings',
  wireOf,
  open: () => new StringReader(),
}
