import type { Config } from '../config/settings.ts'

/** How slow a peer may be. */
export type MinDataRate = {
  /** What it has to begin with. */
  readonly graceMs: number
  /** The most that bytes can earn it, and so the longest that it may stand still. */
  readonly creditMsMax: number
  /** A byte earns as much time as it takes at this pace; at 0, all that can be earned. */
  readonly bytesPerSecondMin: number
}

/**
 * The kernel hides a reader's pace: it takes nothing until a third of its buffer is free, a megabyte or more at a time, for which a
 * client at 10 kB/s needs 100 s. So what was taken may earn more than there was at first.
 */
const READER_CREDIT_FACTOR = 10

/** The pace of a request's content. */
export function bodyDataRate({ contentTimeoutMs, contentBytesPerSecondMin }: Config): MinDataRate {
  return {
    graceMs: contentTimeoutMs,
    creditMsMax: contentTimeoutMs,
    bytesPerSecondMin: contentBytesPerSecondMin,
  }
}

/** The pace at which a client takes what it is answered. */
export function writeDataRate({ writeTimeoutMs, writeBytesPerSecondMin }: Config): MinDataRate {
  return {
    graceMs: writeTimeoutMs,
    creditMsMax: writeTimeoutMs * READER_CREDIT_FACTOR,
    bytesPerSecondMin: writeBytesPerSecondMin,
  }
}

const NOT_WAITING = -1

/**
 * Judges a peer by the bytes that it moves while it is waited for. Time that it takes is spent, bytes earn it more: it may stand still
 * for a while or be slow for ever, but not both, and a byte now and then earns next to nothing. There is no total.
 */
export class DataRateMonitor {
  readonly #rate: MinDataRate
  #leftMs: number
  #sinceMs = NOT_WAITING

  constructor(pace: MinDataRate) {
    this.#rate = pace
    this.#leftMs = pace.graceMs
  }

  countBytes(bytes: number, nowMs: number): void {
    this.#spend(nowMs)
    if (bytes === 0) return
    const { bytesPerSecondMin, creditMsMax } = this.#rate
    this.#leftMs = Math.min(this.#leftMs + (bytes * 1000) / bytesPerSecondMin, creditMsMax)
  }

  /** The peer is waited for, from now on if it was not. Tells how long it may still take; too slow: 0 or less. */
  startWaiting(nowMs: number): number {
    this.#spend(nowMs)
    this.#sinceMs = nowMs
    return this.#leftMs
  }

  /** It is not waited for any more; what it has spent since it was last looked at is forgiven. */
  pause(): void {
    this.#sinceMs = NOT_WAITING
  }

  #spend(nowMs: number): void {
    if (this.#sinceMs === NOT_WAITING) return
    this.#leftMs -= nowMs - this.#sinceMs
    this.#sinceMs = nowMs
  }
}
