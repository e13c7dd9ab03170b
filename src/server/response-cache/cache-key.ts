import { KnownField, type RequestHead, TargetForm } from '../../parser/index.ts'

/*
 * The part of a request that selects a cached response, compared as bytes: no string is made. A
 * query does not count, for it selects no file.
 */

export const HEAD_BYTES = 4
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

/** The bytes as they were sent: another spelling is another key. */
export type CacheKey = {
  readonly path: Uint8Array
  readonly host: Uint8Array
  /** Undefined if the field is absent. */
  readonly acceptEncoding: Uint8Array | undefined
}

/** Whether the response to a request depends on nothing but its key and validators. */
export function isCacheable(head: RequestHead): boolean {
  return (
    (head.present & ~ALLOWED) === 0 &&
    head.repeated === 0 &&
    head.minorVersion > 0 &&
    head.form === TargetForm.Origin &&
    isGetOrHead(head)
  )
}

/** Copies the key out of a borrowed head. With `byHost`, the Host is part of it. */
export function keyOf(head: RequestHead, byHost: boolean): CacheKey {
  return {
    path: copyOf(head, head.pathStart, pathEnd(head)),
    host: byHost ? copyOfField(head, KnownField.Host)! : NOTHING,
    acceptEncoding: copyOfField(head, KnownField.AcceptEncoding),
  }
}

export function hasKey(
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
export function hashKey(head: RequestHead, seed: number): number {
  const hash = hashSpan(seed, head, head.pathStart, head.targetEnd)
  const line = head.find(KnownField.AcceptEncoding)
  if (line === -1) return hash
  return hashSpan(hash, head, head.fieldValueStart(line), head.fieldValueEnd(line))
}

/** Whether a span of the head has these bytes. */
export function isEqual(
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
