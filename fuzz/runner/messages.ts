import type { Discovery } from './corpus.ts'
import type { Failure } from './failure.ts'

/** What a worker is started for. */
export type Job =
  | {
      readonly kind: 'search'
      /** The names of the laws to try; the board's indices are theirs. */
      readonly laws: readonly string[]
      readonly seed: number
      /** How many inputs of each law, Infinity for no end. */
      readonly runs: readonly number[]
      /** In milliseconds of `Date.now()`, Infinity for no end. */
      readonly deadline: number
    }
  | { readonly kind: 'replay'; readonly laws: readonly [string]; readonly input: unknown }

export type WorkerStart = { readonly job: Job; readonly memory: SharedArrayBuffer }

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'discovery'; readonly discovery: Discovery }
  | { readonly kind: 'failure'; readonly failure: Failure }
  /** All that a law has counted in this worker so far. */
  | { readonly kind: 'tally'; readonly law: string; readonly tally: ReadonlyMap<string, number> }
  /** The job is done. */
  | { readonly kind: 'done' }

export type ToWorker =
  | { readonly kind: 'discovery'; readonly discovery: Discovery }
  /** A law is broken: no more of it. */
  | { readonly kind: 'drop'; readonly law: string }
