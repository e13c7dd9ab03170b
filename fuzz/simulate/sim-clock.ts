import type { Clock } from '#src/server/connection/clock.js'
import type { EventQueue } from './event-queue.ts'

const WALL_START_MS = Date.UTC(2026, 10, 22, 13, 5, 9, 250)

/** The time of a simulation, in whole microseconds. It advances only from event to event. */
export class SimClock implements Clock {
  nowUs = 0
  /** How many timers run. */
  timers = 0
  /** When the wall clock was last set, and how often. A date cached before that may be wrong. */
  wallSetUs: number = Number.NEGATIVE_INFINITY
  wallSets = 0
  /** When the process last continued after it had been suspended. */
  stalledUs: number = Number.NEGATIVE_INFINITY
  readonly #events: EventQueue
  readonly #onTick: () => void
  #wallStartMs = WALL_START_MS

  /** `onTick` is called after each tick of a timer. */
  constructor(events: EventQueue, onTick: () => void) {
    this.#events = events
    this.#onTick = onTick
  }

  /** An arrow function, because the server also uses it without the clock. */
  readonly monotonicMs = (): number => Math.floor(this.nowUs / 1000)

  wallMs(): number {
    return this.#wallStartMs + this.monotonicMs()
  }

  every(ms: number, tick: () => void): () => void {
    let isRunning = true
    this.timers++
    const fire = (): void => {
      if (!isRunning) return
      tick()
      this.#onTick()
      this.#events.add(this.#nextTickUs(ms), fire)
    }
    this.#events.add(this.nowUs + ms * 1000, fire)
    return () => {
      if (isRunning) this.timers--
      isRunning = false
    }
  }

  /** Calls `act` in this many microseconds. */
  after(us: number, act: () => void): void {
    this.#events.add(this.nowUs + us, act)
  }

  /** Sets the wall clock forward or back. */
  setWall(byMs: number): void {
    this.#wallStartMs += byMs
    this.wallSetUs = this.nowUs
    this.wallSets++
  }

  /** Suspends the process: events that fall due meanwhile happen late. */
  stall(us: number): void {
    this.nowUs += us
    this.stalledUs = this.nowUs
  }

  /** Like setInterval, leaves out ticks that were missed and keeps the phase. */
  #nextTickUs(ms: number): number {
    return (Math.floor(this.nowUs / (ms * 1000)) + 1) * ms * 1000
  }
}
