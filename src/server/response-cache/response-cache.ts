import { randomInt } from 'node:crypto'
import { KnownField, type RequestHead, TargetForm } from '../../parser/index.ts'
import type { FieldLine } from '../../response/index.ts'
import { StatusCode } from '../../response/index.ts'
import { SerializedResponse } from './serialized-response.ts'

/*
 * Answers to the requests that nearly all are: a GET or HEAD of a small file, over a connection that goes on, with no field that
 * could change the answer but those that are part of the key. They are found by bytes of the request, and sent without a string,
 * an object or a plan. All else goes the long way, which puts its answer in here for the next.
 */

const SLOTS = 1 << 14
const ENTRIES_MAX = SLOTS
/** Larger bodies are sent from where they are kept, behind their head. */
const JOINED_BYTES_MAX = 16 * 1024

/** Of its time. */
const REFRESH_AFTER = 0.8

const GET_BYTES = 3
const HEAD_BYTES = 4
const CAPITAL_G = 0x47
const CAPITAL_E = 0x45
const CAPITAL_T = 0x54
const CAPITAL_H = 0x48
const CAPITAL_A = 0x41
const CAPITAL_D = 0x44
const QUESTION_MARK = 0x3f

const bit = (field: KnownField): number => 1 << field
/** Recognised fields that may be there. Fields that are not recognised change no file. */
const HARMLESS =
  bit(KnownField.Host) |
  bit(KnownField.Connection) |
  bit(KnownField.ContentLength) |
  bit(KnownField.AcceptEncoding) |
  bit(KnownField.IfNoneMatch) |
  bit(KnownField.IfModifiedSince) |
  bit(KnownField.Accept) |
  bit(KnownField.UserAgent) |
  bit(KnownField.Referer) |
  bit(KnownField.Origin)

const NOTHING = new Uint8Array(0)

/** An answer that is ready in the three ways it can be asked for. */
export class CacheEntry {
  /** The whole, or its head where there is a `body`. */
  readonly whole: SerializedResponse
  readonly body: Uint8Array | undefined
  readonly bodyBytes: number
  readonly headOnly: SerializedResponse
  readonly notModified: SerializedResponse
  readonly etag: Uint8Array
  /** Where it is found: the spans of the request, and what they hash to. */
  readonly key: Key
  readonly hash: number
  next: CacheEntry | undefined
  readonly #refreshMs: number
  readonly #freshUntilMs: number
  #isRefreshing = false

