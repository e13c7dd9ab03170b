import type { AnyProperty } from '../properties/index.ts'

/** An input that breaks a property. Plain data, which can be posted to another thread. */
export type Failure = {
  readonly property: string
  /** Absent if the failure happened between two checks. */
  readonly found?: { readonly input: unknown }
  /** What the check threw, or why the worker was stopped. */
  readonly message: string
  /** The position in the wire, if the error has an `offset`. */
  readonly offset?: number | undefined
}

/** A thrown value, wrapped because `undefined` can be thrown too. */
export type Thrown = { readonly error: unknown }

export function failureOf(property: AnyProperty, input: unknown, { error }: Thrown): Failure {
  return {
    property: property.name,
    found: { input },
    message: messageOf(error),
    offset: offsetOf(error),
  }
}

/** Returns the error's message and the first line of its stack that lies in a property. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `the check threw ${String(error)}`
  const line = error.stack?.split('\n').find(frame => /^\s+at .*\/properties\//.test(frame))
  return `${error.name}: ${error.message}${line === undefined ? '' : `\n${line.trim()}`}`
}

function offsetOf(error: unknown): number | undefined {
  const offset = (error as { readonly offset?: unknown } | undefined)?.offset
  return typeof offset === 'number' ? offset : undefined
}
