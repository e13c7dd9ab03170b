import { randomInt } from 'node:crypto'
import { KnownField, type RequestHead, TargetForm } from '../../parser/index.ts'
import {
  type CacheableResponse,
  CacheEntry,
  type CacheKey,
  type SerializedResponse,
} from './cache-entry.ts'

/*
 * Responses to the most common requests: GET or HEAD of a small file, on a connection that
 * persists, with no field that could change the response but those in the key. They are found by
 * the bytes of the request, and sent without making a string, an object or a plan. Other requests
 * go to their endpoint, which puts its response in here for the next one.
 */

const SLOTS = 1 << 14
const ENTRIES_MAX = SLOTS

// The key of a request is compared as bytes: no string is made. A query selects no file.
const HEAD_BYTES = 4
const GET_BYTES = 3
const CAPITAL_G = 0x47
const CAPITAL_E = 0x45
const CAPITAL_T = 0x54
const CAPITAL_H = 0x48
const CAPITAL_A = 0x41
const CAPITAL_D = 0x44
const QUESTION_MARK = 0x3f

const bit = (field: KnownField): number => 1 << field
/** Known fields that a cacheable request may have. Fields that are not known change no file. */
const ALLOWED =
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

/** Whether the response to a request depends on nothing but its key and validators. */
function isCacheable(head: RequestHead): boolean {
  return (
    (head.present & ~ALLOWED) === 0 &&
    head.repeated === 0 &&
    head.minorVersion > 0 &&
    head.form === TargetForm.Origin &&
    isGetOrHead(head)
  )
}

/** Copies the key out of a borrowed head. With `byHost`, the Host is part of it. */
function keyOf(head: RequestHead, byHost: boolean): CacheKey {
  return {
    path: copyOf(head, head.pathStart, pathEnd(head)),
    host: byHost ? copyOfField(head, KnownField.Host)! : NOTHING,
    acceptEncoding: copyOfField(head, KnownField.AcceptEncoding),
  }
}

function hasKey(
  head: RequestHead,
  { path, host, acceptEncoding }: CacheKey,
  byHost: boolean,
): boolean {
  const end = head.pathStart + path.length
  if (end > head.targetEnd || !isEqual(path, head, head.pathStart, end)) return false
  if (end < head.targetEnd && head.bytes[head.base + end] !== QUESTION_MARK) return false
  const line = head.find(KnownField.AcceptEncoding)
  if ((line === -1) !== (acceptEncoding === undefined)) return false
  if (acceptEncoding !== undefined && !isFieldEqual(acceptEncoding, head, line)) return false
  return !byHost || isFieldEqual(host, head, head.find(KnownField.Host))
}

/** Hashes a request's path and Accept-Encoding: FNV-1a from a seed. */
function hashKey(head: RequestHead, seed: number): number {
  const hash = hashSpan(seed, head, head.pathStart, head.targetEnd)
  const line = head.find(KnownField.AcceptEncoding)
  if (line === -1) return hash
  return hashSpan(hash, head, head.fieldValueStart(line), head.fieldValueEnd(line))
}

/** Whether a span of the head has these bytes. */
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

function hashSpan(seed: number, { bytes, base }: RequestHead, start: number, end: number): number {
  let hash = seed
  for (let at = base + start; at < base + end; at++) {
    const byte = bytes[at]!
    if (byte === QUESTION_MARK) break
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  // The low bits select the slot, and the last bytes are in the high ones.
  return hash ^ (hash >>> 15)
}

/** Methods are case-sensitive (RFC 9110 §9.1). */
function isGetOrHead({ bytes, base, methodEnd }: RequestHead): boolean {
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

function copyOf({ bytes, base }: RequestHead, start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, base + start, base + end)
}

function copyOfField(head: RequestHead, field: KnownField): Uint8Array | undefined {
  const line = head.find(field)
  return line === -1
    ? undefined
    : copyOf(head, head.fieldValueStart(line), head.fieldValueEnd(line))
}
