import { Event } from '#src/parser/index.js'
import { RequestParser, stateOf } from '#src/parser/request-parser.js'
import { ALL_EDGES, END, edgeOf, STEP_COUNT, type Step, stepOf } from './step.ts'

/** Bytes that reached steps which no earlier input had reached. */
export type Discovery = { readonly wire: Uint8Array; readonly steps: readonly Step[] }

/** Only so many bytes of a wire are explored: later ones rarely reach new steps. */
const EXPLORED_BYTES_MAX = 4096

/**
 * The wires that each made the parser take a new step, and all steps taken so far. Half of the
 * later inputs are mutations of these wires.
 */
export class Corpus {
  readonly wires: Uint8Array[] = []
  readonly #seen = new Uint8Array(STEP_COUNT)
  readonly #edges = new Set<string>()
  readonly #parser = new RequestParser()

  get edgesReached(): number {
    return this.#edges.size
  }

  get edgesMissing(): string[] {
    return ALL_EDGES.filter(edge => !this.#edges.has(edge))
  }

  /**
   * Feeds a wire to the parser byte by byte, and adds the wire to the corpus if a step is new.
   *
   * @returns the new steps; undefined if there are none
   */
  explore(wire: Uint8Array): Discovery | undefined {
    const steps: Step[] = []
    const addIfNew = (step: Step): void => {
      if (this.#seen[step] === 0) steps.push(step)
    }
    const parser = this.#parser
    parser.reset()
    const end = Math.min(wire.length, EXPLORED_BYTES_MAX)
    let event: Event = Event.NeedMore
    let state = stateOf(parser)
    let at = 0
    while (at < end && event === Event.NeedMore) {
      const from = state
      parser.feed(wire, at, at + 1)
      do event = parser.next()
      while (event < Event.NeedMore)
      state = stateOf(parser)
      addIfNew(stepOf(from, wire[at]!, state))
      at++
    }
    if (event === Event.NeedMore && at === wire.length) {
      parser.end()
      addIfNew(stepOf(state, END, stateOf(parser)))
    }
    if (steps.length === 0) return undefined
    const discovery = { wire: wire.slice(0, at), steps }
    this.add(discovery)
    return discovery
  }

  /** Adds a discovery of another worker; returns false if all its steps are known. */
  add({ wire, steps }: Discovery): boolean {
    const newSteps = steps.filter(step => this.#seen[step] === 0)
    for (const step of newSteps) {
      this.#seen[step] = 1
      this.#edges.add(edgeOf(step))
    }
    if (newSteps.length > 0) this.wires.push(wire)
    return newSteps.length > 0
  }
}
