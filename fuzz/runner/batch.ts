import * as fc from 'fast-check'
import type { AnyLaw } from '../laws/index.ts'
import type { Board } from './board.ts'
import type { Corpus, Discovery } from './corpus.ts'
import { type Failure, failureOf, type Thrown } from './failure.ts'
import { shrinkWire } from './shrink-wire.ts'
import { steeredInputs } from './steered-inputs.ts'
import { tryInput } from './trial.ts'

const SHRINK_MS = 10_000

export type Batch = {
  readonly law: AnyLaw
  readonly seed: number
  readonly runs: number
  /** When no more inputs are tried, in milliseconds of `Date.now()`. */
  readonly deadline: number
  readonly corpus: Corpus
  readonly board: Board
  readonly onDiscovery: (discovery: Discovery) => void
}

/** Tries some inputs of a law. The smallest one found that breaks it, if one does. */
export async function runBatch(batch: Batch): Promise<Failure | undefined> {
  const { law, board, corpus } = batch
  let until = batch.deadline
  let thrown: Thrown | undefined
  const explore = (input: unknown): void => {
    const discovery = law.wireOf && corpus.explore(law.wireOf(input))
    if (discovery !== undefined) batch.onDiscovery(discovery)
  }
  const property = fc.asyncProperty(steeredInputs(law, corpus.wires), async input => {
    if (Date.now() > until) return
    const shrinking = thrown !== undefined
    const now = await tryInput(law, input, board, () => {
      if (!shrinking) explore(input)
    })
    if (!shrinking) board.countRun(board.law)
    if (now === undefined) return
    if (!shrinking) until = Date.now() + SHRINK_MS
    thrown = now
    throw now.error
  })
  const details = await fc.check(property, {
    seed: batch.seed,
    numRuns: batch.runs,
    verbose: fc.VerbosityLevel.None,
  })
  if (details.counterexample === null || thrown === undefined) return undefined
  return shrunk(law, details.counterexample[0], thrown, board)
}

/** fast-check shrinks what it has made: in the bytes of a mutation it can leave nothing out. */
async function shrunk(law: AnyLaw, input: unknown, first: Thrown, board: Board): Promise<Failure> {
  const { wireOf, withWire } = law
  if (wireOf === undefined || withWire === undefined) return failureOf(law, input, first)
  let smallest = input
  let thrown = first
  const until = Date.now() + SHRINK_MS
  await shrinkWire(wireOf(input), async wire => {
    if (Date.now() > until) return false
    const candidate = withWire(input, wire)
    const now = await tryInput(law, candidate, board)
    if (now === undefined) return false
    smallest = candidate
    thrown = now
    return true
  })
  return failureOf(law, smallest, thrown)
}
