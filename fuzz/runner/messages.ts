import type { Discovery } from './corpus.ts'
import type { Failure } from './failure.ts'

/** What a worker is started for. */
export type Job =
  | {
      readonly kind: 'search'
      /** The names of the properties to try; the board's indices are theirs. */
      readonly properties: readonly string[]
      readonly seed: number
      /** How many inputs of each property, Infinity for no end. */
      readonly runs: readonly number[]
      /** In milliseconds of `Date.now()`, Infinity for no end. */
      readonly deadline: number
    }
  | { readonly kind: 'replay'; readonly properties: readonly [string]; readonly input: unknown }

export type WorkerStart = { readonly job: Job; readonly memory: SharedArrayBuffer }

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'discovery'; readonly discovery: Discovery }
  | { readonly kind: 'failure'; readonly failure: Failure }
  /** All that a property has counted in this worker so far. */
  | {
      readonly kind: 'tally'
      readonly property: string
      readonly tally: ReadonlyMap<string, number>
    }
  /** The job is done. */
  | { readonly kind: 'done' }

export type ToWorker =
  | { readonly kind: 'discovery'; readonly discovery: Discovery }
  /** A property is broken: no more of it. */
  | { readonly kind: 'drop'; readonly property: string }
