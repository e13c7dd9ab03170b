import { Event, type Limits, RequestParser } from '../../../src/parser/index.ts'
import { type HeadReader, NotRead, type OpenReader, pairsOf, type RequestText } from './head-reader.ts'

const encoder = new TextEncoder()
const NOTHING: Uint8Array = new Uint8Array(0)

/** Names and values as spans: what the server works with. */
class SpanReader implements OpenReader {
  fieldCount = 0
  targetLength = 0
  contentBytes = 0
  protected readonly parser: RequestParser
  #wire = NOTHING

  constructor(limits: Partial<Limits>) {
    this.parser = new RequestParser(limits)
  }

  read(wire: Uint8Array): void {
    const { parser } = this
    this.#wire = wire
    parser.feed(wire)
    if (parser.next() !== Event.Head) throw new NotRead(parser.error?.code)
    this.take()
    this.contentBytes = 0
    let event: Event = parser.next()
    for (; event === Event.Content; event = parser.next()) this.contentBytes += parser.to - parser.from
    if (event !== Event.End || parser.next() !== Event.NeedMore) throw new NotRead(parser.error?.code)
    parser.release()
  }

  protected take(): void {
    const { head } = this.parser
    this.fieldCount = head.fieldCount
    this.targetLength = head.targetEnd - head.targetStart
  }

  text(): RequestText {
    const reader = new StringReader({ fieldCountMax: this.fieldCount })
    reader.read(this.#wire)
    return reader.text()
  }
}

/** Every name and value as a string, which is how Node's binding and http-parser-js hand them out. */
class StringReader extends SpanReader {
  #method = ''
  #target = ''
  readonly #lines: string[] = []

  protected override take(): void {
    const { head } = this.parser
    const lines = this.#lines
    lines.length = 0
    for (let line = 0; line < head.fieldCount; line++) lines.push(head.fieldName(line), head.fieldValue(line))
    this.#method = head.method
    this.#target = head.target
    this.fieldCount = lines.length / 2
    this.targetLength = this.#target.length
  }

  override text(): RequestText {
    return { method: this.#method, target: this.#target, fields: pairsOf(this.#lines) }
  }
}

/** Ours, with other limits where the work asks for it. */
export function statewire(limits: Partial<Limits> = {}): HeadReader {
  return { name: 'statewire', wireOf: text => encoder.encode(text), open: () => new SpanReader(limits) }
}

export const statewireStrings: HeadReader = {
  name: 'statewire, all as strings',
  wireOf: text => encoder.encode(text),
  open: () => new StringReader({}),
}
