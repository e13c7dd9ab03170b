import { createRequire } from 'node:module'
import {
  digestOf,
  type HeadReader,
  NotRead,
  type OpenReader,
  pairsOf,
  type RequestText,
} from './head-reader.ts'

/** Of Node's own binding, what is used here. */
type Binding = {
  initialize(type: number, resource: object): void
  execute(wire: Uint8Array): number | Error
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

// `process.binding('http_parser')` has gone after Node 20. node:http itself takes it from here, in 20, 24 and 26.
const { HTTPParser, methods } = createRequire(import.meta.url)('node:_http_common') as Common

class Reader implements OpenReader {
  readonly #binding = new HTTPParser()
  #fieldCount = 0
  #contentBytes = 0
  #method = 0
  #target = ''
  #fields: string[] = []

  constructor() {
    this.#binding.initialize(HTTPParser.REQUEST, {})
    // With more than 32 fields they come in parts, the target with the first.
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

  read(wire: Uint8Array): number {
    this.#fields = []
    this.#target = ''
    this.#fieldCount = 0
    this.#contentBytes = 0
    const outcome = this.#binding.execute(wire)
    if (outcome !== wire.length || this.#fieldCount === 0) throw new NotRead(String(outcome))
    return digestOf(this.#fieldCount, this.#target.length, this.#contentBytes)
  }

  #take(fields: string[], target: string): void {
    if (this.#fields.length === 0) this.#fields = fields
    else for (const text of fields) this.#fields.push(text)
    this.#target += target
  }

  text(): RequestText {
    return { method: methods[this.#method]!, target: this.#target, fields: pairsOf(this.#fields) }
  }
}

/** The parser of node:http: llhttp in C with Node's binding, which makes strings of everything. */
export const nodeLlhttp: HeadReader = {
  name: "Node's llhttp binding",
  version: `${process.versions.llhttp} in Node ${process.versions.node}`,
  wireOf: text => Buffer.from(text, 'latin1'),
  open: () => new Reader(),
}
