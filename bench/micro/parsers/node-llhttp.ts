import { createRequire } from 'node:module'
import {
  checksumOf,
  type ParsedRequest,
  ParseFailure,
  type ParserAdapter,
  type ParserInstance,
  pairsOf,
} from './adapter.ts'

/** The part of Node's binding that is used here. */
type Binding = {
  initialize(type: number, resource: object): void
  execute(request: Uint8Array): number | Error
  [callback: number]: (...args: never[]) => void
}
type Common = {
  readonly HTTPParser: (new () => Binding) & {
    readonly REQUEST: number
    readonly kOnHeadersComplete: number
    readonly kOnHeaders: number
    readonly kOnBody: number
  }
  readonly methods: readonly string[]
}

// Node removed `process.binding('http_parser')` after version 20. node:http itself imports the
// binding from here, in 20, 24 and 26.
const { HTTPParser, methods } = createRequire(import.meta.url)('node:_http_common') as Common

class NodeParser implements ParserInstance {
  readonly #binding = new HTTPParser()
  #fieldCount = 0
  #contentBytes = 0
  #method = 0
  #target = ''
  #fields: string[] = []

  constructor() {
    this.#binding.initialize(HTTPParser.REQUEST, {})
    // More than 32 fields are reported in several calls, the target in the first of them.
    this.#binding[HTTPParser.kOnHeaders] = (fields: string[], target: string) =>
      this.#take(fields, target)
    this.#binding[HTTPParser.kOnBody] = (content: Uint8Array) => {
      this.#contentBytes += content.length
    }
    this.#binding[HTTPParser.kOnHeadersComplete] = (
      _major: number,
      _minor: number,
      fields: string[] | undefined,
      method: number,
      target: string | undefined,
    ) => {
      this.#take(fields ?? [], target ?? '')
      this.#method = method
      this.#fieldCount = this.#fields.length / 2
    }
  }

  parse(request: Uint8Array): number {
    this.#fields = []
    this.#target = ''
    this.#fieldCount = 0
    this.#contentBytes = 0
    const result = this.#binding.execute(request)
    if (result !== request.length || this.#fieldCount === 0) throw new ParseFailure(String(result))
    return checksumOf(this.#fieldCount, this.#target.length, this.#contentBytes)
  }

  #take(fields: string[], target: string): void {
    if (this.#fields.length === 0) this.#fields = fields
    else for (const text of fields) this.#fields.push(text)
    this.#target += target
  }

  parsedRequest(): ParsedRequest {
    return { method: methods[this.#method]!, target: this.#target, fields: pairsOf(this.#fields) }
  }
}

/** The parser of node:http: llhttp in C with Node's binding, which creates strings. */
export const nodeLlhttp: ParserAdapter = {
  name: "Node's llhttp binding",
  version: `${process.versions.llhttp} in Node ${process.versions.node}`,
  encode: text => Buffer.from(text, 'latin1'),
  create: () => new NodeParser(),
}
