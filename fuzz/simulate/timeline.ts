/** What happened in a world, in words. */
export class Timeline {
  readonly #lines: string[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  add(who: string, text: string): void {
    const ms = (this.#now() / 1000).toFixed(3).padStart(10)
    this.#lines.push(`${ms}  ${who.padEnd(6)}  ${text}`)
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
