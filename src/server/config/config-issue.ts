import { inspect } from 'node:util'
import { closestMatch } from 'leven'

/** One thing wrong with the configuration. */
export type ConfigIssue = {
  /** Where it stands: `--port`, `STATEWIRE_PORT`, `statewire.toml:3`. */
  readonly source: string
  /** As it is written there. */
  readonly value: string | undefined
  /** What would be right: `must be a whole number from 0 to 65535`. */
  readonly allowed: string
  readonly suggestion?: string | undefined
}

/**
 * What the library throws. The command line prints the problems instead.
 *
 * @example
 * const error = await serve({ port: 70000 }).catch(error => error)
 * error instanceof ConfigError // => true
 * error.problems.length // => 1
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigIssue[]

  constructor(problems: readonly ConfigIssue[]) {
    super(problems.map(formatIssue).join('\n'))
    this.problems = problems
  }
}

/** One line: `--port 99999: must be a whole number from 0 to 65535`. */
export function formatIssue({ source, value, allowed, suggestion }: ConfigIssue): string {
  const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`
  return oneLine(`${formatLocation(source, value)}: ${allowed}${hint}`)
}

/** Where and what, short enough to read: a value may be anything. */
export function formatLocation(source: string, value: string | undefined): string {
  if (value === undefined) return source
  const shown = value.length > 100 ? `${value.slice(0, 99)}…` : value
  return `${source} ${shown === '' ? '""' : shown}`
}

/** A value as it would be written in code, since in options nothing is text. */
export function asCode(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY })
}

/** Control characters made visible, so that a value neither breaks the line nor steers the terminal. */
export function oneLine(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * The candidate that was likely meant, if one is near. Case, dashes and underscores do not count, so that
 * `headTimeoutMs` finds `head-timeout-ms`.
 */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  const bare = (name: string): string => name.toLowerCase().replace(/[-_]/g, '')
  // Of two as near, the one that begins alike: `prot` is `port` rather than `root`.
  const alike = (name: string): number => Number(bare(name)[0] === bare(written)[0])
  const sorted = candidates.toSorted((a, b) => alike(b) - alike(a))
  const byBareName = new Map(sorted.map(candidate => [bare(candidate), candidate]))
  // A third of the letters: `prot` finds `port`, and `foo` does not find `root`.
  const maxDistance = Math.min(3, Math.ceil(bare(written).length / 3))
  return byBareName.get(closestMatch(bare(written), [...byBareName.keys()], { maxDistance }) ?? '')
}