  constructor(content: CacheableResponse, key: Key, hash: number) {
    const { fields, notModifiedFields, body, etag, freshFromMs, freshUntilMs } = content
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
   * Whether it may be answered with. Late in its time it is not, once: who asks then goes the long way, and has it made anew, while
   * all others are still answered with it.
   */
  claimRefresh(nowMs: number): boolean {
    if (nowMs < this.#refreshMs) return true
    if (nowMs >= this.#freshUntilMs || !this.#isRefreshing) {
      this.#isRefreshing = true
      return false
    }
    return true
  }

  /** What it takes of the memory. */
  get bytes(): number {
    return (
      this.whole.length + (this.body?.length ?? 0) + this.headOnly.length + this.notModified.length
    )
  }
}

/** What the long way gives. */
export type CacheableResponse = {
  readonly fields: readonly FieldLine[]
  readonly notModifiedFields: readonly FieldLine[]
  readonly body: Uint8Array
  readonly etag: string
  /** When the file was looked at, and until when that may be relied on, of the monotonic clock. */
  readonly freshFromMs: number
  readonly freshUntilMs: number
}

/** What an answer hangs on: the bytes as they were sent, so that another spelling is another key. */
type Key = {
  readonly path: Uint8Array
  readonly host: Uint8Array
  /** undefined where the field is absent. */
  readonly acceptEncoding: Uint8Array | undefined
}

export class ResponseCache {
  readonly #slots: (CacheEntry | undefined)[] = new Array(SLOTS).fill(undefined)
  /** In the order they were put in: the first is the one to go. */
  readonly #entries = new Set<CacheEntry>()
  readonly #bytesMax: number
  readonly #byHost: boolean
  /** So that nobody can tell which paths share a slot. */
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

  /** What a request, which has no content and lets the connection go on, is answered with; undefined: go the long way. */
  find(head: RequestHead, nowMs: number): CacheEntry | undefined {
    if (!this.#isCacheable(head)) return undefined
    const entry = this.#entryAt(this.#hash(head), head)
    return entry?.claimRefresh(nowMs) ? entry : undefined
  }

  /** Which of its answers; undefined: the request has a validator that is to be looked at more closely. */
  responseFor(entry: CacheEntry, head: RequestHead): SerializedResponse | undefined {
    const line = head.find(KnownField.IfNoneMatch)
    if (line !== -1) {
      const start = head.fieldValueStart(line)
      return isEqual(entry.etag, head, start, head.fieldValueEnd(line))
        ? entry.notModified
        : undefined
    }
    // RFC 9110 §13.1.3: without If-None-Match it counts.
    if (head.find(KnownField.IfModifiedSince) !== -1) return undefined
    return head.methodEnd === HEAD_BYTES ? entry.headOnly : entry.whole
  }

  /** Keeps the answer to a request for those who ask the same. */
  put(head: RequestHead, content: CacheableResponse): void {
    if (!this.#isCacheable(head)) return
    const hash = this.#hash(head)
    const known = this.#entryAt(hash, head)
    if (known !== undefined) this.#remove(known)
    const entry = new CacheEntry(content, this.#keyOf(head), hash)
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

  #isCacheable(head: RequestHead): boolean {
    return (
      (head.present & ~HARMLESS) === 0 &&
      head.repeated === 0 &&
      head.minorVersion > 0 &&
      head.form === TargetForm.Origin &&
      isRead(head)
    )
  }

  #entryAt(hash: number, head: RequestHead): CacheEntry | undefined {
    let entry = this.#slots[hash & (SLOTS - 1)]
    while (entry !== undefined && !this.#isFor(entry.key, head)) entry = entry.next
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

  #keyOf(head: RequestHead): Key {
    return {
      path: copyOf(head, head.pathStart, pathEnd(head)),
      host: this.#byHost ? copyOfField(head, KnownField.Host)! : NOTHING,
      acceptEncoding: copyOfField(head, KnownField.AcceptEncoding),
    }
  }

  #isFor({ path, host, acceptEncoding }: Key, head: RequestHead): boolean {
    const end = head.pathStart + path.length
    if (end > head.targetEnd || !isEqual(path, head, head.pathStart, end)) return false
    if (end < head.targetEnd && head.bytes[head.base + end] !== QUESTION_MARK) return false
    const line = head.find(KnownField.AcceptEncoding)
    if ((line === -1) !== (acceptEncoding === undefined)) return false
    if (acceptEncoding !== undefined && !isFieldEqual(acceptEncoding, head, line)) return false
    return !this.#byHost || isFieldEqual(host, head, head.find(KnownField.Host))
  }

  #hash(head: RequestHead): number {
    const hash = hashOf(this.#seed, head, head.pathStart, head.targetEnd)
    const line = head.find(KnownField.AcceptEncoding)
    return line === -1
      ? hash
      : hashOf(hash, head, head.fieldValueStart(line), head.fieldValueEnd(line))
  }
}

/** FNV-1a over a span, up to the query. */
function hashOf(seed: number, { bytes, base }: RequestHead, start: number, end: number): number {
  let hash = seed
  for (let at = base + start; at < base + end; at++) {
    const byte = bytes[at]!
    if (byte === QUESTION_MARK) break
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  // The low bits pick the slot, and the last bytes are in the high ones.
  return hash ^ (hash >>> 15)
}

/** GET or HEAD: methods are case-sensitive (RFC 9110 §9.1). */
function isRead({ bytes, base, methodEnd }: RequestHead): boolean {
  if (methodEnd === GET_BYTES)
    return (
      bytes[base] === CAPITAL_G && bytes[base + 1] === CAPITAL_E && bytes[base + 2] === CAPITAL_T
    )
  return (
    methodEnd === HEAD_BYTES &&
    bytes[base] === CAPITAL_H &&
    bytes[base + 1] === CAPITAL_E &&
    bytes[base + 2] === CAPITAL_A &&
    bytes[base + 3] === CAPITAL_D
  )
}

function pathEnd({ bytes, base, pathStart, targetEnd }: RequestHead): number {
  let at = base + pathStart
  while (at < base + targetEnd && bytes[at] !== QUESTION_MARK) at++
  return at - base
}

function isFieldEqual(value: Uint8Array, head: RequestHead, line: number): boolean {
  return line !== -1 && isEqual(value, head, head.fieldValueStart(line), head.fieldValueEnd(line))
}

function isEqual(
  expected: Uint8Array,
  { bytes, base }: RequestHead,
  start: number,
  end: number,
): boolean {
  if (end - start !== expected.length) return false
  for (let at = 0; at < expected.length; at++)
    if (bytes[base + start + at] !== expected[at]) return false
  return true
}

function copyOf({ bytes, base }: RequestHead, start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, base + start, base + end)
}

function copyOfField(head: RequestHead, field: KnownField): Uint8Array | undefined {
  const line = head.find(field)
  return line === -1
    ? undefined
    : copyOf(head, head.fieldValueStart(line), head.fieldValueEnd(line))
}
