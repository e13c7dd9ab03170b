import type { Wire } from '../transport/socket-transport.ts'
import type { ReadyAnswer } from './serialized-response.ts'

const BYTES = 64 * 1024

/**
 * Small answers to requests that came together, gathered so that they go out in one write. One for all connections: what is in it
 * is written before anything else happens.
 */
export class Batch {
  #bytes = Buffer.allocUnsafeSlow(BYTES)
  #length = 0

  /** Sends an answer, with a body that is not part of it where there is one; gathered where there are others to come. */
  send(
    wire: Wire,
    answer: ReadyAnswer,
    body: Uint8Array | undefined,
    date: string,
    isMoreToCome: boolean,
  ): void {
    if (body === undefined && (isMoreToCome || this.#length > 0)) {
      if (this.#append(answer, date)) return
      this.writeTo(wire)
      if (this.#append(answer, date)) return
    }
    this.writeTo(wire)
    if (body !== undefined) wire.cork()
    // ZERO-COPY: the bytes are the answer's, and the body the store's, which never changes.
    wire.write(answer.bytes(date))
    if (body !== undefined) {
      wire.write(body)
      wire.uncork()
    }
    if (wire.queuedBytes > 0) answer.lend()
  }

  writeTo(wire: Wire): void {
    if (this.#length === 0) return
    // ZERO-COPY: the view is the wire's until it has taken all of it.
    wire.write(this.#bytes.subarray(0, this.#length))
    if (wire.queuedBytes > 0) this.#bytes = Buffer.allocUnsafeSlow(BYTES)
    this.#length = 0
  }

  /** False where there is no room for it. */
  #append(answer: ReadyAnswer, date: string): boolean {
    if (this.#length + answer.length > BYTES) return false
    answer.bytes(date).copy(this.#bytes, this.#length)
    this.#length += answer.length
    return true
  }
}
