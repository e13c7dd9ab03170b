import type { Transport } from '../transport/socket-transport.ts'
import type { SerializedResponse } from './serialized-response.ts'

const BYTES = 64 * 1024

/**
 * Small answers to requests that came together, gathered so that they go out in one write. One for all connections: what is in it
 * is written before anything else happens.
 */
export class WriteCoalescer {
  #bytes = Buffer.allocUnsafeSlow(BYTES)
  #length = 0

  /** Sends an answer, with a body that is not part of it where there is one; gathered where there are others to come. */
  send(
    transport: Transport,
    answer: SerializedResponse,
    body: Uint8Array | undefined,
    date: string,
    isMoreToCome: boolean,
  ): void {
    if (body === undefined && (isMoreToCome || this.#length > 0)) {
      if (this.#append(answer, date)) return
      this.writeTo(transport)
      if (this.#append(answer, date)) return
    }
    this.writeTo(transport)
    if (body !== undefined) transport.cork()
    // ZERO-COPY: the bytes are the answer's, and the body the store's, which never changes.
    transport.write(answer.bytes(date))
    if (body !== undefined) {
      transport.write(body)
      transport.uncork()
    }
    if (transport.queuedBytes > 0) answer.lend()
  }

  writeTo(transport: Transport): void {
    if (this.#length === 0) return
    // ZERO-COPY: the view is the wire's until it has taken all of it.
    transport.write(this.#bytes.subarray(0, this.#length))
    if (transport.queuedBytes > 0) this.#bytes = Buffer.allocUnsafeSlow(BYTES)
    this.#length = 0
  }

  /** False where there is no room for it. */
  #append(answer: SerializedResponse, date: string): boolean {
    if (this.#length + answer.length > BYTES) return false
    answer.bytes(date).copy(this.#bytes, this.#length)
    this.#length += answer.length
    return true
  }
}
