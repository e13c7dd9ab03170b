import type { KnownField, RequestHead } from '../../parser/index.ts'

const SLOTS = 256
/** Longer values are rare, and evaluated each time. */
const VALUE_BYTES_MAX = 256

type Slot = { readonly value: string; readonly result: number }

/**
 * Remembers what values of a field mean, by their bytes: clients send few different ones. A value
 * that shares its slot with another replaces it, so that no client can fill the memory.
 */
export class FieldMemo {
  readonly #field: KnownField
  readonly #evaluate: (value: string) => number
  readonly #absent: number
  readonly #slots: (Slot | undefined)[] = new Array(SLOTS).fill(undefined)

  /** `absent` is the result for a request without the field. */
  constructor(field: KnownField, absent: number, evaluate: (value: string) => number) {
    this.#field = field
    this.#absent = absent
    this.#evaluate = evaluate
  }

  /** Returns what the field of a request means. It must be on one line at most. */
  of(head: RequestHead): number {
    const line = head.find(this.#field)
    if (line === -1) return this.#absent
    const from = head.fieldValueStart(line)
    const to = head.fieldValueEnd(line)
    if (to - from > VALUE_BYTES_MAX) return this.#evaluate(head.text(from, to))
    const at = hashSpan(0, head, from, to) & (SLOTS - 1)
    const slot = this.#slots[at]
    if (slot !== undefined && isSpan(slot.value, head, from, to)) return slot.result
    const value = head.text(from, to)
    const result = this.#evaluate(value)
    this.#slots[at] = { value, result }
    return result
  }
}

/** Whether a span of the head has the characters of a string, one per byte. */
export function isSpan(
  expected: string,
  { bytes, base }: RequestHead,
  from: number,
  to: number,
): boolean {
  if (to - from !== expected.length) return false
  for (let at = 0; at < expected.length; at++)
    if (bytes[base + from + at] !== expected.charCodeAt(at)) return false
  return true
}

/** Hashes a span of the head: FNV-1a from a seed. */
export function hashSpan(
  seed: number,
  { bytes, base }: RequestHead,
  from: number,
  to: number,
): number {
  let hash = seed
  for (let at = base + from; at < base + to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  // The low bits select the slot, and the last bytes are in the high ones.
  return hash ^ (hash >>> 15)
}
