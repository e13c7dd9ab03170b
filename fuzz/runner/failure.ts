import type { AnyProperty } from '../properties/index.ts'

/** An input that breaks a property. Plain data, which goes from thread to thread. */
export type Failure = {
  readonly property: string
  /** None where no input was being checked. */
  readonly found?: { readonly input: unknown }
  /** What the check threw, or why the worker was given up. */
  readonly message: string
  /** Where in the wire, if the error says so in an `offset`. */
  readonly offset?: number | undefined
}

/** What was thrown, in an object so that it can be undefined. */
export type Thrown = { readonly error: unknown }

export function failureOf(property: AnyProperty, input: unknown, { error }: Thrown): Failure {
  return {
    property: property.name,
    found: { input },
    message: messageOf(error),
    offset: offsetOf(error),
  }
}

/** The message, and the first line of the stack that is of a property. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`
  const place = error.stack?.split('\n').find(line => /^\s+at .*\/properties\//.test(line))
  return `${error.name}: ${error.message}${place === undefined ? '' : `\n${place.trim()}`}`
}

function offsetOf(error: unknown): number | undefined {
  const offset = (error as { readonly offset?: unknown } | undefined)?.offset
  return typeof offset === 'number' ? offset : undefined
}
