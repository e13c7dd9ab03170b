/** Examples of each kind of trouble that are kept to be shown. */
const EXAMPLES_MAX = 10

/** What came of all requests, by kind; trouble with examples. */
export class Tally {
  readonly #counts = new Map<string, number>()
  readonly #examples = new Map<'wrong' | 'lost', string[]>([
    ['wrong', []],
    ['lost', []],
  ])
  /** Answers that were not what they had to be. */
  wrong = 0
  /** Requests whose connection went before their answer was whole. */
  lost = 0

  /** A request that was answered rightly. */
  count(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
  }

  wrongAnswer(what: string): void {
    this.wrong++
    this.#keep('wrong', what)
  }

  lostRequest(what: string): void {
    this.lost++
    this.#keep('lost', what)
  }

  get answered(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  /** `small 1200, large 30` */
  get kinds(): string {
    return Array.from(this.#counts, ([kind, count]) => `${kind} ${count}`).join(', ')
  }

  /** One line for each example of what went wrong. */
  get troubles(): string[] {
    return Array.from(this.#examples, ([what, lines]) =>
      lines.map(line => `${what}: ${line}`),
    ).flat()
  }

  #keep(what: 'wrong' | 'lost', line: string): void {
    const examples = this.#examples.get(what)!
    if (examples.length < EXAMPLES_MAX) examples.push(line)
  }
}
