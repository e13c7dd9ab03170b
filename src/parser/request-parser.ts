/*
 * The phases of a message, each named for what it awaits. The head machine parses heads and
 * trailers, the chunked machine parses chunk lines, and content is counted.
 *
 *   HEAD ─┬──no content───────────────────────────────────┬──▶ END ──▶ NEXT_REQUEST ─┬──▶ HEAD
 *         ├──Content-Length──▶ CONTENT ───────────────────┤                          └──▶ CLOSED
 *         └──chunked──▶ CHUNK_LINE ──size 0──▶ TRAILERS ──┘
 *                          │ ▲
 *                     size ▼ │
 *                         CONTENT
 *
 * CLOSED follows the last request. Every phase leads to FAILED if the message is refused.
 */
import { ByteWindow } from './byte-window.ts'
import { ChunkedMachine } from './chunked-machine.ts'
import { Event } from './event.ts'
import {
  CHUNKED,
  contentLengthOf,
  expectsContinue,
  forbiddenTrailer,
  hostError,
  refusedLine,
  wantsKeepAlive,
} from './framing.ts'
import { HeadMachine } from './head-machine.ts'
import { type Limits, resolveLimits } from './limits.ts'
import { ParseError, type ParseErrorCode } from './parse-error.ts'
import { FieldSection, RequestHead } from './request-head.ts'
import { RunResult } from './run-result.ts'
import { CHUNK_STATES, HEAD_STATES, type StateName } from './state-edges.ts'
import { parseTargetForm } from './target-form.ts'

const HEAD = 0
const CONTENT = 1
const CHUNK_LINE = 2
const TRAILERS = 3
const END = 4
const NEXT_REQUEST = 5
const FAILED = 6
const CLOSED = 7
// biome-ignore format: a set
type Phase =
  | typeof HEAD | typeof CONTENT | typeof CHUNK_LINE | typeof TRAILERS
  | typeof END | typeof NEXT_REQUEST | typeof FAILED | typeof CLOSED

/** Stands for the last event if bytes have been fed since. */
const BYTES_FED = 0

/** More than what no limit counts: line ends, empty lines, and a version behind a long target. */
const LINE_END_SLACK = 64

const NO_BYTES = new Uint8Array(0)

/** Returns the state of a parser, for tests and fuzzing. Not part of the public interface. */
export let stateOf: (parser: RequestParser) => StateName

/** Returns how many bytes of memory a parser holds for messages. Not public either. */
export let heldBytesOf: (parser: RequestParser) => number

/**
 * A pull parser for the requests of one connection. The caller feeds it slices of bytes and pulls
 * events. The parser does no I/O, makes strings only on demand, and throws for nothing on the wire.
 *
 * It copies bytes only if a slice ends within a message, or is released before it is parsed.
 * `release()` then keeps the part of a head that has arrived, and the next `feed()` joins the rest.
 *
 * @example
 * const parser = new RequestParser()
 * parser.feed(new TextEncoder().encode('GET /a HTTP/1.1\r\nHost: b\r\n\r\n'))
 * parser.next() // => Event.Head
 * parser.head.target // => '/a'
 * parser.next() // => Event.End
 * parser.next() // => Event.NeedMore
 * parser.release()
 */
export class RequestParser {
  /** The current request, valid from its `Head` to the `next()` after its `End`. */
  readonly head: RequestHead
  /** Whether another request may follow this one (RFC 9112 §9.3). */
  keepAlive!: boolean
  /** Whether the client waits for a 100 (Continue) before it sends content (RFC 9110 §10.1.1). */
  expectContinue!: boolean
  /** The length of the content in bytes, 0 for none, -1 for chunked. */
  contentLength = 0

  /** The span of a `Content` event; valid until the next call of `next()` or `release()`. */
  // ZERO-COPY: the memory belongs to the caller of feed().
  bytes: Uint8Array = NO_BYTES
  from = 0
  to = 0

  /** The reason after `Failed`. */
  error: ParseError | undefined

