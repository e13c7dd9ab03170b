import type { Violation } from './properties.ts'
import { scenarioOf, simulate } from './simulate.ts'

/** Runs the scenarios of consecutive seeds until one violates a property. */
export class Search {
  /** How often each state of a connection and each kind of response occurred. */
  readonly states: Map<string, number> = new Map<string, number>()
  seeds = 0
  events = 0
  failure: { readonly seed: number; readonly violation: Violation } | undefined
  #isStopped = false

  async run(from: number, seeds: number, deadlineMs: number): Promise<void> {
    const { states } = this
    const onState = (state: string): void => void states.set(state, (states.get(state) ?? 0) + 1)
    for (
      let seed = from;
      seed < from + seeds && !this.#isStopped && Date.now() < deadlineMs;
      seed++
    ) {
      const { violation, events } = await simulate(scenarioOf(seed), { onState })
      this.seeds++
      this.events += events
      if (violation !== undefined) {
        this.failure = { seed, violation }
        return
      }
    }
  }

  stop(): void {
    this.#isStopped = true
  }
}
