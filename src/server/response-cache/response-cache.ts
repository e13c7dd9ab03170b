import { randomInt } from 'node:crypto'
import { KnownField, type RequestHead } from '../../parser/index.ts'
import type { FieldLine } from '../../response/index.ts'
import { StatusCode } from '../../response/index.ts'
import {
  type CacheKey,
  HEAD_BYTES,
  hashKey,
  hasKey,
  isCacheable,
  isEqual,
  keyOf,
} from './cache-key.ts'
import { SerializedResponse } from './serialized-response.ts'

/*
 * Responses to the requests that nearly all are: GET or HEAD of a small file, on a connection that
 * persists, without a field that could change the response apart from those in the key. They are
 * found by bytes of the request, and sent without making a string, an object or a plan. Other
 * requests go to their endpoint, which puts its response in here for the next.
 */

const SLOTS = 1 << 14
const ENTRIES_MAX = SLOTS
/** Larger bodies are sent from the asset store's memory, behind their head. */
const JOINED_BYTES_MAX = 16 * 1024
/** After this part of its lifetime an entry is refreshed. */
const REFRESH_AFTER = 0.8

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

export class ResponseCache {
  readonly #slots: (CacheEntry | undefined)[] = new Array(SLOTS).fill(undefined)
  /** In the order of insertion: the first is evicted first. */
  readonly #entries = new Set<CacheEntry>()
  readonly #bytesMax: number
  readonly #byHost: boolean
  /** Random, so that no client can know which paths share a slot. */
  readonly #seed = randomInt(2 ** 31)
  #bytes = 0

  /** With `byHost`, the Host is part of the key. */
  constructor(bytesMax: number, byHost: boolean) {
    this.#bytesMax = bytesMax
    this.#byHost = byHost
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#entries.size
  }

  /** Returns the entry for a request without content, or undefined if its endpoint must respond. */
  find(head: RequestHead, nowMs: number): CacheEntry | undefined {
    if (!isCacheable(head)) return undefined
    const entry = this.#entryAt(hashKey(head, this.#seed), head)
    return entry?.claimRefresh(nowMs) ? entry : undefined
  }

  /**
   * Returns the form to send, or undefined if the endpoint must evaluate the request's validator.
   */
  responseFor(entry: CacheEntry, head: RequestHead): SerializedResponse | undefined {
    const line = head.find(KnownField.IfNoneMatch)
    if (line !== -1) {
      const isMatch = isEqual(
        entry.etag,
        head,
        head.fieldValueStart(line),
        head.fieldValueEnd(line),
      )
      return isMatch ? entry.notModified : undefined
    }
    // RFC 9110 §13.1.3: it counts where there is no If-None-Match.
    if (head.find(KnownField.IfModifiedSince) !== -1) return undefined
    return head.methodEnd === HEAD_BYTES ? entry.headOnly : entry.whole
  }

  /** Keeps the response to a request, and evicts the oldest entries beyond the limits. */
  put(head: RequestHead, response: CacheableResponse): void {
    if (!isCacheable(head)) return
    const hash = hashKey(head, this.#seed)
    const earlier = this.#entryAt(hash, head)
    if (earlier !== undefined) this.#remove(earlier)
    const entry = new CacheEntry(response, keyOf(head, this.#byHost), hash)
    if (entry.bytes > this.#bytesMax) return
    const slot = hash & (SLOTS - 1)
    entry.next = this.#slots[slot]
    this.#slots[slot] = entry
    this.#entries.add(entry)
    this.#bytes += entry.bytes
    for (const oldest of this.#entries) {
      if (this.#bytes <= this.#bytesMax && this.#entries.size <= ENTRIES_MAX) return
      this.#remove(oldest)
    }
  }

  #entryAt(hash: number, head: RequestHead): CacheEntry | undefined {
    let entry = this.#slots[hash & (SLOTS - 1)]
    while (entry !== undefined && !hasKey(head, entry.key, this.#byHost)) entry = entry.next
    return entry
  }

  #remove(entry: CacheEntry): void {
    const slot = entry.hash & (SLOTS - 1)
    if (this.#slots[slot] === entry) this.#slots[slot] = entry.next
    else {
      let before = this.#slots[slot]
      while (before !== undefined && before.next !== entry) before = before.next
      if (before !== undefined) before.next = entry.next
    }
    this.#entries.delete(entry)
    this.#bytes -= entry.bytes
  }
}
