import type { Discovery } from './corpus.ts'
import type { Failure } from './failure.ts'

/** The task of a worker. */
export type Job =
  | {
      readonly kind: 'search'
      /** The names of the properties to check; SharedProgress refers to them by index. */
      readonly properties: readonly string[]
      readonly seed: number
      /** The number of inputs for each property; Infinity for no limit. */
      readonly runs: readonly number[]
      /** When to stop, in milliseconds of `Date.now()`; Infinity for never. */
      readonly deadline: number
    }
  | { readonly kind: 'replay'; readonly properties: readonly [string]; readonly input: unknown }

export type WorkerStart = { readonly job: Job; readonly memory: SharedArrayBuffer }

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'discovery'; readonly discovery: Discovery }
  | { readonly kind: 'failure'; readonly failure: Failure }
  /** The counts of a property in this worker so far. */
  | {
      readonly kind: 'tally'
      readonly property: string
      readonly tally: ReadonlyMap<string, number>
    }
  | { readonly kind: 'done' }

export type ToWorker =
  | { readonly kind: 'discovery'; readonly discovery: Discovery }
  /** Stop checking this property: it is broken. */
  | { readonly kind: 'drop'; readonly property: string }
