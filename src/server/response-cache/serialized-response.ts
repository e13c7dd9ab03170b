import { frame } from '../../response/framing.ts'
import type { FieldLine, StatusCode } from '../../response/index.ts'
import { headBytes } from '../../response/response-builder.ts'

/** A placeholder for the Date: as long as every IMF-fixdate is (RFC 9110 §5.6.7). */
const DATE = 'Thu, 01 Jan 1970 00:00:00 GMT'
const BEFORE_DATE = '\r\nDate: '

/**
 * The bytes of a response: a head, and a small body behind it. Only the Date changes. It is written
 * in place once a second, unless a transport still has the bytes queued: then a copy replaces them.
 */
export class SerializedResponse {
  readonly status: StatusCode
  #bytes: Buffer
  readonly #dateAt: number
  #date = DATE
  #isLent = false

  /** `length` is the Content-Length, undefined for none. The body is copied. */
  constructor(
    status: StatusCode,
    fields: readonly FieldLine[],
    length: number | undefined,
    body?: Uint8Array,
  ) {
    this.status = status
    const framing = frame(status, length, { date: DATE, minorVersion: 1, keepAlive: true })
    const head = headBytes(status, [...fields, ...framing.fields])
    this.#bytes = Buffer.concat(body === undefined ? [head] : [head, body])
    this.#dateAt = this.#bytes.indexOf(BEFORE_DATE + DATE) + BEFORE_DATE.length
  }

  get length(): number {
    return this.#bytes.length
  }

  /**
   * Returns the bytes with this Date. They belong to the response; call `lend()` if they are
   * queued.
   */
  bytes(date: string): Buffer {
    if (date === this.#date) return this.#bytes
    if (this.#isLent) {
      this.#bytes = Buffer.from(this.#bytes)
      this.#isLent = false
    }
    this.#bytes.write(date, this.#dateAt, 'latin1')
    this.#date = date
    return this.#bytes
  }

  /** A transport has queued the bytes: they must not change any more. */
  lend(): void {
    this.#isLent = true
  }
}
