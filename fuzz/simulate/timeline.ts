/** What happened in a simulation, one line for each event. */
export class Timeline {
  readonly #lines: string[] = []
  readonly #nowUs: () => number

  constructor(nowUs: () => number) {
    this.#nowUs = nowUs
  }

  /** `actor` is a client's id, or the part of the simulation that acts: server, files, clock. */
  add(actor: string, text: string): void {
    const ms = (this.#nowUs() / 1000).toFixed(3).padStart(10)
    this.#lines.push(`${ms}  ${actor.padEnd(6)}  ${text}`)
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
