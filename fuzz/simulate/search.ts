import type { Violation } from './properties.ts'
import { scenarioOf, simulate } from './simulate.ts'

/** What became of a search so far. */
export class Search {
  readonly seen: Map<string, number> = new Map<string, number>()
  worlds = 0
  events = 0
  failure: { readonly seed: number; readonly breach: Violation } | undefined
  #isStopped = false

  /** Tries seeds, one after the other, until one breaks a property. */
  async run(from: number, seeds: number, deadlineMs: number): Promise<void> {
    const saw = (state: string): void => void this.seen.set(state, (this.seen.get(state) ?? 0) + 1)
    for (
      let seed = from;
      seed < from + seeds && !this.#isStopped && Date.now() < deadlineMs;
      seed++
    ) {
      const { breach, events } = await simulate(scenarioOf(seed), saw)
      this.worlds++
      this.events += events
      if (breach !== undefined) {
        this.failure = { seed, breach }
        return
      }
    }
  }

  stop(): void {
    this.#isStopped = true
  }
}
