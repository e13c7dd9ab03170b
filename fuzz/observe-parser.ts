import {
  Event,
  type FieldSection,
  type Limits,
  ReadBuffer,
  RequestParser,
} from '#src/parser/index.js'
import { textOf } from './generators/latin1.ts'

/** What the properties are about; they are shown to bite by giving them another one. */
export type Parser = new (limits?: Partial<Limits>) => RequestParser

/** Name and value, one char a byte. */
export type FieldLine = readonly [name: string, value: string]

/** A request as the parser hands it out. Positions count from the first byte of all. */
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
  /** Where it ends; undefined while it is not over. */
  readonly end: number | undefined
}

/** All that a parser makes of what it is fed, the end included. It does not depend on how the bytes are cut. */
export type Observation = {
  readonly messages: readonly Message[]
  readonly failure:
    | { readonly code: string; readonly status: number; readonly offset: number }
    | undefined
  /** Whether more could have been read. */
  readonly isOpen: boolean
  /** How many bytes were consumed. */
  readonly position: number
}

export type Watching = {
  readonly limits?: Partial<Limits>
  readonly parser?: Parser
  /** After which calls of feed() and next() to release the slice, bit by bit, round and round; and always after `NeedMore`. */
  readonly releases?: number
  /** Whether head and trailers are read at once, or when the request is over. */
  readonly reading?: 'early' | 'late'
  /** What is lent: memory that is read by words, as the server's is, or by bytes. */
  readonly memory?: new (
    length: number,
  ) => Uint8Array
}

/** Bytes around each slice in the buffer it is fed from, which the parser must neither read nor keep. */
const MARGIN = 3
const SCRUB = 0xdb

const RELEASE_BITS = 32

/** Feeds slices one after another out of one buffer, which is overwritten after each release. */
export function observe(slices: readonly Uint8Array[], watching: Watching = {}): Observation {
  const { limits = {}, parser: Subject = RequestParser, releases = 0, reading = 'early' } = watching
  const { memory: Memory = ReadBuffer } = watching
  const parser = new Subject(limits)
  const buffer = new Memory(Math.max(0, ...slices.map(slice => slice.length)) + 2 * MARGIN)
  const messages: Message[] = []
  let message: MessageReader | undefined
  let before = -MARGIN
  let steps = 0

  const finish = (end: number | undefined): void => {
    if (message !== undefined) messages.push(message.read(end))
    message = undefined
  }
  const observation = (isOpen: boolean): Observation => {
    finish(undefined)
    const { error } = parser
    const failure = error && { code: error.code, status: error.status, offset: error.offset }
    return { messages, failure, isOpen, position: before + parser.position }
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
        message = new MessageReader(parser, before + parser.position, reading)
      message?.take(event)
      if (event === Event.End) finish(before + parser.position)
      maybeRelease()
    }
    before += slice.length
    parser.release()
  }
  buffer.fill(SCRUB)
  // The position is that in the last slice, all of which is consumed.
  before -= slices.at(-1)?.length ?? 0
  const isFailed = parser.end() === Event.Failed
  return observation(!isFailed)
}

/** Puts one request together as its events come. */
class MessageReader {
  readonly #parser: RequestParser
  readonly #early: Pick<Message, 'keepAlive' | 'expectContinue' | 'contentLength' | 'headEnd'>
  #head: ReturnType<typeof readHead> | undefined
  #trailers: readonly FieldLine[] | undefined
  #hasTrailers = false
  #content = ''

  constructor(parser: RequestParser, headEnd: number, reading: 'early' | 'late') {
    this.#parser = parser
    const { keepAlive, expectContinue, contentLength } = parser
    this.#early = { keepAlive, expectContinue, contentLength, headEnd }
    if (reading === 'early') this.#head = readHead(parser)
  }

  take(event: Event): void {
    const { bytes, from, to } = this.#parser
    if (event === Event.Content) this.#content += textOf(bytes.subarray(from, to))
    if (event !== Event.Trailers) return
    this.#hasTrailers = true
    if (this.#head !== undefined) this.#trailers = readFields(this.#parser.trailers)
  }

  read(end: number | undefined): Message {
    const trailers = this.#trailers ?? (this.#hasTrailers ? readFields(this.#parser.trailers) : [])
    const head = this.#head ?? readHead(this.#parser)
    return { ...head, ...this.#early, content: this.#content, trailers, end }
  }
}

function readHead({ head }: RequestParser) {
  const { method, target, version, form, path, query, present, repeated } = head
  return { method, target, version, form, path, query, present, repeated, fields: readFields(head) }
}

function readFields(section: FieldSection): FieldLine[] {
  return Array.from(
    { length: section.fieldCount },
    (_, i) => [section.fieldName(i), section.fieldValue(i)] as const,
  )
}
