import type { FieldLine, StatusCode } from '../../response/index.ts'
import { headBytes } from '../../response/response-builder.ts'

/** What stands in the place of the Date until it is written: as long as every IMF-fixdate is (RFC 9110 §5.6.7). */
const DATE = 'Thu, 01 Jan 1970 00:00:00 GMT'
const BEFORE_DATE = '\r\nDate: '

/**
 * A head, and a small body behind it, ready to be sent but for the Date. That is written in place once a second, unless a wire
 * still has the bytes: then a copy takes their place.
 */
export class SerializedResponse {
  readonly status: StatusCode
  #bytes: Buffer
  readonly #dateAt: number
  #date = DATE
  #isLent = false

  /** `length` is the Content-Length, undefined where there is none. The body, where there is one, is copied. */
  constructor(
    status: StatusCode,
    fields: readonly FieldLine[],
    length: number | undefined,
    body?: Uint8Array,
  ) {
    this.status = status
    const framing: FieldLine[] = [['Date', DATE]]
    if (length !== undefined) framing.push(['Content-Length', String(length)])
    const head = headBytes(status, [...fields, ...framing])
    this.#bytes = Buffer.concat(body === undefined ? [head] : [head, body])
    this.#dateAt = this.#bytes.indexOf(BEFORE_DATE + DATE) + BEFORE_DATE.length
  }

  get length(): number {
    return this.#bytes.length
  }

  /** The bytes with this Date. They are the answer's own: what is still to be sent of them is lent. */
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

  /** A wire has not taken the bytes whole: they must not change any more. */
  lend(): void {
    this.#isLent = true
  }
}
