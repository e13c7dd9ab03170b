import { formatHttpDate } from '../../response/index.ts'
import type { Clock } from './clock.ts'

/** The value of the Date field, formatted once a second. */
export class DateField {
  readonly #clock: Clock
  #value = ''
  /** Monotonic milliseconds. */
  #untilMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns the same string within a second. */
  value(): string {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs >= this.#untilMs) {
      const wallMs = this.#clock.wallMs()
      this.#value = formatHttpDate(wallMs)
      this.#untilMs = nowMs + 1000 - (wallMs % 1000)
    }
    return this.#value
  }
}
