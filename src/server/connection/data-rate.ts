import type { Config } from '../config/config.ts'

/** How slow a peer may be. */
export type MinDataRate = {
  /** Time in the bucket at first. */
  readonly graceMs: number
  /** The most time that the bucket holds, and so the longest pause allowed. */
  readonly creditMsMax: number
  /** A byte adds as much time as it takes at this rate; at 0, it fills the bucket. */
  readonly bytesPerSecondMin: number
}

/**
 * The kernel hides how fast a client reads: it accepts nothing until a third of its buffer is free,
 * a megabyte or more, for which a client at 10 kB/s needs 100 s. So accepted bytes may fill the
 * bucket beyond its first level.
 */
const WRITE_CREDIT_FACTOR = 10

/** The rate at which a client must send request content. */
export function bodyDataRate({ contentTimeoutMs, contentBytesPerSecondMin }: Config): MinDataRate {
  return {
    graceMs: contentTimeoutMs,
    creditMsMax: contentTimeoutMs,
    bytesPerSecondMin: contentBytesPerSecondMin,
  }
}

/** The rate at which a client must accept response bytes. */
export function writeDataRate({ writeTimeoutMs, writeBytesPerSecondMin }: Config): MinDataRate {
  return {
    graceMs: writeTimeoutMs,
    creditMsMax: writeTimeoutMs * WRITE_CREDIT_FACTOR,
    bytesPerSecondMin: writeBytesPerSecondMin,
  }
}

const NOT_WAITING = -1

/**
 * A token bucket: time drains it while the peer is waited for, bytes fill it. A peer may pause for
 * a while or be slow for ever, but not both, and single bytes gain next to nothing. There is no
 * limit on the total time.
 */
export class DataRateMonitor {
  readonly #rate: MinDataRate
  #leftMs: number
  #sinceMs = NOT_WAITING

  constructor(rate: MinDataRate) {
    this.#rate = rate
    this.#leftMs = rate.graceMs
  }

  countBytes(bytes: number, nowMs: number): void {
    this.#drain(nowMs)
    if (bytes === 0) return
    const { bytesPerSecondMin, creditMsMax } = this.#rate
    this.#leftMs = Math.min(this.#leftMs + (bytes * 1000) / bytesPerSecondMin, creditMsMax)
  }

  /** Waits for the peer from now on. Returns the time left in milliseconds; 0 or less: too slow. */
  startWaiting(nowMs: number): number {
    this.#drain(nowMs)
    this.#sinceMs = nowMs
    return this.#leftMs
  }

  /** Stops waiting. Time since the last drain is not charged. */
  pause(): void {
    this.#sinceMs = NOT_WAITING
  }

  #drain(nowMs: number): void {
    if (this.#sinceMs === NOT_WAITING) return
    this.#leftMs -= nowMs - this.#sinceMs
    this.#sinceMs = nowMs
  }
}
