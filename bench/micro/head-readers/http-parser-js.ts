import { createRequire } from 'node:module'
import { HTTPParser } from 'http-parser-js'
import {
  digestOf,
  type HeadReader,
  NotRead,
  type OpenReader,
  pairsOf,
  type RequestText,
} from './head-reader.ts'

class Reader implements OpenReader {
  readonly #parser = new HTTPParser(HTTPParser.REQUEST)
  #fieldCount = 0
  #contentBytes = 0
  #method = 0
  #target = ''
  #fields: readonly string[] = []

  constructor() {
    this.#parser[HTTPParser.kOnHeadersComplete] = ({ method, url, headers }) => {
      this.#method = method
      this.#target = url
      this.#fields = headers
      this.#fieldCount = headers.length / 2
    }
    this.#parser[HTTPParser.kOnBody] = (_bytes, _from, length) => {
      this.#contentBytes += length
    }
    // It hands out a head only when there is something to be told of its end.
    this.#parser[HTTPParser.kOnMessageComplete] = () => {}
  }

  read(wire: Uint8Array): number {
    this.#fieldCount = 0
    this.#contentBytes = 0
    const outcome = this.#parser.execute(wire as Buffer)
    if (outcome !== wire.length || this.#fieldCount === 0) throw new NotRead(String(outcome))
    return digestOf(this.#fieldCount, this.#target.length, this.#contentBytes)
  }

  text(): RequestText {
    return {
      method: HTTPParser.methods[this.#method]!,
      target: this.#target,
      fields: pairsOf(this.#fields),
    }
  }
}

/** The parser in JavaScript that stood in for Node's own; it makes strings of everything. */
export const httpParserJs: HeadReader = {
  name: 'http-parser-js',
  version: createRequire(import.meta.url)('http-parser-js/package.json').version,
  wireOf: text => Buffer.from(text, 'latin1'),
  open: () => new Reader(),
}
