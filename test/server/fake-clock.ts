import type { Clock } from '../../src/server/connection/clock.ts'

/** What `wallMs()` returns while `monotonicMs()` returns 0. */
export const WALL_START_MS: number = Date.UTC(2026, 10, 22, 13, 5, 9)
/** The same time as the value of a Date field. */
export const WALL_START = 'Sun, 22 Nov 2026 13:05:09 GMT'

type Timer = { readonly everyMs: number; readonly tick: () => void; dueMs: number }

/** A clock that moves only by `advance()` and `stall()`. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>()
  #nowMs = 0

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return WALL_START_MS + this.#nowMs
  }

  every(everyMs: number, tick: () => void): () => void {
    const timer = { everyMs, tick, dueMs: this.#nowMs + everyMs }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** The number of timers that run. */
  get timers(): number {
    return this.#timers.size
  }

  /** Moves the time forward. Every timer fires when it is due. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms
    for (
      let timer = this.#nextDue();
      timer !== undefined && timer.dueMs <= endMs;
      timer = this.#nextDue()
    ) {
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs)
      this.#fire(timer)
    }
    this.#nowMs = endMs
  }

  /**
   * Moves the time forward as while the process is busy: timers fire late, in the next `advance()`,
   * and once for all the ticks that they have missed.
   */
  stall(ms: number): void {
    this.#nowMs += ms
  }

  #nextDue(): Timer | undefined {
    return [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)[0]
  }

  /** Skips the ticks that were missed; the phase of the interval stays the same. */
  #fire(timer: Timer): void {
    timer.dueMs += timer.everyMs * (1 + Math.floor((this.#nowMs - timer.dueMs) / timer.everyMs))
    timer.tick()
  }
}
