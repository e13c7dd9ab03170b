import { type Limits, RequestParser } from '../../parser/index.ts'

/** Parsers for the connections that are in a message; an idle one holds none. */
export class ParserPool {
  readonly #free: RequestParser[] = []
  readonly #limits: Limits
  readonly #keptMax: number

  constructor(limits: Limits, keptMax: number) {
    this.#limits = limits
    this.#keptMax = keptMax
  }

  take(): RequestParser {
    return this.#free.pop() ?? new RequestParser(this.#limits)
  }

  give(parser: RequestParser): void {
    parser.reset()
    if (this.#free.length < this.#keptMax) this.#free.push(parser)
  }
}
