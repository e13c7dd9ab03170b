import { parseArgs } from 'node:util'
import { type ConfigIssue, nearest } from '#src/server/config/config-issue.js'

type OptionTypes = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>

/** An option that is a figure: what is allowed, and what a text comes to. */
export type Figure = {
  readonly allowed: string
  readonly parse: (text: string) => number | undefined
}

/** The arguments of a command as they were given, and all that is found to be wrong with them. */
export class Arguments {
  readonly values: Readonly<Record<string, unknown>>
  readonly positionals: readonly string[]
  /** How many arguments there are. */
  readonly count: number
  readonly problems: ConfigIssue[] = []

  constructor(argv: readonly string[], options: OptionTypes) {
    // Not strict, for then the first problem alone is told.
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
      const allowed = `there is no such option, only ${names.map(name => `--${name}`).join(', ')}`
      this.complain(token.rawName, token.value, allowed, near && `--${near}`)
    }
  }

  complain(source: string, value: unknown, allowed: string, suggestion?: string): void {
    this.problems.push({
      source,
      value: typeof value === 'string' ? value : undefined,
      allowed,
      suggestion,
    })
  }

  /** The figures by their names; undefined for those that are not given, or are wrong, of which is complained. */
  figures<Name extends string>(
    wanted: Readonly<Record<Name, Figure>>,
  ): Record<Name, number | undefined> {
    const read = (name: string, { allowed, parse }: Figure): number | undefined => {
      const text = this.values[name]
      const value = typeof text === 'string' ? parse(text) : undefined
      if (text !== undefined && value === undefined)
        this.complain(`--${name}`, text, `must be ${allowed}`)
      return value
    }
    const all = Object.entries<Figure>(wanted).map(([name, figure]) => [name, read(name, figure)])
    return Object.fromEntries(all)
  }
}
