import type { Clock } from '#src/server/connection/clock.js'
import type { EventQueue } from './event-queue.ts'

const WALL_START_MS = Date.UTC(2026, 10, 22, 13, 5, 9, 250)

/** The time of a world, in whole microseconds: it moves from event to event, and by itself never. */
export class SimClock implements Clock {
  nowUs = 0
  /** Timers that run. */
  timers = 0
  /** When the wall clock was last set, and how often: what was kept for a second may be wrong so long. */
  wallSetUs: number = Number.NEGATIVE_INFINITY
  wallSets = 0
  /** When the process last went on after it had been held up. */
  stalledUs: number = Number.NEGATIVE_INFINITY
  readonly #agenda: EventQueue
  readonly #ticked: () => void
  #wallStartMs = WALL_START_MS

  /** `ticked` is called after each tick of a timer. */
  constructor(agenda: EventQueue, ticked: () => void) {
    this.#agenda = agenda
    this.#ticked = ticked
  }

  monotonicMs(): number {
    return Math.floor(this.nowUs / 1000)
  }

  wallMs(): number {
    return this.#wallStartMs + this.monotonicMs()
  }

  every(ms: number, tick: () => void): () => void {
    let runs = true
    this.timers++
    const ring = (): void => {
      if (!runs) return
      tick()
      this.#ticked()
      this.#agenda.add(this.#nextBeatUs(ms), ring)
    }
    this.#agenda.add(this.nowUs + ms * 1000, ring)
    return () => {
      if (runs) this.timers--
      runs = false
    }
  }

  /** The wall clock is set, forward or back. */
  setWall(byMs: number): void {
    this.#wallStartMs += byMs
    this.wallSetUs = this.nowUs
    this.wallSets++
  }

  /** The process is held up: what was due meanwhile happens late. */
  stall(us: number): void {
    this.nowUs += us
    this.stalledUs = this.nowUs
  }

  /** As setInterval does: what was missed is left out, the beat stays. */
  #nextBeatUs(ms: number): number {
    return (Math.floor(this.nowUs / (ms * 1000)) + 1) * ms * 1000
  }
}
