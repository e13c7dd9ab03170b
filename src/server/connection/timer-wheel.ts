import type { Clock } from './clock.ts'

const TICK_MS = 100
const SLOTS = 256

/**
 * What a wheel may hold: embed one per thing that can be late. At most one deadline is set at a
 * time.
 */
export abstract class Deadline {
  /**
   * For the wheel: the tick after which it expires, the slot it lies in, and its neighbours there;
   * slot -1: in none.
   */
  dueTick = 0
  slot = -1
  previous: Deadline | undefined
  next: Deadline | undefined

  /** Called once, at the deadline or up to one tick (100 ms) late. */
  abstract expired(): void
}

/**
 * One coarse timer for all deadlines. Setting one later than it was, which is nearly every time,
 * writes a number; it is moved to its new slot when the old one comes round. No timer and no
 * closure per connection.
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
   * Sets the deadline, in the place of any it had, to so many milliseconds from now; never early.
   */
  set(deadline: Deadline, ms: number): void {
    // From the clock, not from the last tick: that may be long past where the event loop was held
    // up.
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

  /** What lies in a slot now: those that expire may take others out. */
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

  /** The tick at which this slot is looked at next. */
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
