import {
  Event,
  type FieldSection,
  type Limits,
  ReadBuffer,
  RequestParser,
} from '#src/parser/index.js'
import { textOf } from './generators/latin1.ts'

/** RequestParser, or a faulty subclass with which a test proves that a property detects faults. */
export type ParserClass = new (limits?: Partial<Limits>) => RequestParser

/** The name and value of a field line, one char per byte. */
export type FieldLine = readonly [name: string, value: string]

/** A request as the parser reports it. Positions count from the first byte that was fed. */
export type Message = {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly form: number
  readonly path: string
  readonly query: string
  readonly fields: readonly FieldLine[]
  readonly present: number
  readonly repeated: number
  readonly keepAlive: boolean
  readonly expectContinue: boolean
  readonly contentLength: number
  readonly headEnd: number
  readonly content: string
  readonly trailers: readonly FieldLine[]
  /** The position after its last byte; undefined if the parser has not reached its end. */
  readonly end: number | undefined
}

/**
 * Everything that a parser reports about its input. It must not depend on how the bytes are cut.
 */
export type ParserObservation = {
  readonly messages: readonly Message[]
  readonly failure:
    | { readonly code: string; readonly status: number; readonly offset: number }
    | undefined
  /** Whether the parser would accept more bytes. */
  readonly isOpen: boolean
  /** The number of bytes that the parser consumed. */
  readonly position: number
}

export type ObserveOptions = {
  readonly limits?: Partial<Limits>
  readonly parser?: ParserClass
  /**
   * Bit i says whether to release the slice after call i (modulo 32) of feed() or next(). After
   * `NeedMore` the slice is always released.
   */
  readonly releases?: number
  /** Whether to read head and trailers at their events, or at the end of the request. */
  readonly readFields?: 'at-event' | 'at-end'
  /** The class of the buffer: the parser scans a ReadBuffer by words, a Uint8Array by bytes. */
  readonly memory?: new (
    length: number,
  ) => Uint8Array
}

/** Bytes before and after each slice in the buffer; the parser must not read them. */
const MARGIN = 3
const SCRUB = 0xdb

const RELEASE_BITS = 32

/** Feeds slices to a parser from one buffer, which is overwritten after each release. */
export function observeParser(
  slices: readonly Uint8Array[],
  options: ObserveOptions = {},
): ParserObservation {
  const { limits = {}, parser: Subject = RequestParser, releases = 0 } = options
  const { memory: Memory = ReadBuffer, readFields = 'at-event' } = options
  const parser = new Subject(limits)
  const buffer = new Memory(Math.max(0, ...slices.map(slice => slice.length)) + 2 * MARGIN)
  const messages: Message[] = []
  let message: MessageBuilder | undefined
  let bufferStart = -MARGIN
  let steps = 0

  const finish = (end: number | undefined): void => {
    if (message !== undefined) messages.push(message.build(end))
    message = undefined
  }
  const observation = (isOpen: boolean): ParserObservation => {
    finish(undefined)
    const { error } = parser
    const failure = error && { code: error.code, status: error.status, offset: error.offset }
    return { messages, failure, isOpen, position: bufferStart + parser.position }
  }

  const maybeRelease = (): void => {
    if (((releases >>> (steps++ % RELEASE_BITS)) & 1) === 0) return
    parser.release()
    buffer.fill(SCRUB)
  }

  for (const slice of slices) {
    buffer.fill(SCRUB)
    buffer.set(slice, MARGIN)
    parser.feed(buffer, MARGIN, MARGIN + slice.length)
    maybeRelease()
    for (let event = parser.next(); event !== Event.NeedMore; event = parser.next()) {
      if (event === Event.Failed || event === Event.Closed) return observation(false)
      if (event === Event.Head)
        message = new MessageBuilder(parser, bufferStart + parser.position, readFields)
      message?.add(event)
      if (event === Event.End) finish(bufferStart + parser.position)
      maybeRelease()
    }
    bufferStart += slice.length
    parser.release()
  }
  buffer.fill(SCRUB)
  // The parser's position counts from the start of the last slice, which it has consumed.
  bufferStart -= slices.at(-1)?.length ?? 0
  const isFailed = parser.end() === Event.Failed
  return observation(!isFailed)
}

/** Assembles one Message from the parser's events. */
class MessageBuilder {
  readonly #parser: RequestParser
  readonly #atHead: Pick<Message, 'keepAlive' | 'expectContinue' | 'contentLength' | 'headEnd'>
  #head: ReturnType<typeof readHead> | undefined
  #trailers: readonly FieldLine[] | undefined
  #hasTrailers = false
  #content = ''

  constructor(parser: RequestParser, headEnd: number, readFields: 'at-event' | 'at-end') {
    this.#parser = parser
    const { keepAlive, expectContinue, contentLength } = parser
    this.#atHead = { keepAlive, expectContinue, contentLength, headEnd }
    if (readFields === 'at-event') this.#head = readHead(parser)
  }

  add(event: Event): void {
    const { bytes, from, to } = this.#parser
    if (event === Event.Content) this.#content += textOf(bytes.subarray(from, to))
    if (event !== Event.Trailers) return
    this.#hasTrailers = true
    if (this.#head !== undefined) this.#trailers = fieldLinesOf(this.#parser.trailers)
  }

  build(end: number | undefined): Message {
    const trailers =
      this.#trailers ?? (this.#hasTrailers ? fieldLinesOf(this.#parser.trailers) : [])
    const head = this.#head ?? readHead(this.#parser)
    return { ...head, ...this.#atHead, content: this.#content, trailers, end }
  }
}

function readHead({ head }: RequestParser) {
  const { method, target, version, form, path, query, present, repeated } = head
  return {
    method,
    target,
    version,
    form,
    path,
    query,
    present,
    repeated,
    fields: fieldLinesOf(head),
  }
}

function fieldLinesOf(section: FieldSection): FieldLine[] {
  return Array.from(
    { length: section.fieldCount },
    (_, i) => [section.fieldName(i), section.fieldValue(i)] as const,
  )
}
