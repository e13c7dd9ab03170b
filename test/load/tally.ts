/** How many examples of each kind of problem are kept for the report. */
const EXAMPLES_MAX = 10

/** Counts the outcomes of all requests, and keeps examples of problems. */
export class Tally {
  readonly #rightByKind = new Map<string, number>()
  readonly #examples = new Map<'wrong' | 'lost', string[]>([
    ['wrong', []],
    ['lost', []],
  ])
  /** Responses that failed their check. */
  wrong = 0
  /** Requests whose connection ended before the response was complete. */
  lost = 0

  /** Counts a response that passed its check. */
  countRight(kind: string): void {
    this.#rightByKind.set(kind, (this.#rightByKind.get(kind) ?? 0) + 1)
  }

  countWrong(problem: string): void {
    this.wrong++
    this.#keepExample('wrong', problem)
  }

  countLost(problem: string): void {
    this.lost++
    this.#keepExample('lost', problem)
  }

  /** Responses that passed their check. */
  get right(): number {
    return [...this.#rightByKind.values()].reduce((sum, count) => sum + count, 0)
  }

  /** The right responses by kind: `small 1200, large 30`. */
  get summary(): string {
    return Array.from(this.#rightByKind, ([kind, count]) => `${kind} ${count}`).join(', ')
  }

  /** One line for each example of a problem. */
  get problems(): string[] {
    return Array.from(this.#examples, ([outcome, lines]) =>
      lines.map(line => `${outcome}: ${line}`),
    ).flat()
  }

  #keepExample(outcome: 'wrong' | 'lost', line: string): void {
    const examples = this.#examples.get(outcome)!
    if (examples.length < EXAMPLES_MAX) examples.push(line)
  }
}
