import { inspect } from 'node:util'
import { closestMatch } from 'leven'

/** One invalid part of a configuration. */
export type ConfigIssue = {
  /** Where the value was given: `--port`, `STATEWIRE_PORT`, `statewire.toml:3`, `port`. */
  readonly location: string
  /** The value as it was given there, if there is one. */
  readonly value: string | undefined
  /** The issue and its remedy: `must be a whole number from 0 to 65535, such as 8080`. */
  readonly message: string
  /** A known name or value that is close to the one given. */
  readonly suggestion?: string | undefined
}

/** A location, and the text of the value there. */
export type SourceLocation = Pick<ConfigIssue, 'location' | 'value'>

/** The keys and indexes that lead to a part of a value. */
export type KeyPath = readonly PropertyKey[]

/** A value as a source gives it, and the location of each of its parts. */
export type RawValue = {
  readonly value: unknown
  /** Requires that the part exists. */
  readonly locate: (path: KeyPath) => SourceLocation
}

/**
 * Invalid options of `serve()`. The message has one line for each issue.
 *
 * @example
 * const error = await serve({ port: 70000 }).catch(error => error)
 * error instanceof ConfigError // => true
 * error.issues.length // => 1
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** All issues of the options, not only the first. */
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[]) {
    super(issues.map(formatIssue).join('\n'))
    this.issues = issues
  }
}

/** One line: `--port 99999: must be a whole number from 0 to 65535, such as 8080`. */
export function formatIssue({ location, value, message, suggestion }: ConfigIssue): string {
  const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`
  return oneLine(`${formatLocation({ location, value })}: ${message}${hint}`)
}

/** The location and the value, which is clipped because it may be long. */
export function formatLocation({ location, value }: SourceLocation): string {
  if (value === undefined) return location
  const shown = value.length > 100 ? `${value.slice(0, 99)}…` : value
  return `${location} ${shown === '' ? '""' : shown}`
}

/**
 * Whether a name leads to the prototypes of objects. A parser that sets `__proto__.workers` on a
 * value changes all objects of the process, so such names are refused before values are made.
 */
export function isUnsafeName(name: string): boolean {
  return name === 'prototype' || name in Object.prototype
}

/** Returns a part of a value, undefined if there is none. */
export function partAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (part, key) => (isObject(part) && Object.hasOwn(part, key) ? part[key as never] : undefined),
    value,
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The value of a key, undefined if there is none. */
export function entryOf(raw: RawValue, key: string): RawValue | undefined {
  const value = partAt(raw.value, [key])
  return value === undefined ? undefined : { value, locate: path => raw.locate([key, ...path]) }
}

/** A value in the syntax of JavaScript. */
export function asCode(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY })
}

/** Escapes control characters, which would break the line or control the terminal. */
export function oneLine(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * Returns the candidate that a misspelt name probably means, undefined if none is close. Case,
 * dashes and underscores do not count: `headTimeoutMs` matches `head-timeout-ms`.
 */
export function nearest(misspelt: string, candidates: readonly string[]): string | undefined {
  const bare = (name: string): string => name.toLowerCase().replace(/[-_]/g, '')
  // Of two at the same distance, prefers the same first letter: `prot` is `port`, not `root`.
  const startsAlike = (name: string): number => Number(bare(name)[0] === bare(misspelt)[0])
  const sorted = candidates.toSorted((a, b) => startsAlike(b) - startsAlike(a))
  const byBareName = new Map(sorted.map(candidate => [bare(candidate), candidate]))
  // A third of the letters: `prot` matches `port`, but `foo` does not match `root`.
  const maxDistance = Math.min(3, Math.ceil(bare(misspelt).length / 3))
  return byBareName.get(closestMatch(bare(misspelt), [...byBareName.keys()], { maxDistance }) ?? '')
}
