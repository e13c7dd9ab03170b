import { DEFAULT_LIMITS, Event, type Limits, RequestParser } from '../../parser/index.ts'

/** A parser, and the bytes that arrive while it cannot accept any: while an exchange is waiting. */
export class RequestReader {
  readonly parser: RequestParser
  #pendingInput: Uint8Array | undefined

  constructor(limits: Limits) {
    this.parser = new RequestParser(limits)
  }

  /** Feeds borrowed bytes to the parser, or copies them for later. */
  add(bytes: Uint8Array, from: number, to: number): void {
    if (this.parser.wantsBytes) this.parser.feed(bytes, from, to)
    else this.#bufferInput(bytes, from, to)
  }

  /**
   * Returns the next event. With `inputEnded`, it is never NeedMore: the message is complete or
   * cut.
   */
  next(inputEnded: boolean): Event {
    const event = this.parser.next()
    if (event !== Event.NeedMore) return event
    if (this.#pendingInput !== undefined) {
      this.parser.feed(this.#pendingInput)
      this.#pendingInput = undefined
      return this.next(inputEnded)
    }
    return inputEnded ? this.parser.end() : event
  }

  /** Whether bytes have arrived that the parser has not consumed. */
  get hasUnreadInput(): boolean {
    return this.#pendingInput !== undefined || this.parser.unreadBytes > 0
  }

  reset(): void {
    this.parser.reset()
    this.#pendingInput = undefined
  }

  #bufferInput(bytes: Uint8Array, from: number, to: number): void {
    const earlier = this.#pendingInput ?? new Uint8Array(0)
    this.#pendingInput = new Uint8Array(earlier.length + to - from)
    this.#pendingInput.set(earlier)
    this.#pendingInput.set(bytes.subarray(from, to), earlier.length)
  }
}

/** Readers for the connections that are within a message; an idle connection holds none. */
export class ReaderPool {
  readonly #free: RequestReader[] = []
  readonly #limits: Limits
  readonly #keptMax: number

  constructor(limits: Limits, keptMax: number) {
    this.#limits = onlyLimits(limits)
    this.#keptMax = keptMax
  }

  take(): RequestReader {
    return this.#free.pop() ?? new RequestReader(this.#limits)
  }

  give(reader: RequestReader): void {
    reader.reset()
    if (this.#free.length < this.#keptMax) this.#free.push(reader)
  }
}

/** Picks the parser's limits out of the configuration: the parser accepts no other names. */
function onlyLimits(limits: Limits): Limits {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]
  return Object.fromEntries(names.map(name => [name, limits[name]])) as Limits
}
