import { type FieldLine, StatusCode } from '../../response/index.ts'
import { frame, headBytes } from '../../response/response-head.ts'

/** Larger bodies are sent from the asset store's memory, behind their head. */
const JOINED_BYTES_MAX = 16 * 1024
/** After this part of its lifetime an entry is refreshed. */
const REFRESH_AFTER = 0.8

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

/** What an endpoint puts into the cache. */
export type CacheableResponse = {
  readonly fields: readonly FieldLine[]
  readonly notModifiedFields: readonly FieldLine[]
  readonly body: Uint8Array
  readonly etag: string
  /** When the file was checked, and until when that may be relied on; monotonic milliseconds. */
  readonly freshFromMs: number
  readonly freshUntilMs: number
}

/** The bytes as they were sent: another spelling is another key. */
export type CacheKey = {
  readonly path: Uint8Array
  readonly host: Uint8Array
  /** Undefined if the field is absent. */
  readonly acceptEncoding: Uint8Array | undefined
}

/** A response in its three forms: for GET, for HEAD, and 304. */
export class CacheEntry {
  /** The whole response, or its head alone if there is a `body`. */
  readonly whole: SerializedResponse
  readonly body: Uint8Array | undefined
  readonly bodyBytes: number
  readonly headOnly: SerializedResponse
  readonly notModified: SerializedResponse
  readonly etag: Uint8Array
  readonly key: CacheKey
  readonly hash: number
  /** The next entry of the same slot. */
  next: CacheEntry | undefined
  readonly #refreshMs: number
  readonly #freshUntilMs: number
  #isRefreshing = false

  constructor(response: CacheableResponse, key: CacheKey, hash: number) {
    const { fields, notModifiedFields, body, etag, freshFromMs, freshUntilMs } = response
    const isJoined = body.length <= JOINED_BYTES_MAX
    this.whole = new SerializedResponse(
      StatusCode.Ok,
      fields,
      body.length,
      isJoined ? body : undefined,
    )
    this.body = isJoined ? undefined : body
    this.bodyBytes = body.length
    this.headOnly = new SerializedResponse(StatusCode.Ok, fields, body.length)
    this.notModified = new SerializedResponse(StatusCode.NotModified, notModifiedFields, undefined)
    this.etag = Buffer.from(etag, 'latin1')
    this.#refreshMs = freshFromMs + (freshUntilMs - freshFromMs) * REFRESH_AFTER
    this.#freshUntilMs = freshUntilMs
    this.key = key
    this.hash = hash
  }

  /**
   * Whether the entry may be sent. After 80 % of its lifetime it may not, once: that request misses
   * and refreshes the entry, while all others are still served from it.
   */
  claimRefresh(nowMs: number): boolean {
    if (nowMs < this.#refreshMs) return true
    if (nowMs >= this.#freshUntilMs || !this.#isRefreshing) {
      this.#isRefreshing = true
      return false
    }
    return true
  }

  /** The memory that it takes. */
  get bytes(): number {
    return (
      this.whole.length + (this.body?.length ?? 0) + this.headOnly.length + this.notModified.length
    )
  }
}
