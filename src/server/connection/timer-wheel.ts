import type { Clock } from './clock.ts'

const TICK_MS = 100
const SLOTS = 256

/** A deadline in a timer wheel, for classes to extend. It is set once at most at a time. */
export abstract class Deadline {
  /**
   * For the wheel: the tick at which it expires, its slot (-1 for none), and its neighbours there.
   */
  dueTick = 0
  slot = -1
  previous: Deadline | undefined
  next: Deadline | undefined

  /** Called once, at the deadline or up to one tick (100 ms) late. */
  abstract expired(): void
}

/**
 * One coarse timer for all deadlines. Postponing a deadline, the usual case, only writes a number;
 * it moves to its new slot when the wheel reaches the old one. No timer and no closure per
 * connection.
 */
export class TimerWheel {
  readonly #slots: (Deadline | undefined)[] = new Array(SLOTS).fill(undefined)
  readonly #clock: Clock
  readonly #startMs: number
  readonly #stop: () => void
  #tick = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startMs = clock.monotonicMs()
    this.#stop = clock.every(TICK_MS, () => this.#turn())
  }

  /**
   * Sets a deadline to `ms` milliseconds from now, replacing an earlier one. It never expires
   * early.
   */
  set(deadline: Deadline, ms: number): void {
    // From the clock, not from the last tick, which may be long past if the event loop was blocked.
    const dueTick = Math.ceil((this.#clock.monotonicMs() - this.#startMs + ms) / TICK_MS)
    deadline.dueTick = Math.max(dueTick, this.#tick + 1)
    const slot = deadline.dueTick % SLOTS
    if (deadline.slot === -1) this.#link(deadline, slot)
    else if (deadline.dueTick < this.#nextVisit(deadline.slot)) {
      this.#unlink(deadline)
      this.#link(deadline, slot)
    }
  }

  clear(deadline: Deadline): void {
    if (deadline.slot !== -1) this.#unlink(deadline)
  }

  stop(): void {
    this.#stop()
  }

  #turn(): void {
    const now = Math.floor((this.#clock.monotonicMs() - this.#startMs) / TICK_MS)
    while (this.#tick < now) {
      this.#tick++
      for (const deadline of this.#in(this.#tick % SLOTS)) this.#visit(deadline)
    }
  }

  /** The deadlines in a slot now; those that expire may remove others. */
  #in(slot: number): Deadline[] {
    const found: Deadline[] = []
    for (let deadline = this.#slots[slot]; deadline !== undefined; deadline = deadline.next)
      found.push(deadline)
    return found
  }

  #visit(deadline: Deadline): void {
    if (deadline.slot !== this.#tick % SLOTS) return
    this.#unlink(deadline)
    if (deadline.dueTick > this.#tick) this.#link(deadline, deadline.dueTick % SLOTS)
    else deadline.expired()
  }

  /** The tick at which the wheel reaches this slot next. */
  #nextVisit(slot: number): number {
    const ahead = (slot - (this.#tick % SLOTS) + SLOTS) % SLOTS
    return this.#tick + (ahead === 0 ? SLOTS : ahead)
  }

  #link(deadline: Deadline, slot: number): void {
    const first = this.#slots[slot]
    deadline.slot = slot
    deadline.previous = undefined
    deadline.next = first
    if (first !== undefined) first.previous = deadline
    this.#slots[slot] = deadline
  }

  #unlink(deadline: Deadline): void {
    const { previous, next } = deadline
    if (previous === undefined) this.#slots[deadline.slot] = next
    else previous.next = next
    if (next !== undefined) next.previous = previous
    deadline.slot = -1
    deadline.previous = undefined
    deadline.next = undefined
  }
}
