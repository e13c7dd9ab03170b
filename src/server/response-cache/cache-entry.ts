import { KnownField, type RequestHead } from '../../parser/index.ts'
import { type FieldLine, StatusCode } from '../../response/index.ts'
import { frame, headBytes } from '../../response/response-head.ts'
import { isSpan } from './field-memo.ts'
import type { Variation } from './negotiation.ts'
import { parseSimpleRange } from './simple-range.ts'

/** After this part of its lifetime an entry is looked at again. */
const REFRESH_AFTER = 0.8
/** An estimate of what an entry takes besides its texts and bytes. */
const ENTRY_BYTES = 700
const HEAD_BYTES = 4

/** A placeholder for the Date: as long as every IMF-fixdate is (RFC 9110 §5.6.7). */
const DATE = 'Thu, 01 Jan 1970 00:00:00 GMT'
const BEFORE_DATE = '\r\nDate: '
const CRLF_BYTES = 2

/**
 * The bytes of a response's head up to the line that says whether the connection persists. Only the
 * Date changes; it is written in place once a second.
 */
export class SerializedHead {
  readonly status: StatusCode
  readonly #bytes: Buffer
  readonly #dateAt: number
  #date = DATE

  /** `length` is the Content-Length, undefined for none. */
  constructor(status: StatusCode, fields: readonly FieldLine[], length: number | undefined) {
    this.status = status
    const framing = frame(status, length, { date: DATE, minorVersion: 1, keepAlive: true })
    // Of a part, the length is written when it is sent.
    const added = length === undefined ? framing.fields.slice(0, 1) : framing.fields
    const head = headBytes(status, [...fields, ...added])
    this.#bytes = Buffer.from(head.subarray(0, head.length - CRLF_BYTES))
    this.#dateAt = this.#bytes.lastIndexOf(BEFORE_DATE + DATE) + BEFORE_DATE.length
  }

  get length(): number {
    return this.#bytes.length
  }

  /** Returns the head of the 206 of a part, without the two lines that depend on the part. */
  ofPart(): SerializedHead {
    const lines = this.#bytes.toString('latin1').split('\r\n')
    const fields = lines.slice(1, -1).filter(line => !/^(?:content-length|date):/i.test(line))
    const pairs = fields.map((line): FieldLine => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 2)]
    })
    return new SerializedHead(StatusCode.PartialContent, pairs, undefined)
  }

  /** Copies the head with this Date. */
  copyTo(target: Buffer, at: number, date: string): void {
    if (date !== this.#date) {
      this.#bytes.write(date, this.#dateAt, 'latin1')
      this.#date = date
    }
    this.#bytes.copy(target, at)
  }
}

/** What to send of an entry: a head, and bytes `from` to `to` of a body, if there is one. */
export type Selected = {
  head: SerializedHead | undefined
  body: BodySource | undefined
  from: number
  to: number
}

/** Where the body of a cached response is. */
export interface BodySource {
  readonly length: number
  /** Returns the bytes if they are in memory. They never change. */
  inMemory(): Uint8Array | undefined
  /**
   * Reads bytes from a position on, as many as fit, into a buffer. Returns false if the endpoint
   * has to respond instead.
   */
  readInto(buffer: Uint8Array, position: number): boolean
}

/** A body that the entry itself holds. */
export class HeldBody implements BodySource {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get length(): number {
    return this.#bytes.length
  }

  inMemory(): Uint8Array {
    return this.#bytes
  }

  readInto(): boolean {
    return false
  }
}

/**
 * Looks again whether a response is still right, and since when that is known. If its file `isRead`
 * next, which compares it too, the file itself need not be looked at.
 */
export type Recheck = (isRead: boolean) => CheckedAt | Promise<CheckedAt>
/** Monotonic milliseconds, or undefined if the response is no longer right. */
export type CheckedAt = number | undefined

/** For which requests and how long a response may be repeated. */
export type CacheOptions = {
  /** What the response depends on besides its path. */
  readonly variation: Variation
  /** Since when the response is known to be right, in monotonic milliseconds. */
  readonly checkedAtMs: number
  /** For how long that may be relied on. */
  readonly lifetimeMs: number
  readonly recheck: Recheck
  /** The key of a response that many paths share; undefined if it is for the path alone. */
  readonly sharedKey?: string | undefined
}

/** What an endpoint puts into the cache. */
export type CacheableResponse = CacheOptions & {
  readonly status: StatusCode
  readonly fields: readonly FieldLine[]
  readonly body: BodySource
  /** Of a file: what conditions are compared with. */
  readonly validators?: {
    readonly notModifiedFields: readonly FieldLine[]
    readonly etag: string
    /** The value of Last-Modified, '' if there is none. */
    readonly lastModified: string
    /** Whether a Range is of this representation; of a coded one, the endpoint decides. */
    readonly hasParts: boolean
  }
  /** Whether the response depends on the query, so that it is for requests without one. */
  readonly hasNoQuery?: boolean
}

