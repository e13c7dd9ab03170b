import type { Clock } from '../../src/server/connection/clock.ts'

/** What `wallMs()` tells while `monotonicMs()` tells 0. */
export const WALL_START_MS: number = Date.UTC(2026, 10, 22, 13, 5, 9)
/** The same as a Date field says it. */
export const WALL_START = 'Sun, 22 Nov 2026 13:05:09 GMT'

type Timer = { readonly everyMs: number; readonly tick: () => void; dueMs: number }

/** A clock that is moved by hand. */
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

  /** How many timers run. */
  get timers(): number {
    return this.#timers.size
  }

  /** Time passes, and every timer is on time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms
    for (
      let timer = this.#first();
      timer !== undefined && timer.dueMs <= endMs;
      timer = this.#first()
    ) {
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs)
      this.#ring(timer)
    }
    this.#nowMs = endMs
  }

  /** Time passes while the process is busy: timers ring later, in `advance()`, and once for all they have missed. */
  stall(ms: number): void {
    this.#nowMs += ms
  }

  #first(): Timer | undefined {
    return [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)[0]
  }

  /** Those that were missed are left out; the beat stays the same. */
  #ring(timer: Timer): void {
    timer.dueMs += timer.everyMs * (1 + Math.floor((this.#nowMs - timer.dueMs) / timer.everyMs))
    timer.tick()
  }
}
