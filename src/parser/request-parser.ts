import { CarryBuffer } from './carry-buffer.ts'
import { ChunkedMachine } from './chunked-machine.ts'
import { expectsContinue, wantsKeepAlive } from './connection-options.ts'
import { Event } from './event.ts'
import { Field } from './field-names.ts'
import { FieldSection } from './field-section.ts'
import { CHUNKED, contentLengthOf, hostRefusal } from './framing.ts'
import { HeadMachine } from './head-machine.ts'
import { type Limits, limitsFrom } from './limits.ts'
import { Outcome } from './outcome.ts'
import { ParseError, type ParseErrorCode } from './parse-error.ts'
import { RequestHead } from './request-head.ts'
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
type Phase =
  | typeof HEAD
  | typeof CONTENT
  | typeof CHUNK_LINE
  | typeof TRAILERS
  | typeof END_DUE
  | typeof ENDED
  | typeof FAILED
  | typeof CLOSED

/** In the place of the last event, when bytes have been fed since. */
const FED = 0

/** RFC 9110 §6.5.1: fields that frame, route or modify a request have no place in its trailers. */
const FORBIDDEN_IN_TRAILERS =
  (1 << Field.Host) |
  (1 << Field.Connection) |
  (1 << Field.ContentLength) |
  (1 << Field.TransferEncoding) |
  (1 << Field.Expect) |
  (1 << Field.Range)

/** More than the line ends that limits do not count, and the version that follows a target of the full length. */
const LINE_END_SLACK = 32

const NOTHING = new Uint8Array(0)