/** A response for GET, for HEAD, and as 304. */
export class CacheEntry {
  readonly path: string
  /** '' if all hosts get the same. */
  readonly host: string
  readonly hash: number
  readonly head: SerializedHead
  readonly body: BodySource
  readonly variation: Variation
  readonly hasNoQuery: boolean
  readonly #notModified: SerializedHead | undefined
  #part: SerializedHead | undefined
  readonly #etag: string
  readonly #lastModified: string
  readonly #hasParts: boolean
  readonly #lifetimeMs: number
  readonly #recheck: Recheck
  #checkedAtMs: number
  #isChecking = false
  /** Whether it was sent since the table last looked for something to evict. */
  isUsed = false
  /** The next entry of the same slot. */
  next: CacheEntry | undefined

  constructor(response: CacheableResponse, path: string, host: string, hash: number) {
    const { status, fields, body, validators } = response
    this.path = path
    this.host = host
    this.hash = hash
    this.head = new SerializedHead(status, fields, body.length)
    this.body = body
    this.variation = response.variation
    this.hasNoQuery = response.hasNoQuery === true
    this.#notModified =
      validators &&
      new SerializedHead(StatusCode.NotModified, validators.notModifiedFields, undefined)
    this.#etag = validators?.etag ?? ''
    this.#lastModified = validators?.lastModified ?? ''
    this.#hasParts = validators?.hasParts ?? false
    this.#lifetimeMs = response.lifetimeMs
    this.#recheck = response.recheck
    this.#checkedAtMs = response.checkedAtMs
  }

  /** The memory that it takes, without a body that belongs to the asset store. */
  get bytes(): number {
    const held = this.body instanceof HeldBody ? this.body.length : 0
    const texts = this.path.length + this.host.length
    return ENTRY_BYTES + texts + this.head.length + (this.#notModified?.length ?? 0) + held
  }

  /**
   * Decides what to send. Returns false if the endpoint must evaluate the request's condition or
   * range.
   */
  select(request: RequestHead, selected: Selected): boolean {
    const isGet = request.methodEnd !== HEAD_BYTES
    const hasRange = request.find(KnownField.Range) !== -1
    selected.head = this.head
    selected.body = isGet ? this.body : undefined
    selected.from = 0
    selected.to = this.body.length
    if (this.#notModified === undefined) return true
    if (hasRange && !this.#hasParts) return false
    const tag = request.find(KnownField.IfNoneMatch)
    // RFC 9110 §13.1.3: a date counts where there is no If-None-Match.
    const line = tag === -1 ? request.find(KnownField.IfModifiedSince) : tag
    if (line === -1) return !hasRange || !isGet || this.#selectPart(request, selected)
    const expected = tag === -1 ? this.#lastModified : this.#etag
    const from = request.fieldValueStart(line)
    if (expected === '' || !isSpan(expected, request, from, request.fieldValueEnd(line)))
      return false
    selected.head = this.#notModified
    selected.body = undefined
    return true
  }

  #selectPart(request: RequestHead, selected: Selected): boolean {
    if (!parseSimpleRange(request, this.body.length, selected)) return false
    this.#part ??= this.head.ofPart()
    selected.head = this.#part
    return true
  }

  /**
   * Whether the entry may be sent. After 80 % of its lifetime it is looked at again behind the
   * request. After all of it, it is looked at first; if that takes a thread, it may not be sent.
   */
  isCurrent(nowMs: number, request: RequestHead): boolean {
    const ageMs = nowMs - this.#checkedAtMs
    if (ageMs < this.#lifetimeMs * REFRESH_AFTER) return true
    if (ageMs < this.#lifetimeMs) {
      if (!this.#isChecking) {
        this.#isChecking = true
        queueMicrotask(() => this.#check(false))
      }
      return true
    }
    if (this.#isChecking) return false
    const isRead = isForWhole(request) && this.body.inMemory() === undefined
    return this.#check(isRead) === true
  }

  /** Makes sure that it is looked at before it is sent again. */
  expire(): void {
    this.#checkedAtMs = Number.NEGATIVE_INFINITY
  }

  /** Returns undefined while the look takes a thread. */
  #check(isRead: boolean): boolean | undefined {
    this.#isChecking = true
    const checked = this.#lookAgain(isRead)
    if (!(checked instanceof Promise)) return this.#note(checked)
    checked.then(
      atMs => this.#note(atMs),
      () => this.#note(undefined),
    )
    return undefined
  }

  /** An error counts as a change: the endpoint reports it. */
  #lookAgain(isRead: boolean): CheckedAt | Promise<CheckedAt> {
    try {
      return this.#recheck(isRead)
    } catch {
      return undefined
    }
  }

  #note(atMs: CheckedAt): boolean {
    this.#isChecking = false
    this.#checkedAtMs = atMs ?? Number.NEGATIVE_INFINITY
    return atMs !== undefined
  }
}

const CONDITIONS =
  (1 << KnownField.IfNoneMatch) | (1 << KnownField.IfModifiedSince) | (1 << KnownField.Range)

/** Whether the whole body is sent to a request, if the response is right. */
function isForWhole({ methodEnd, present }: RequestHead): boolean {
  return methodEnd !== HEAD_BYTES && (present & CONDITIONS) === 0
}
