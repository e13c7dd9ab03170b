import type { Transport } from '../transport/transport.ts'
import type { SerializedResponse } from './cache-entry.ts'

const BYTES = 64 * 1024

/**
 * Gathers small responses to pipelined requests, so that they go out in one write. All connections
 * share it: its bytes are written before anything else happens.
 */
export class WriteCoalescer {
  #bytes = Buffer.allocUnsafeSlow(BYTES)
  #length = 0

  /**
   * Sends a response, gathered if more are to come. `body` follows it if it is not part of the
   * response's own bytes.
   */
  send(
    transport: Transport,
    response: SerializedResponse,
    body: Uint8Array | undefined,
    date: string,
    isMoreToCome: boolean,
  ): void {
    if (body === undefined && (isMoreToCome || this.#length > 0)) {
      if (this.#append(response, date)) return
      this.flush(transport)
      if (this.#append(response, date)) return
    }
    this.flush(transport)
    if (body !== undefined) transport.cork()
    // ZERO-COPY: the bytes are the response's, and the body the asset store's, which never changes.
    transport.write(response.bytes(date))
    if (body !== undefined) {
      transport.write(body)
      transport.uncork()
    }
    if (transport.queuedBytes > 0) response.lend()
  }

  /** Writes what is gathered. */
  flush(transport: Transport): void {
    if (this.#length === 0) return
    // ZERO-COPY: the view is the transport's until the kernel has accepted all of it.
    transport.write(this.#bytes.subarray(0, this.#length))
    if (transport.queuedBytes > 0) this.#bytes = Buffer.allocUnsafeSlow(BYTES)
    this.#length = 0
  }

  /** Returns false if there is no room. */
  #append(response: SerializedResponse, date: string): boolean {
    if (this.#length + response.length > BYTES) return false
    response.bytes(date).copy(this.#bytes, this.#length)
    this.#length += response.length
    return true
  }
}
