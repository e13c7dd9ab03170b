import { ByteWindow } from './byte-window.ts'
import { ChunkedMachine } from './chunked-machine.ts'
import { expectsContinue, wantsKeepAlive } from './connection-options.ts'
import { Event } from './event.ts'
import { KnownField } from './field-names.ts'
import { FieldSection } from './field-section.ts'
import { CHUNKED, contentLengthOf, hasForbiddenTrailer, hostRefusal } from './framing.ts'
import { HeadMachine } from './head-machine.ts'
import { type Limits, limitsFrom } from './limits.ts'
import { Outcome } from './outcome.ts'
import { ParseError, type ParseErrorCode } from './parse-error.ts'
import { RequestHead } from './request-head.ts'
import { CHUNK_STATES, HEAD_STATES, type StateName } from './state-edges.ts'
import { readTargetForm } from './target-form.ts'

/*
 * The life of a message. The machines read its lines; here stands what follows what.
 *
 *   HEAD ─▶ CONTENT ─▶ END_DUE ─▶ ENDED ─▶ HEAD, or CLOSED after the last request
 *     └───▶ CHUNK_LINE ◀─▶ CONTENT
 *               └─────▶ TRAILERS ─▶ END_DUE               any of them ─▶ FAILED
 */
const HEAD = 0
const CONTENT = 1
const CHUNK_LINE = 2
const TRAILERS = 3
const END_DUE = 4
const ENDED = 5
const FAILED = 6
const CLOSED = 7
// biome-ignore format: a set
type Phase = typeof HEAD | typeof CONTENT | typeof CHUNK_LINE | typeof TRAILERS | typeof END_DUE | typeof ENDED | typeof FAILED | typeof CLOSED

/** In the place of the last event, when bytes have been fed since. */
const FED = 0

/** More than the line ends that limits do not count, and the version that follows a target of the full length. */
const LINE_END_SLACK = 32

const NOTHING = new Uint8Array(0)

/** The state a parser is in, for tests and fuzzing: not of the public interface. */
export let stateOf: (parser: RequestParser) => StateName

/** The memory that a parser holds for messages, in bytes; likewise. */
export let heldBytesOf: (parser: RequestParser) => number

