import * as fc from 'fast-check'
import type { AnyProperty } from '../properties/index.ts'
import type { Corpus, Discovery } from './corpus.ts'
import { type Failure, failureOf, type Thrown } from './failure.ts'
import type { SharedProgress } from './shared-progress.ts'
import { shrinkWire } from './shrink-wire.ts'
import { steeredInputs } from './steered-inputs.ts'
import { tryInput } from './trial.ts'

const SHRINK_MS = 10_000

export type Batch = {
  readonly property: AnyProperty
  readonly seed: number
  readonly runs: number
  /** When no more inputs are tried, in milliseconds of `Date.now()`. */
  readonly deadline: number
  readonly corpus: Corpus
  readonly board: SharedProgress
  readonly onDiscovery: (discovery: Discovery) => void
}

/** Tries some inputs of a property. The smallest one found that breaks it, if one does. */
export async function runBatch(batch: Batch): Promise<Failure | undefined> {
  const { property, board, corpus } = batch
  let until = batch.deadline
  let thrown: Thrown | undefined
  const explore = (input: unknown): void => {
    const discovery = property.wireOf && corpus.explore(property.wireOf(input))
    if (discovery !== undefined) batch.onDiscovery(discovery)
  }
  const attempt = fc.asyncProperty(steeredInputs(property, corpus.wires), async input => {
    if (Date.now() > until) return
    const shrinking = thrown !== undefined
    const now = await tryInput(property, input, board, () => {
      if (!shrinking) explore(input)
    })
    if (!shrinking) board.countRun(board.property)
    if (now === undefined) return
    if (!shrinking) until = Date.now() + SHRINK_MS
    thrown = now
    throw now.error
  })
  const details = await fc.check(attempt, {
    seed: batch.seed,
    numRuns: batch.runs,
    verbose: fc.VerbosityLevel.None,
  })
  if (details.counterexample === null || thrown === undefined) return undefined
  return shrunk(property, details.counterexample[0], thrown, board)
}

/** fast-check shrinks what it has made: in the bytes of a mutation it can leave nothing out. */
async function shrunk(
  property: AnyProperty,
  input: unknown,
  first: Thrown,
  board: SharedProgress,
): Promise<Failure> {
  const { wireOf, withWire } = property
  if (wireOf === undefined || withWire === undefined) return failureOf(property, input, first)
  let smallest = input
  let thrown = first
  const until = Date.now() + SHRINK_MS
  await shrinkWire(wireOf(input), async wire => {
    if (Date.now() > until) return false
    const candidate = withWire(input, wire)
    const now = await tryInput(property, candidate, board)
    if (now === undefined) return false
    smallest = candidate
    thrown = now
    return true
  })
  return failureOf(property, smallest, thrown)
}
