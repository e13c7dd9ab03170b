import { createRequire } from 'node:module'
import { HTTPParser } from 'http-parser-js'
import {
  checksumOf,
  type ParsedRequest,
  ParseFailure,
  type ParserAdapter,
  type ParserInstance,
  pairsOf,
} from './adapter.ts'

class JsParser implements ParserInstance {
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
    // It reports a head only if there is also a callback for the end of the message.
    this.#parser[HTTPParser.kOnMessageComplete] = () => {}
  }

  parse(request: Uint8Array): number {
    this.#fieldCount = 0
    this.#contentBytes = 0
    const result = this.#parser.execute(request as Buffer)
    if (result !== request.length || this.#fieldCount === 0) throw new ParseFailure(String(result))
    return checksumOf(this.#fieldCount, this.#target.length, this.#contentBytes)
  }

  parsedRequest(): ParsedRequest {
    return {
      method: HTTPParser.methods[this.#method]!,
      target: this.#target,
      fields: pairsOf(this.#fields),
    }
  }
}

/** A parser in JavaScript, made as a replacement for Node's own; it creates strings. */
export const httpParserJs: ParserAdapter = {
  name: 'http-parser-js',
  version: createRequire(import.meta.url)('http-parser-js/package.json').version,
  encode: text => Buffer.from(text, 'latin1'),
  create: () => new JsParser(),
}