/**
 * A pull parser for the requests of one connection. It is lent slices of bytes, and hands out events; it does no I/O, makes
 * no string that is not asked for, and throws for nothing that stands on the wire.
 *
 * Bytes are copied only where a message is cut by the end of a slice: `release()` keeps what had come of it, and the
 * `feed()` that brings the rest of a head joins it on.
 *
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
  keepAlive = true
  /** Whether the client awaits a 100 (Continue) before it sends content (RFC 9110 §10.1.1). */
  expectContinue = false
  /** Bytes of content, 0 for none, -1 for chunked. */
  contentLength = 0

  /** The slice of a `Content` event; valid until the next call of `next()` or `release()`. */
  // ZERO-COPY: borrowed from the caller of feed().
  bytes: Uint8Array = NOTHING
  from = 0
  to = 0

  /** Why the message was refused, after `Failed`. */
  error: ParseError | undefined

  readonly #limits: Limits
  readonly #headMachine: HeadMachine
  readonly #chunkedMachine: ChunkedMachine
  readonly #carry = new CarryBuffer()
  #trailers: FieldSection | undefined
  #phase: Phase = HEAD
  /** What next() said last, or FED. */
  #last: Event | typeof FED = Event.NeedMore

  /** What is being read: the lent slice, or the carry buffer while that holds bytes not consumed. */
  // ZERO-COPY: the lent slice is the caller's until release().
  #window: Uint8Array = NOTHING
  #at = 0
  #end = 0
  /** An index of the window and this make the index in the slice last fed. */
  #shift = 0
  /** Where the message begins in the window, or would if all of it lay there. */
  #origin = 0
  // ZERO-COPY: the caller's until release().
  #lent: Uint8Array | undefined
  /** What the window lacks of the lent slice, while the window is the carry buffer. */
  #lentAt = 0
  #lentEnd = 0

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
    return this.#at + this.#shift
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
    if (this.#last !== Event.NeedMore) throw new RangeError('feed() is for the start and after NeedMore')
    if (!(from >= 0 && from <= to && to <= bytes.length))
      throw new RangeError(`there is no span from ${from} to ${to} in ${bytes.length} bytes`)
    this.release()
    this.#lent = bytes
    this.#lentEnd = to
    const cut = this.#cutSection()
    if (cut !== undefined) {
      // The section's start is in the carry buffer; as much is joined on as may still belong to it.
      this.#lentAt = Math.min(to, from + this.#bytesMax(cut) - cut.length)
      this.#shift = from - this.#carry.append(bytes, from, this.#lentAt)
      this.#window = this.#carry.bytes
      this.#end = this.#carry.length
    } else this.#look(bytes, from, to, 0)
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
      const consumed = this.#last === Event.NeedMore || (this.#phase === ENDED && this.#at === this.#end)
      if (!consumed) throw new RangeError('end() is for the start, after NeedMore, and after the last End')
      if (this.atBoundary || (this.#phase === HEAD && this.#headMachine.atStart)) this.#close()
      else this.#fail('unexpected-end', this.#at - this.#origin)
    }
    this.#last = this.#phase === FAILED ? Event.Failed : Event.Closed
    return this.#last
  }

  /**
   * Gives the lent slice back. What must outlive it is copied: a head or trailers cut by its end, the head of a request that
   * is not yet over for the caller, bytes not consumed. Afterwards nothing refers to the slice.
   */
  release(): void {
    const lent = this.#lent
    if (lent === undefined) return
    this.#lent = undefined
    this.bytes = NOTHING
    this.from = 0
    this.to = 0
    const carry = this.#carry
    if (this.#window !== lent) {
      // The window is the carry buffer already, and takes the rest of the slice.
      carry.append(lent, this.#lentAt, this.#lentEnd)
      this.#window = carry.bytes
      this.#end = carry.length
    } else {
      carry.length = 0
      this.#keep(this.head)
      if (this.#trailers !== undefined) this.#keep(this.#trailers)
      const start = carry.append(lent, this.#at, this.#end)
      this.#look(carry.bytes, start, carry.length, this.position - start)
    }
    this.head.bytes = carry.bytes
    if (this.#trailers !== undefined) this.#trailers.bytes = carry.bytes
  }

  /** Forgets everything, the slice included, and awaits the first request of another connection. */
  reset(): void {
    this.#lent = undefined
    this.#carry.clear()
    this.head.bytes = NOTHING
    this.bytes = NOTHING
    this.from = 0
    this.to = 0
    this.error = undefined
    this.#look(NOTHING, 0, 0, 0)
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

  #startMessage(): void {
    this.#phase = HEAD
    this.#headMachine.startHead()
    this.#trailers?.clear()
    this.#origin = this.#at
    this.#contentMax = this.#limits.contentBytesMax
  }

  #readHead(): Event {
    const { head } = this
    const outcome = this.#readLines(head)
    this.#origin = head.base
    if (outcome === Outcome.Partial) return Event.NeedMore
    if (outcome === Outcome.Refused) return this.#failLine(this.#headMachine.code)
    this.#returnToLent()
    if (!readTargetForm(head)) return this.#fail('target-malformed', head.targetStart)
    const refusedHost = hostRefusal(head)
    if (refusedHost !== undefined) return this.#failField(refusedHost, Field.Host)
    const length = contentLengthOf(head)
    if (typeof length === 'string')
      return this.#failField(
        length,
        head.find(Field.TransferEncoding) === -1 ? Field.ContentLength : Field.TransferEncoding,
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
    if (this.#announced > this.#contentMax) return this.#fail('content-too-large', this.#at - this.#origin)
    const size = Math.min(this.#remaining, this.#end - this.#at)
    if (size === 0) return Event.NeedMore
    this.bytes = this.#window
    this.from = this.#at
    this.#at += size
    this.to = this.#at
    this.#remaining -= size
    if (this.#remaining === 0) this.#phase = this.contentLength === CHUNKED ? CHUNK_LINE : END_DUE
    return Event.Content
  }

  #readChunkLine(): Event {
    const machine = this.#chunkedMachine
    const outcome = machine.run(this.#window, this.#at, this.#end)
    this.#at = machine.at
    if (outcome === Outcome.Partial) return Event.NeedMore
    if (outcome === Outcome.Refused) return this.#failLine(machine.code)
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
    if (outcome === Outcome.Refused) return this.#failLine(this.#headMachine.code)
    this.#returnToLent()
    if (trailers.present & FORBIDDEN_IN_TRAILERS) return this.#failLine('trailer-forbidden')
    this.#phase = END_DUE
    return trailers.fieldCount > 0 ? Event.Trailers : this.#advance()
  }

  /** Runs the machine of heads and trailers over the window. */
  #readLines(section: FieldSection): Outcome {
    const machine = this.#headMachine
    if (section.length === 0) section.base = this.#at
    const outcome = machine.run(this.#window, section.base, this.#at, this.#end)
    this.#at = machine.at
    section.bytes = this.#window
    section.base = machine.base
    section.length = machine.at - machine.base
    return outcome
  }

  /** The head or the trailers, when only their start has come. */
  #cutSection(): FieldSection | undefined {
    const section = this.#phase === HEAD ? this.head : this.#phase === TRAILERS ? this.#trailers : undefined
    return section !== undefined && section.length > 0 ? section : undefined
  }

  #bytesMax(section: FieldSection): number {
    const { methodBytesMax, requestLineBytesMax, fieldsBytesMax, trailersBytesMax } = this.#limits
    if (section !== this.head) return trailersBytesMax + LINE_END_SLACK
    return Math.max(methodBytesMax, requestLineBytesMax) + fieldsBytesMax + LINE_END_SLACK
  }

  /** Has the carry buffer hold what there is of a section, which it may already. */
  #keep(section: FieldSection): void {
    const carry = this.#carry
    const end = section.base + section.length
    if (section.length === 0) return
    if (section.bytes === carry.bytes) carry.length = end
    else section.base = carry.append(section.bytes, section.base, end)
  }

  /** Goes on reading in other bytes, where the next one is at `from`. */
  #look(bytes: Uint8Array, from: number, to: number, shift: number): void {
    this.#origin += from - this.#at
    this.#window = bytes
    this.#at = from
    this.#end = to
    this.#shift = shift
  }

  /** The section that was joined on is whole: what follows it is read in the lent slice, in place. */
  #returnToLent(): void {
    if (this.#lent !== undefined && this.#window !== this.#lent)
      this.#look(this.#lent, this.position, this.#lentEnd, 0)
  }

  #close(): typeof Event.Closed {
    this.#phase = CLOSED
    this.#headMachine.startHead()
    return Event.Closed
  }

  /** The byte at hand is refused. */
  #failLine(code: ParseErrorCode): typeof Event.Failed {
    return this.#fail(code, this.#at - this.#origin)
  }

  /** A field of the head is refused, or is missing. */
  #failField(code: ParseErrorCode, field: Field): typeof Event.Failed {
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