  static {
    stateOf = parser => parser.#state()
    heldBytesOf = parser => parser.#window.heldBytes
  }

  readonly #limits: Limits
  readonly #headMachine: HeadMachine
  readonly #chunkedMachine: ChunkedMachine
  readonly #window = new ByteWindow()
  #trailers: FieldSection | undefined
  #phase: Phase = HEAD
  /** The last result of `next()` or `end()`, or `BYTES_FED`. */
  #lastEvent: Event | typeof BYTES_FED = Event.NeedMore
  #contentMax = 0
  /** Content bytes that Content-Length or the chunk sizes so far have announced. */
  #announced = 0
  /** Announced content bytes of the message, or of the chunk, that are still to come. */
  #remaining = 0

  /**
   * @throws TypeError if a name is not that of a limit, or a limit is not a number.
   * @throws RangeError if a limit is not a whole number from 0 up to its maximum.
   */
  constructor(limits: Partial<Limits> = {}) {
    this.#limits = resolveLimits(limits)
    this.head = new RequestHead(this.#limits.fieldCountMax)
    this.#headMachine = new HeadMachine(this.head, this.#limits)
    this.#chunkedMachine = new ChunkedMachine(this.#limits.chunkLineBytesMax)
    this.reset()
  }

  /** The index of the first byte not consumed, in the slice last fed. */
  get position(): number {
    return this.#window.position
  }

  /** Whether `feed()` may be called: before the first event and after `NeedMore`. */
  get wantsBytes(): boolean {
    return this.#lastEvent === Event.NeedMore
  }

  /** How many fed bytes are not consumed. */
  get unreadBytes(): number {
    return this.#window.unreadBytes
  }

  /** Whether the parser is between messages: no byte of the next one has been parsed. */
  get atBoundary(): boolean {
    return (
      this.#phase === NEXT_REQUEST || (this.#phase === HEAD && this.#headMachine.awaitsFirstByte)
    )
  }

  /** Whether no byte of the next request line has been parsed; empty lines may have been. */
  get awaitsRequestLine(): boolean {
    return (
      this.#phase === NEXT_REQUEST || (this.#phase === HEAD && this.#headMachine.awaitsRequestLine)
    )
  }

  /** The trailer fields of the current request; empty before its `Trailers`. */
  get trailers(): FieldSection {
    this.#trailers ??= new FieldSection(this.#limits.fieldCountMax)
    return this.#trailers
  }

  /**
   * Feeds the bytes from index `from` up to `to`. The parser refers to them until `release()`.
   *
   * @throws TypeError if `bytes` is not a Uint8Array.
   * @throws RangeError unless called before the first event or after `NeedMore`, and if the span
   * does not lie in `bytes`.
   */
  feed(bytes: Uint8Array, from = 0, to: number = bytes?.length): void {
    if (!this.wantsBytes)
      throw new RangeError('call feed() only before the first event and after NeedMore')
    // Unlike `instanceof`, this costs nothing, and arrays of another realm pass.
    if (bytes?.BYTES_PER_ELEMENT !== 1)
      throw new TypeError(`feed() takes a Uint8Array, such as a Buffer, not ${typeof bytes}`)
    if (
      !(
        Number.isInteger(from) &&
        Number.isInteger(to) &&
        0 <= from &&
        from <= to &&
        to <= bytes.length
      )
    )
      throw new RangeError(`there is no span from ${from} to ${to} in ${bytes.length} bytes`)
    this.release()
    const section = this.#incompleteSection()
    // Incomplete trailers are preceded by the head of their own message, which is still needed.
    if (section === this.head) this.#window.discardBefore(section)
    this.#window.feed(bytes, from, to, section, this.#sectionBytesMax(section))
    this.#lastEvent = BYTES_FED
  }

  /** Parses up to the next event and returns it. */
  next(): Event {
    this.#lastEvent = this.#advance()
    return this.#lastEvent
  }

  /**
   * Ends the input, after the client has closed its side of the connection. Returns `Closed`
   * between messages, and `Failed` with the error 'unexpected-end' within one.
   *
   * @throws RangeError while there are bytes or events that `next()` has not consumed.
   */
  end(): Event {
    if (this.#phase !== FAILED && this.#phase !== CLOSED) {
      const isConsumed = this.wantsBytes || (this.#phase === NEXT_REQUEST && this.unreadBytes === 0)
      if (!isConsumed)
        throw new RangeError('call end() only after NeedMore or the last End, or before any event')
      if (this.awaitsRequestLine) this.#close()
      else this.#failHere('unexpected-end')
    }
    this.#lastEvent = this.#phase === FAILED ? Event.Failed : Event.Closed
    return this.#lastEvent
  }

  /**
   * Ends the use of the fed slice: afterwards nothing refers to it. The parser copies what it still
   * needs: the head and the trailers of the current request, complete or not, and unread bytes.
   */
  release(): void {
    this.#window.release(this.head, this.#trailers)
    this.bytes = NO_BYTES
    this.from = 0
    this.to = 0
  }

  /** Drops all state and the fed slice, ready for the first request of another connection. */
  reset(): void {
    this.release()
    this.#window.reset()
    this.error = undefined
    this.#startMessage()
    this.#lastEvent = Event.NeedMore
  }

  /**
   * Sets the content limit of the current request, in bytes, instead of `contentBytesMax`.
   *
   * @throws RangeError unless the last event was the request's `Head`.
   */
  limitContent(bytes: number): void {
    if (this.#lastEvent !== Event.Head)
      throw new RangeError('call limitContent() only right after Head')
    if (typeof bytes !== 'number' || !(bytes >= 0))
      throw new RangeError(`${bytes} is not a content limit; pass a number of bytes`)
    this.#contentMax = bytes
  }

  #advance(): Event {
    switch (this.#phase) {
      case HEAD:
        return this.#readHead()
      case CONTENT:
        return this.#readContent()
      case CHUNK_LINE:
        return this.#readChunkLine()
      case TRAILERS:
        return this.#readTrailers()
      case END:
        this.#phase = NEXT_REQUEST
        return Event.End
      case NEXT_REQUEST:
        if (!this.keepAlive) return this.#close()
        this.#startMessage()
        return this.#readHead()
      case FAILED:
        return Event.Failed
      case CLOSED:
        return Event.Closed
    }
  }

  #state(): StateName {
    switch (this.#phase) {
      case HEAD:
      case TRAILERS:
        return HEAD_STATES[this.#headMachine.state]!
      case CHUNK_LINE:
        return CHUNK_STATES[this.#chunkedMachine.state]!
      case CONTENT:
        return this.contentLength === CHUNKED ? 'DATA' : 'CONTENT'
      case FAILED:
        return 'FAILED'
      default:
        return 'CLOSED'
    }
  }

  #startMessage(): void {
    this.#phase = HEAD
    this.#headMachine.startHead()
    this.#trailers?.clear()
    this.#window.messageStart = this.#window.at
    this.#contentMax = this.#limits.contentBytesMax
    this.keepAlive = true
    this.expectContinue = false
    this.contentLength = 0
  }

  #readHead(): Event {
    const { head } = this
    const result = this.#readLines(head)
    this.#window.messageStart = head.base
    if (result === RunResult.Partial) return Event.NeedMore
    if (result === RunResult.Failed) return this.#failHere(this.#headMachine.code)
    this.#window.resumeInPlace()
    if (!parseTargetForm(head)) return this.#fail('target-malformed', head.targetStart)
    const invalidHost = hostError(head)
    if (invalidHost !== undefined) return this.#failField(invalidHost)
    const length = contentLengthOf(head)
    if (typeof length === 'string') return this.#failField(length)
    this.contentLength = length
    this.keepAlive = wantsKeepAlive(head)
    this.expectContinue = expectsContinue(head)
    this.#announced = Math.max(length, 0)
    this.#remaining = this.#announced
    if (length === CHUNKED) {
      this.#chunkedMachine.startChunk()
      this.#phase = CHUNK_LINE
    } else this.#phase = length === 0 ? END : CONTENT
    return Event.Head
  }

  /** Counts content bytes; they are never inspected. */
  #readContent(): Event {
    if (this.#announced > this.#contentMax) return this.#failHere('content-too-large')
    const window = this.#window
    const size = Math.min(this.#remaining, window.end - window.at)
    if (size === 0) return Event.NeedMore
    this.bytes = window.bytes
    this.from = window.at
    window.at += size
    this.to = window.at
    this.#remaining -= size
    if (this.#remaining === 0) this.#phase = this.contentLength === CHUNKED ? CHUNK_LINE : END
    return Event.Content
  }

  #readChunkLine(): Event {
    const machine = this.#chunkedMachine
    const window = this.#window
    const result = machine.run(window.bytes, window.at, window.end)
    window.at = machine.at
    if (result === RunResult.Partial) return Event.NeedMore
    if (result === RunResult.Failed) return this.#failHere(machine.code)
    if (machine.size === 0) {
      this.#headMachine.startTrailers(this.trailers)
      this.#phase = TRAILERS
      return this.#readTrailers()
    }
    this.#announced += machine.size
    this.#remaining = machine.size
    machine.startAfterData()
    this.#phase = CONTENT
    return this.#readContent()
  }

  #readTrailers(): Event {
    const { trailers } = this
    const result = this.#readLines(trailers)
    if (result === RunResult.Partial) return Event.NeedMore
    if (result === RunResult.Failed) return this.#failHere(this.#headMachine.code)
    const forbidden = forbiddenTrailer(trailers)
    if (forbidden !== -1) {
      const start = trailers.base - this.#window.messageStart
      return this.#fail('trailer-forbidden', start + trailers.fieldValueStart(forbidden))
    }
    this.#window.resumeInPlace()
    this.#phase = END
    return trailers.fieldCount > 0 ? Event.Trailers : this.#advance()
  }

  /** Runs the head machine over the window, for the head or the trailers. */
  #readLines(section: FieldSection): RunResult {
    const machine = this.#headMachine
    const window = this.#window
    if (section.length === 0) section.base = window.at
    const result = machine.run(window.bytes, section.base, window.at, window.end)
    window.at = machine.at
    section.bytes = window.bytes
    section.base = machine.base
    section.length = machine.at - machine.base
    return result
  }

