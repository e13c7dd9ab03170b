import type { RequestHead } from '../../parser/index.ts'
import type { StatusCode } from '../../response/index.ts'
import {
  type FieldLine,
  type FramingContext,
  frame,
  headBytes,
  latin1Bytes,
} from '../../response/response-head.ts'
import type { Transport } from '../transport/transport.ts'

const LAST_CHUNK = latin1Bytes('0\r\n\r\n')
const CRLF = latin1Bytes('\r\n')
const NOTHING: Uint8Array = new Uint8Array(0)

/**
 * A body up to this size is copied behind its head into one buffer; a larger one is corked with it.
 */
const JOINED_BYTES_MAX = 16 * 1024

/** Writes one response to a transport: head, framing and body parts. */
export class ResponseWriter {
  /** 0 before `begin()`. */
  status = 0
  bodyBytes = 0
  /** Bytes of the whole response so far, with its framing. */
  sentBytes = 0
  /** Whether the response has a body that is sent: not for HEAD, 204, 205 and 304. */
  hasBody = true
  readonly #transport: Transport
  readonly #request: Pick<RequestHead, 'method' | 'minorVersion'>
  /** The head, until the first part of the body goes out with it. */
  #pendingHead = NOTHING
  #isChunked = false

  constructor(transport: Transport, request: Pick<RequestHead, 'method' | 'minorVersion'>) {
    this.#transport = transport
    this.#request = request
  }

  /**
   * Prepares the head. `length` is the body's in bytes, undefined if not known before the end.
   *
   * @returns whether the connection can persist after this response
   * @throws TypeError for a field that cannot be part of a head
   */
  begin(
    status: StatusCode,
    fields: readonly FieldLine[],
    length: number | undefined,
    context: Omit<FramingContext, 'minorVersion'>,
  ): boolean {
    const { method, minorVersion } = this.#request
    const framing = frame(status, length, { ...context, minorVersion })
    this.#pendingHead = headBytes(status, [...fields, ...framing.fields])
    this.hasBody = framing.hasContent && method !== 'HEAD'
    this.#isChunked = framing.isChunked
    this.status = status
    return framing.keepAlive
  }

  /** Whether bytes of the head have been written. */
  get headSent(): boolean {
    return this.#pendingHead.length === 0
  }

  /** Drops a head that has not been written. */
  discardHead(): void {
    this.#pendingHead = NOTHING
  }

  /** Writes the head now, if that is still to be written. */
  flushHead(): void {
    const head = this.#withHead(NOTHING)
    if (head.length > 0) this.#transport.write(head)
  }

  /** Writes part of the body. The bytes must not change until `done`. */
  write(bytes: Uint8Array, done: () => void): void {
    if (!this.hasBody || bytes.length === 0) return done()
    this.bodyBytes += bytes.length
    const transport = this.#transport
    if (!this.#isChunked && !this.headSent && bytes.length <= JOINED_BYTES_MAX) {
      this.#send(this.#withHead(bytes))
      return done()
    }
    transport.cork()
    const before = this.#isChunked ? latin1Bytes(`${bytes.length.toString(16)}\r\n`) : NOTHING
    const head = this.#withHead(before)
    if (head.length > 0) this.#send(head)
    this.#send(bytes, done)
    if (this.#isChunked) this.#send(CRLF)
    transport.uncork()
  }

  /** Writes what is left: the head of a response without body, the last chunk. */
  end(): void {
    const last = this.#withHead(this.#isChunked && this.hasBody ? LAST_CHUNK : NOTHING)
    if (last.length > 0) this.#send(last)
  }

  #send(bytes: Uint8Array, done?: () => void): void {
    this.sentBytes += bytes.length
    this.#transport.write(bytes, done)
  }

  /** The bytes behind the head, if that is still to be written. */
  #withHead(bytes: Uint8Array): Uint8Array {
    const head = this.#pendingHead
    if (head.length === 0) return bytes
    this.#pendingHead = NOTHING
    const joined = new Uint8Array(head.length + bytes.length)
    joined.set(head)
    joined.set(bytes, head.length)
    return joined
  }
}
