import { Event, type Limits, ReadBuffer, RequestParser } from '../../../src/parser/index.ts'
import {
  checksumOf,
  type ParsedRequest,
  ParseFailure,
  type ParserAdapter,
  type ParserInstance,
  pairsOf,
} from './adapter.ts'

const encoder = new TextEncoder()
const NOTHING: Uint8Array = new Uint8Array(0)

/** Encodes a request into a ReadBuffer, which the server reads into as well. */
export function encode(text: string): Uint8Array {
  const request = new ReadBuffer(text.length)
  encoder.encodeInto(text, request)
  return request
}

/** Leaves names and values as positions, as the server does. */
class SpanParser implements ParserInstance {
  readonly #parser: RequestParser
  #request = NOTHING

  constructor(limits: Partial<Limits>) {
    this.#parser = new RequestParser(limits)
  }

  parse(request: Uint8Array): number {
    this.#request = request
    const parser = this.#parser
    parser.feed(request)
    if (parser.next() !== Event.Head) throw new ParseFailure(parser.error?.code)
    const { fieldCount, targetStart, targetEnd } = parser.head
    const contentBytes = readContent(parser)
    parser.release()
    return checksumOf(fieldCount, targetEnd - targetStart, contentBytes)
  }

  parsedRequest(): ParsedRequest {
    const parser = new StringParser()
    parser.parse(this.#request)
    return parser.parsedRequest()
  }
}

/** Creates a string for every name and value, as Node's binding and http-parser-js do. */
class StringParser implements ParserInstance {
  readonly #parser = new RequestParser()
  #method = ''
  #target = ''
  readonly #lines: string[] = []

  parse(request: Uint8Array): number {
    const parser = this.#parser
    parser.feed(request)
    if (parser.next() !== Event.Head) throw new ParseFailure(parser.error?.code)
    const { head } = parser
    const lines = this.#lines
    lines.length = 0
    for (let line = 0; line < head.fieldCount; line++)
      lines.push(head.fieldName(line), head.fieldValue(line))
    this.#method = head.method
    this.#target = head.target
    const contentBytes = readContent(parser)
    parser.release()
    return checksumOf(lines.length / 2, this.#target.length, contentBytes)
  }

  parsedRequest(): ParsedRequest {
    return { method: this.#method, target: this.#target, fields: pairsOf(this.#lines) }
  }
}

/** Parses to the end of the request, and returns the number of content bytes. */
function readContent(parser: RequestParser): number {
  let bytes = 0
  let event: Event = parser.next()
  for (; event === Event.Content; event = parser.next()) bytes += parser.to - parser.from
  if (event !== Event.End || parser.next() !== Event.NeedMore)
    throw new ParseFailure(parser.error?.code)
  return bytes
}

/** statewire's parser, with other limits if a workload needs them. */
export function statewire(limits: Partial<Limits> = {}): ParserAdapter {
  return { name: 'statewire', encode, create: () => new SpanParser(limits) }
}

export const statewireStrings: ParserAdapter = {
  name: 'statewire, all as strings',
  encode,
  create: () => new StringParser(),
}