  /** Returns the head or the trailers if only a part has arrived, otherwise undefined. */
  #incompleteSection(): FieldSection | undefined {
    // The trailers are empty before TRAILERS, and are followed by no feed() before the next head.
    const section = this.#phase === HEAD ? this.head : this.#trailers
    return section !== undefined && section.length > 0 ? section : undefined
  }

  /** The most bytes that a section may have within its limits. */
  #sectionBytesMax(section: FieldSection | undefined): number {
    const { requestLineBytesMax, fieldsBytesMax, trailersBytesMax } = this.#limits
    return (
      (section === this.head ? requestLineBytesMax + fieldsBytesMax : trailersBytesMax) +
      LINE_END_SLACK
    )
  }

  #close(): typeof Event.Closed {
    this.#phase = CLOSED
    this.#headMachine.startHead()
    return Event.Closed
  }

  /** Fails because of the next byte, or because of the content just parsed. */
  #failHere(code: ParseErrorCode): typeof Event.Failed {
    return this.#fail(code, this.#window.at - this.#window.messageStart)
  }

  /** Fails because of a field of the head that is invalid or missing. */
  #failField(code: ParseErrorCode): typeof Event.Failed {
    const line = refusedLine(this.head, code)
    return this.#fail(code, line === -1 ? this.head.length : this.head.fieldValueStart(line))
  }

  #fail(code: ParseErrorCode, offset: number): typeof Event.Failed {
    this.#phase = FAILED
    this.keepAlive = false
    this.error = new ParseError(code, offset)
    return Event.Failed
  }
}
