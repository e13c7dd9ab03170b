import { Event } from '#src/parser/index.js'
import { RequestParser, stateOf } from '#src/parser/request-parser.js'
import { ALL_EDGES, END, edgeOf, STEP_COUNT, type Step, stepOf } from './step.ts'

/** Bytes that reached steps which nothing had reached before. */
export type Discovery = { readonly wire: Uint8Array; readonly steps: readonly Step[] }

/** What is further down has little new to show, and each byte costs a `feed()`. */
const WALK_BYTES_MAX = 4096

/** The wires that each took the parser to somewhere new, and where they took it. Later inputs are mutations of them. */
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

  /** Walks the parser over a wire, byte by byte. What takes it to somewhere new is kept. */
  explore(wire: Uint8Array): Discovery | undefined {
    const steps: Step[] = []
    const visit = (step: Step): void => {
      if (this.#seen[step] === 0) steps.push(step)
    }
    const parser = this.#parser
    parser.reset()
    const end = Math.min(wire.length, WALK_BYTES_MAX)
    let event: Event = Event.NeedMore
    let state = stateOf(parser)
    let at = 0
    while (at < end && event === Event.NeedMore) {
      const from = state
      parser.feed(wire, at, at + 1)
      do event = parser.next()
      while (event < Event.NeedMore)
      state = stateOf(parser)
      visit(stepOf(from, wire[at]!, state))
      at++
    }
    if (event === Event.NeedMore && at === wire.length) {
      parser.end()
      visit(stepOf(state, END, stateOf(parser)))
    }
    if (steps.length === 0) return undefined
    const discovery = { wire: wire.slice(0, at), steps }
    this.add(discovery)
    return discovery
  }

  /** Keeps what someone else has found; false where it is known by now. */
  add({ wire, steps }: Discovery): boolean {
    const fresh = steps.filter(step => this.#seen[step] === 0)
    for (const step of fresh) {
      this.#seen[step] = 1
      this.#edges.add(edgeOf(step))
    }
    if (fresh.length > 0) this.wires.push(wire)
    return fresh.length > 0
  }
}
