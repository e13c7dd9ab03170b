import { randomInt } from 'node:crypto'
import { KnownField, type RequestHead, TargetForm } from '../../parser/index.ts'
import { type CacheableResponse, CacheEntry } from './cache-entry.ts'
import { hashSpan, isSpan } from './field-memo.ts'
import { Negotiation } from './negotiation.ts'

/*
 * Responses that can be repeated. They are found by the bytes of the path and by what the request
 * negotiates, and sent without making a string, an object or a plan. Other requests go to their
 * endpoint, which puts its response in here for the next one.
 */

const SLOTS = 1 << 15
/** Variations of one path. */
const VARIATIONS_MAX = 16
/** Keys of shared responses. Rules can overlap in many ways, and each way is a key. */
const SHARED_MAX = 256

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
  bit(KnownField.Range) |
  bit(KnownField.UserAgent) |
  bit(KnownField.Referer) |
  bit(KnownField.Origin)

export class ResponseCache {
  readonly negotiation: Negotiation = new Negotiation()
  readonly #slots: (CacheEntry | undefined)[] = new Array(SLOTS).fill(undefined)
  /** In the order of insertion: the first is evicted first, unless it was used. */
  readonly #entries = new Set<CacheEntry>()
  readonly #bytesMax: number
  readonly #byHost: boolean
  /** Random, so that no client can know which paths share a slot. */
  readonly #seed = randomInt(2 ** 31)
  readonly #shared = new Map<string, CacheEntry[]>()
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
    const pathEnd = pathEndOf(head)
    const entry = this.#entryFor(head, pathEnd, this.#hashOf(head, pathEnd))
    if (entry === undefined || !entry.isCurrent(nowMs, head)) return undefined
    entry.isUsed = true
    return entry
  }

  /**
   * Returns the entry that many paths share under a key, such as that of all paths that lead to
   * nothing.
   */
  findShared(key: string, head: RequestHead, nowMs: number): CacheEntry | undefined {
    const entry = this.#shared
      .get(key)
      ?.find(({ variation }) => this.negotiation.matches(variation, head))
    return entry?.isCurrent(nowMs, head) ? entry : undefined
  }

  /** This process has changed a file: every entry is looked at before it is sent again. */
  expire(): void {
    for (const entry of this.#entries) entry.expire()
    for (const entries of this.#shared.values()) for (const entry of entries) entry.expire()
  }

  /** Keeps the response to a request, and evicts others beyond the limit. */
  put(head: RequestHead, response: CacheableResponse): void {
    if (!isCacheable(head)) return
    if (response.sharedKey !== undefined) return this.#putShared(response.sharedKey, head, response)
    const pathEnd = pathEndOf(head)
    if (response.hasNoQuery && pathEnd < head.targetEnd) return
    const hash = this.#hashOf(head, pathEnd)
    this.#makeRoomInSlot(head, pathEnd, hash)
    const host = this.#byHost ? head.fieldValue(head.find(KnownField.Host)) : ''
    const entry = new CacheEntry(response, head.text(head.pathStart, pathEnd), host, hash)
    if (entry.bytes > this.#bytesMax) return
    const slot = hash & (SLOTS - 1)
    entry.next = this.#slots[slot]
    this.#slots[slot] = entry
    this.#entries.add(entry)
    this.#bytes += entry.bytes
    this.#evict(entry)
  }

  /** Keeps a response under a key: one for each set of rules that match a path together. */
  #putShared(key: string, head: RequestHead, response: CacheableResponse): void {
    const others = (this.#shared.get(key) ?? []).filter(
      ({ variation }) => !this.negotiation.matches(variation, head),
    )
    const entry = new CacheEntry(response, key, '', 0)
    if (entry.bytes > this.#bytesMax) return
    const [oldest] = this.#shared.keys()
    if (this.#shared.size >= SHARED_MAX && !this.#shared.has(key)) this.#shared.delete(oldest!)
    this.#shared.set(key, [entry, ...others.slice(0, VARIATIONS_MAX - 1)])
  }

  #evict(newest: CacheEntry): void {
    for (const oldest of this.#entries) {
      if (this.#bytes <= this.#bytesMax) return
      if (oldest.isUsed && oldest !== newest) {
        oldest.isUsed = false
        this.#entries.delete(oldest)
        this.#entries.add(oldest)
      } else this.#remove(oldest)
    }
  }

  /** Removes the entry that the new one replaces, and the oldest of too many variations. */
  #makeRoomInSlot(head: RequestHead, pathEnd: number, hash: number): void {
    const earlier = this.#entryFor(head, pathEnd, hash)
    if (earlier !== undefined) this.#remove(earlier)
    let variations = 0
    let last: CacheEntry | undefined
    for (let entry = this.#slots[hash & (SLOTS - 1)]; entry !== undefined; entry = entry.next) {
      if (!this.#hasPath(entry, head, pathEnd)) continue
      variations++
      last = entry
    }
    if (variations >= VARIATIONS_MAX) this.#remove(last!)
  }

  #entryFor(head: RequestHead, pathEnd: number, hash: number): CacheEntry | undefined {
    let entry = this.#slots[hash & (SLOTS - 1)]
    while (entry !== undefined && !this.#isFor(entry, head, pathEnd)) entry = entry.next
    return entry
  }

  #isFor(entry: CacheEntry, head: RequestHead, pathEnd: number): boolean {
    if (!this.#hasPath(entry, head, pathEnd)) return false
    if (entry.hasNoQuery && pathEnd < head.targetEnd) return false
    return this.negotiation.matches(entry.variation, head)
  }

  #hasPath(entry: CacheEntry, head: RequestHead, pathEnd: number): boolean {
    if (!isSpan(entry.path, head, head.pathStart, pathEnd)) return false
    if (!this.#byHost) return true
    const line = head.find(KnownField.Host)
    return isSpan(entry.host, head, head.fieldValueStart(line), head.fieldValueEnd(line))
  }

  /** Hashes what selects the file: the path, and the Host if that does. */
  #hashOf(head: RequestHead, pathEnd: number): number {
    const hash = hashSpan(this.#seed, head, head.pathStart, pathEnd)
    if (!this.#byHost) return hash
    const line = head.find(KnownField.Host)
    return hashSpan(hash, head, head.fieldValueStart(line), head.fieldValueEnd(line))
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

/** Whether the response to a request depends on nothing but path, negotiation and validators. */
export function isCacheable(head: RequestHead): boolean {
  return (
    (head.present & ~ALLOWED) === 0 &&
    head.repeated === 0 &&
    head.form === TargetForm.Origin &&
    isGetOrHead(head)
  )
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

/** Returns where the path ends: at the "?" or at the end of the target. */
function pathEndOf({ bytes, base, pathStart, targetEnd }: RequestHead): number {
  let at = base + pathStart
  while (at < base + targetEnd && bytes[at] !== QUESTION_MARK) at++
  return at - base
}
