import type { Deadline, TimerWheel } from '#src/server/connection/timer-wheel.js'

/** Counts the deadlines that are set in a timer wheel, which keeps no count itself. */
export class DeadlineWatch {
  readonly #deadlines = new Set<Deadline>()

  constructor(wheel: TimerWheel) {
    const set = wheel.set.bind(wheel)
    wheel.set = (deadline, ms) => {
      this.#deadlines.add(deadline)
      set(deadline, ms)
    }
  }

  /** How many deadlines of this class are set. */
  count(kind: abstract new (...args: never[]) => Deadline): number {
    let count = 0
    for (const deadline of this.#deadlines) {
      if (deadline.slot === -1) this.#deadlines.delete(deadline)
      else if (deadline instanceof kind) count++
    }
    return count
  }
}
