import { DEFAULT_LIMITS, Event, type Limits, RequestParser } from '../../parser/index.ts'

const NOTHING = new Uint8Array(0)

/** A parser, and the bytes that arrive while it cannot accept any: while an exchange is waiting. */
export class RequestReader {
  readonly parser: RequestParser
  /** Input that the parser cannot accept yet, up to `#pendingBytes`; the rest is room. */
  #pendingInput = NOTHING
  #pendingBytes = 0

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
    if (this.#pendingBytes > 0) {
      this.parser.feed(this.#pendingInput, 0, this.#pendingBytes)
      this.#pendingInput = NOTHING
      this.#pendingBytes = 0
      return this.next(inputEnded)
    }
    return inputEnded ? this.parser.end() : event
  }

  /** How many bytes have arrived that the parser has not consumed. */
  get unreadBytes(): number {
    return this.#pendingBytes + this.parser.unreadBytes
  }

  reset(): void {
    this.parser.reset()
    this.#pendingInput = NOTHING
    this.#pendingBytes = 0
  }

  #bufferInput(bytes: Uint8Array, from: number, to: number): void {
    const needed = this.#pendingBytes + to - from
    if (needed > this.#pendingInput.length) {
      // Doubled: a client that sends byte by byte must not cost a copy of everything for each.
      const larger = new Uint8Array(Math.max(needed, 2 * this.#pendingInput.length))
      larger.set(this.#pendingInput.subarray(0, this.#pendingBytes))
      this.#pendingInput = larger
    }
    this.#pendingInput.set(bytes.subarray(from, to), this.#pendingBytes)
    this.#pendingBytes = needed
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
