import { parseArgs } from 'node:util'
import { type ConfigIssue, nearest } from '#src/server/config/config-issue.js'

type OptionTypes = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>

/** An option with a number as its value: a description of what is allowed, and its parser. */
export type NumericOption = {
  readonly allowed: string
  readonly parse: (text: string) => number | undefined
}

/** The arguments of a command, and every problem found in them. */
export class Arguments {
  readonly values: Readonly<Record<string, unknown>>
  readonly positionals: readonly string[]
  /** How many arguments there are. */
  readonly count: number
  readonly problems: ConfigIssue[] = []

  constructor(argv: readonly string[], options: OptionTypes) {
    // Not strict: strict parsing throws at the first problem and so hides the others.
    const parsed = parseArgs({
      args: [...argv],
      options,
      allowPositionals: true,
      strict: false,
      tokens: true,
    })
    this.values = parsed.values
    this.positionals = parsed.positionals
    this.count = parsed.tokens.length
    const names = Object.keys(options)
    for (const token of parsed.tokens) {
      if (token.kind !== 'option' || names.includes(token.name)) continue
      const near = nearest(token.name, names)
      const message = `there is no such option, only ${names.map(name => `--${name}`).join(', ')}`
      this.complain(token.rawName, token.value, message, near && `--${near}`)
    }
  }

  /** Adds a problem with the argument at `location`. */
  complain(location: string, value: unknown, message: string, suggestion?: string): void {
    this.problems.push({
      location,
      value: typeof value === 'string' ? value : undefined,
      message,
      suggestion,
    })
  }

  /**
   * Parses the numeric options.
   *
   * @returns each by its name; undefined if it is absent or invalid (then a problem is added)
   */
  figures<Name extends string>(
    options: Readonly<Record<Name, NumericOption>>,
  ): Record<Name, number | undefined> {
    const read = (name: string, { allowed, parse }: NumericOption): number | undefined => {
      const text = this.values[name]
      const value = typeof text === 'string' ? parse(text) : undefined
      if (text !== undefined && value === undefined)
        this.complain(`--${name}`, text, `must be ${allowed}`)
      return value
    }
    const all = Object.entries<NumericOption>(options).map(([name, option]) => [
      name,
      read(name, option),
    ])
    return Object.fromEntries(all)
  }
}
