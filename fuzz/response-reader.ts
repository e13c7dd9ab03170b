import type { FieldLine } from '#src/response/index.js'
import { ReceivedResponse, type ResponseError } from './received-response.ts'

export type ResponseReaderOptions = {
  /**
   * Whether to read what a client can still make sense of: another minor version, no reason phrase,
   * any field line, both framing fields, and as far as the end of the connection after an invalid
   * Content-Length.
   */
  readonly isLenient?: boolean
}

/** What the reader awaits. */
type State =
  | 'head'
  | 'length'
  | 'chunk-size'
  | 'chunk-data'
  | 'chunk-end'
  | 'trailers'
  | 'close'
  | 'tunnel'

const EMPTY = Buffer.alloc(0)
const CRLF = Buffer.from('\r\n')
const CRLF2 = Buffer.from('\r\n\r\n')
/** The limit of a head, of a chunk's line, and of the trailers. */
const SECTION_BYTES_MAX = 64 * 1024

const STATUS_LINE = /^HTTP\/(1\.1) ([1-5]\d\d) ([\t\x20-\x7e\x80-\xff]*)$/
const LENIENT_STATUS_LINE = /^HTTP\/(1\.\d) (\d{3})(?: ([^\r\n]*))?$/
/** As RFC 9112 §5.1 prefers: one space before the value, no whitespace after it. */
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~\w]+): ((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)$/
const CHUNK_LINE = /^([0-9a-f]{1,12})(?:;[\t\x20-\x7e\x80-\xff]*)?$/i

/**
 * Reads the responses of one connection, for the fuzzers, benchmarks and tests. It shares no code
 * with the server, so that a mistake in one does not hide a mistake in the other.
 *
 * Push bytes as they arrive, and call `next` until it returns undefined. Nothing is read after an
 * error, nor after a response that turns the connection into a tunnel.
 */
export class ResponseReader {
  readonly #isLenient: boolean
  #state: State = 'head'
  // ZERO-COPY: slices of what the caller pushed, which stays the caller's.
  #bytes: Buffer = EMPTY
  /** The offset of `#bytes` on the connection. */
  #offset = 0
  /** The offset of the response that is being read. */
  #start = 0
  #response: ReceivedResponse | undefined
  /** How many bytes of the body, or of a chunk, are still to come. */
  #remaining = 0
  #hasEnded = false
  #error: ResponseError | undefined

  constructor({ isLenient = false }: ResponseReaderOptions = {}) {
    this.#isLenient = isLenient
  }

  /** The caller must not change the bytes while it uses the responses. */
  push(bytes: Uint8Array): void {
    const slice = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#bytes = this.#bytes.length === 0 ? slice : Buffer.concat([this.#bytes, slice])
  }

  /** Reports that the server has ended the connection, which completes a body without a length. */
  end(): void {
    this.#hasEnded = true
  }

  /**
   * Returns the next response once it is complete. A caller that expects an interim response passes
   * the same method again.
   *
   * @param method the method of the request, which decides whether the response has a body
   */
  next(method = 'GET'): ReceivedResponse | undefined {
    while (this.#error === undefined && this.#step(method)) {
      const response = this.#response
      if (response?.isComplete !== true) continue
      this.#response = undefined
      this.#start = this.#offset
      return response
    }
    return undefined
  }

  /** The response that is incomplete; undefined before the end of its head. */
  get partial(): ReceivedResponse | undefined {
    return this.#response
  }

  get error(): ResponseError | undefined {
    return this.#error
  }

  /** How many bytes have arrived after the last complete response. */
  get unreadBytes(): number {
    return this.#offset + this.#bytes.length - this.#start
  }

  /** The bytes after the last response, complete or not. */
  get leftOver(): Buffer {
    return this.#response === undefined ? this.#bytes : EMPTY
  }

  /** @returns whether it made progress; if not, it needs more bytes */
  #step(method: string): boolean {
    switch (this.#state) {
      case 'head':
        return this.#readHead(method)
      case 'length':
      case 'chunk-data':
        return this.#readData()
      case 'chunk-size':
        return this.#readChunkSize()
      case 'chunk-end':
        if (this.#bytes.length < CRLF.length) return false
        if (!this.#take(CRLF.length).equals(CRLF))
          return this.#fail('a chunk without CRLF at its end', -CRLF.length)
        return this.#await('chunk-size')
      case 'trailers':
        return this.#readTrailers()
      case 'close':
        if (this.#bytes.length === 0) return this.#hasEnded && this.#complete()
        this.#response!.append(this.#take(this.#bytes.length))
        return true
      case 'tunnel':
        return false
    }
  }

  #readHead(method: string): boolean {
    const text = this.#textBefore(CRLF2)
    if (text === undefined) return false
    const [statusLine = '', ...lines] = text.split('\r\n')
    const pattern = this.#isLenient ? LENIENT_STATUS_LINE : STATUS_LINE
    const [, version, status, reason = ''] = pattern.exec(statusLine) ?? []
    if (version === undefined || status === undefined)
      return this.#fail(`a malformed status line: ${excerpt(statusLine)}`)
    const fields = this.#parseFields(lines, statusLine.length + CRLF.length)
    if (fields === undefined) return false
    const response = new ReceivedResponse([version, Number(status), reason], fields, method)
    const { framing, framingProblem } = response
    if (framingProblem !== undefined) {
      if (!this.#isLenient) return this.#fail(framingProblem)
      if (framing === 'close') response.error = { reason: framingProblem, offset: this.#offset }
    }
    this.#response = response
    this.#take(text.length + CRLF2.length)
    if (framing === 'close') return this.#await('close')
    if (framing === 'chunked') return this.#await('chunk-size')
    this.#remaining = framing === 'length' ? Number(response.field('Content-Length')) : 0
    return this.#remaining > 0 ? this.#await('length') : this.#complete()
  }

  #readData(): boolean {
    const length = Math.min(this.#remaining, this.#bytes.length)
    if (length === 0) return false
    this.#response!.append(this.#take(length))
    this.#remaining -= length
    if (this.#remaining > 0) return false
    return this.#state === 'length' ? this.#complete() : this.#await('chunk-end')
  }

  /** RFC 9112 §7.1 */
  #readChunkSize(): boolean {
    const line = this.#textBefore(CRLF)
    if (line === undefined) return false
    const size = CHUNK_LINE.exec(line)?.[1]
    if (size === undefined) return this.#fail(`a malformed chunk size: ${excerpt(line)}`)
    this.#take(line.length + CRLF.length)
    this.#remaining = Number.parseInt(size, 16)
    return this.#await(this.#remaining === 0 ? 'trailers' : 'chunk-data')
  }

  #readTrailers(): boolean {
    const mark = this.#bytes.subarray(0, CRLF.length).equals(CRLF) ? CRLF : CRLF2
    const text = this.#textBefore(mark)
    if (text === undefined) return false
    const trailers = this.#parseFields(text === '' ? [] : text.split('\r\n'), 0)
    if (trailers === undefined) return false
    this.#response!.trailers = trailers
    this.#take(text.length + mark.length)
    return this.#complete()
  }

  /** @returns undefined after an error */
  #parseFields(lines: readonly string[], from: number): FieldLine[] | undefined {
    const fields: FieldLine[] = []
    let at = from
    for (const line of lines) {
      const colon = line.indexOf(':')
      const [, name, value] = this.#isLenient
        ? [line, line.slice(0, colon), line.slice(colon + 1).trim()]
        : (FIELD_LINE.exec(line) ?? [])
      if (name === undefined || value === undefined) {
        this.#fail(`a malformed field line: ${excerpt(line)}`, at)
        return undefined
      }
      fields.push([name, value])
      at += line.length + CRLF.length
    }
    return fields
  }

  /** @returns undefined while the mark is missing, and after an error */
  #textBefore(mark: Buffer): string | undefined {
    const end = this.#bytes.indexOf(mark)
    if (end !== -1) return this.#bytes.toString('latin1', 0, end)
    if (this.#bytes.length > SECTION_BYTES_MAX)
      this.#fail(`more than ${SECTION_BYTES_MAX} bytes of a head or a chunk's line`)
    return undefined
  }

  #take(length: number): Buffer {
    const taken = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    this.#offset += length
    return taken
  }

  #await(state: State): true {
    this.#state = state
    return true
  }

  #complete(): true {
    this.#response!.isComplete = true
    return this.#await(this.#response!.opensTunnel ? 'tunnel' : 'head')
  }

  /** @param at the place of the error relative to the bytes that are not taken */
  #fail(reason: string, at = 0): false {
    this.#error = { reason, offset: this.#offset + at }
    if (this.#response !== undefined) this.#response.error = this.#error
    return false
  }
}

export type ResponseList = {
  /** All responses, interim ones too; the last one may be incomplete. */
  readonly responses: readonly ReceivedResponse[]
  readonly error: ResponseError | undefined
  readonly leftOver: Buffer
}

/**
 * Reads the responses to requests with these methods; further ones are read as responses to GET.
 *
 * @param isClosed whether the server has ended the connection
 */
export function readResponses(
  bytes: Uint8Array,
  methods: readonly string[] = [],
  isClosed = true,
  options: ResponseReaderOptions = {},
): ResponseList {
  const reader = new ResponseReader(options)
  reader.push(bytes)
  if (isClosed) reader.end()
  const responses: ReceivedResponse[] = []
  let finals = 0
  for (;;) {
    const response = reader.next(methods[finals])
    if (response === undefined) break
    if (!response.isInterim) finals++
    responses.push(response)
  }
  if (reader.partial !== undefined) responses.push(reader.partial)
  return { responses, error: reader.error, leftOver: reader.leftOver }
}

function excerpt(text: string): string {
  return JSON.stringify(text.slice(0, 80))
}
