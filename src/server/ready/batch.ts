import type { Wire } from '../wire.ts'
import type { ReadyAnswer } from './ready-answer.ts'

const BYTES = 64 * 1024

/**
 * Small answers to requests that came together, gathered so that they go out in one write. One for all connections: what is in it
 * is written before anything else happens.
 */
export class Batch {
  #bytes = Buffer.allocUnsafeSlow(BYTES)
  #length = 0

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** False where there is no room for it. */
  append(answer: ReadyAnswer, date: string): boolean {
    if (this.#length + answer.length > BYTES) return false
    answer.bytes(date).copy(this.#bytes, this.#length)
    this.#length += answer.length
    return true
  }

  writeTo(wire: Wire): void {
    if (this.#length === 0) return
    // ZERO-COPY: the view is the wire's until it has taken all of it.
    wire.write(this.#bytes.subarray(0, this.#length))
    if (wire.queuedBytes > 0) this.#bytes = Buffer.allocUnsafeSlow(BYTES)
    this.#length = 0
  }
}