/**
 * A pull parser for the requests of one connection. It is lent slices of bytes, and hands out events; it does no I/O, makes
 * no string that is not asked for, and throws for nothing that stands on the wire.
 *
 * Bytes are copied only where a message is cut by the end of a slice: `release()` keeps what had come of it, and the
 * `feed()` that brings the rest of a head joins it on.
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
  /** The request at hand, from its `Head` to the `next()` after its `End`. */
  readonly head: RequestHead
  /** Whether another request may follow this one (RFC 9112 §9.3). */
  keepAlive!: boolean
  /** Whether the client awaits a 100 (Continue) before it sends content (RFC 9110 §10.1.1). */
  expectContinue!: boolean
  /** Bytes of content, 0 for none, -1 for chunked. */
  contentLength = 0

  /** The slice of a `Content` event; valid until the next call of `next()` or `release()`. */
  // ZERO-COPY: borrowed from the caller of feed().
  bytes: Uint8Array = NOTHING
  from = 0
  to = 0

  /** Why the message was refused, after `Failed`. */
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
  /** What next() said last, or FED. */
  #last: Event | typeof FED = Event.NeedMore
  #contentMax = 0
  /** Content that the head or the chunk sizes have announced, and what of it is still to come. */
  #announced = 0
  #remaining = 0

  constructor(limits: Partial<Limits> = {}) {
    this.#limits = limitsFrom(limits)
    this.head = new RequestHead(this.#limits.fieldCountMax)
    this.#headMachine = new HeadMachine(this.head, this.#limits)
    this.#chunkedMachine = new ChunkedMachine(this.#limits.chunkExtensionBytesMax)
    this.reset()
  }

  /** The index, in the slice last fed, of the first byte not consumed. */
  get position(): number {
    return this.#window.position
  }

  /** Whether `feed()` may be called: at first and after `NeedMore`. */
  get wantsBytes(): boolean {
    return this.#last === Event.NeedMore
  }

  /** How many of the bytes that were fed are not consumed. */
  get unreadBytes(): number {
    return this.#window.unread
  }

  /** Whether the parser stands between messages: no byte of one has come, or the last is over. */
  get atBoundary(): boolean {
    return this.#phase === ENDED || (this.#phase === HEAD && this.#headMachine.untouched)
  }

  /** The trailer fields of the request at hand; none before its `Trailers`. */
  get trailers(): FieldSection {
    this.#trailers ??= new FieldSection(this.#limits.fieldCountMax)
    return this.#trailers
  }

  /**
   * Lends the parser the bytes from `from` to `to` until `release()`. RangeError but at first and after `NeedMore`, and for
   * a span that does not lie in `bytes`.
   */
  feed(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    if (!this.wantsBytes) throw new RangeError('feed() is for the start and after NeedMore')
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
    const cut = this.#cutSection()
    // Before cut trailers lies the head of their message, which lives on.
    if (cut === this.head) this.#window.dropBefore(cut)
    this.#window.lend(bytes, from, to, cut, this.#bytesMax(cut))
    this.#last = FED
  }

  /** Reads on to the next event. */
  next(): Event {
    this.#last = this.#advance()
    return this.#last
  }

  /**
   * Says that the client will send no more. `Closed` between messages, else `Failed` with 'unexpected-end'. RangeError while
   * there are bytes that next() has not consumed.
   */
  end(): Event {
    if (this.#phase !== FAILED && this.#phase !== CLOSED) {
      const consumed = this.wantsBytes || (this.#phase === ENDED && this.unreadBytes === 0)
      if (!consumed)
        throw new RangeError('end() is for the start, after NeedMore, and after the last End')
      if (this.atBoundary || (this.#phase === HEAD && this.#headMachine.atStart)) this.#close()
      else this.#failHere('unexpected-end')
    }
    this.#last = this.#phase === FAILED ? Event.Failed : Event.Closed
    return this.#last
  }

  /**
   * Gives the lent slice back. What must outlive it is copied: a head or trailers cut by its end, the head of a request that
   * is not yet over for the caller, bytes not consumed. Afterwards nothing refers to the slice.
   */
  release(): void {
    this.#window.giveBack(this.head, this.#trailers)
    this.bytes = NOTHING
    this.from = 0
    this.to = 0
  }

  /** Forgets everything, the slice included, and awaits the first request of another connection. */
  reset(): void {
    this.release()
    this.#window.reset()
    this.error = undefined
    this.#startMessage()
    this.#last = Event.NeedMore
  }

  /**
   * Sets the content limit of the request at hand, in bytes, in the place of `contentBytesMax`. RangeError but right after
   * its `Head`.
   */
  limitContent(bytes: number): void {
    if (this.#last !== Event.Head) throw new RangeError('limitContent() is for right after Head')
    if (!(bytes >= 0)) throw new RangeError(`a content limit is a number of bytes, not ${bytes}`)
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
      case END_DUE:
        this.#phase = ENDED
        return Event.End
      case ENDED:
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
    this.#window.origin = this.#window.at
    this.#contentMax = this.#limits.contentBytesMax
    this.keepAlive = true
    this.expectContinue = false
    this.contentLength = 0
  }

  #readHead(): Event {
    const { head } = this
    const outcome = this.#readLines(head)
    this.#window.origin = head.base
    if (outcome === Outcome.Partial) return Event.NeedMore
    if (outcome === Outcome.Refused) return this.#failHere(this.#headMachine.code)
    this.#window.resumeInPlace()
    if (!readTargetForm(head)) return this.#fail('target-malformed', head.targetStart)
    const refusedHost = hostRefusal(head)
    if (refusedHost !== undefined) return this.#failField(refusedHost, KnownField.Host)
    const length = contentLengthOf(head)
    if (typeof length === 'string')
      return this.#failField(
        length,
        head.find(KnownField.TransferEncoding) === -1
          ? KnownField.ContentLength
          : KnownField.TransferEncoding,
      )
    this.contentLength = length
    this.keepAlive = wantsKeepAlive(head)
    this.expectContinue = expectsContinue(head)
    this.#announced = Math.max(length, 0)
    this.#remaining = this.#announced
    if (length === CHUNKED) {
      this.#chunkedMachine.start()
      this.#phase = CHUNK_LINE
    } else this.#phase = length === 0 ? END_DUE : CONTENT
    return Event.Head
  }

  /** Content is arithmetic: its bytes are never looked at. */
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
    if (this.#remaining === 0) this.#phase = this.contentLength === CHUNKED ? CHUNK_LINE : END_DUE
    return Event.Content
  }

  #readChunkLine(): Event {
    const machine = this.#chunkedMachine
    const window = this.#window
    const outcome = machine.run(window.bytes, window.at, window.end)
    window.at = machine.at
    if (outcome === Outcome.Partial) return Event.NeedMore
    if (outcome === Outcome.Refused) return this.#failHere(machine.code)
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
    const outcome = this.#readLines(trailers)
    if (outcome === Outcome.Partial) return Event.NeedMore
    if (outcome === Outcome.Refused) return this.#failHere(this.#headMachine.code)
    this.#window.resumeInPlace()
    if (hasForbiddenTrailer(trailers)) return this.#failHere('trailer-forbidden')
    this.#phase = END_DUE
    return trailers.fieldCount > 0 ? Event.Trailers : this.#advance()
  }

  /** Runs the machine of heads and trailers over the window. */
  #readLines(section: FieldSection): Outcome {
    const machine = this.#headMachine
    const window = this.#window
    if (section.length === 0) section.base = window.at
    const outcome = machine.run(window.bytes, section.base, window.at, window.end)
    window.at = machine.at
    section.bytes = window.bytes
    section.base = machine.base
    section.length = machine.at - machine.base
    return outcome
  }

  /** The head or the trailers, when only their start has come. */
  #cutSection(): FieldSection | undefined {
    // There are none of the trailers before TRAILERS, and after it no slice comes before the next head.
    const section = this.#phase === HEAD ? this.head : this.#trailers
    return section !== undefined && section.length > 0 ? section : undefined
  }

  #bytesMax(section: FieldSection | undefined): number {
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

  /** The byte at hand is refused. */
  #failHere(code: ParseErrorCode): typeof Event.Failed {
    return this.#fail(code, this.#window.at - this.#window.origin)
  }

  /** A field of the head is refused, or is missing. */
  #failField(code: ParseErrorCode, field: KnownField): typeof Event.Failed {
    const line = this.head.find(field)
    return this.#fail(code, line === -1 ? this.head.length : this.head.fieldValueStart(line))
  }

  #fail(code: ParseErrorCode, offset: number): typeof Event.Failed {
    this.#phase = FAILED
    this.keepAlive = false
    this.error = new ParseError(code, offset)
    return Event.Failed
  }
}
