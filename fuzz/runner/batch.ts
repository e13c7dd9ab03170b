import * as fc from 'fast-check'
import type { AnyProperty } from '../properties/index.ts'
import { checkInput } from './check-input.ts'
import type { Corpus, Discovery } from './corpus.ts'
import { type Failure, failureOf, type Thrown } from './failure.ts'
import { guidedInputs } from './guided-inputs.ts'
import type { SharedProgress } from './shared-progress.ts'
import { shrinkWire } from './shrink-wire.ts'

const SHRINK_MS = 10_000

export type Batch = {
  readonly property: AnyProperty
  readonly seed: number
  readonly runs: number
  /** When to stop checking inputs, in milliseconds of `Date.now()`. */
  readonly deadline: number
  readonly corpus: Corpus
  readonly progress: SharedProgress
  readonly onDiscovery: (discovery: Discovery) => void
}

/**
 * Checks a property on `runs` inputs and stops at the first that breaks it.
 *
 * @returns the smallest failing input found; undefined if no input fails
 */
export async function runBatch(batch: Batch): Promise<Failure | undefined> {
  const { property, progress, corpus } = batch
  let until = batch.deadline
  let thrown: Thrown | undefined
  const explore = (input: unknown): void => {
    const discovery = property.wireOf && corpus.explore(property.wireOf(input))
    if (discovery !== undefined) batch.onDiscovery(discovery)
  }
  const asyncProperty = fc.asyncProperty(guidedInputs(property, corpus.wires), async input => {
    if (Date.now() > until) return
    const isShrinking = thrown !== undefined
    const result = await checkInput(property, input, progress, () => {
      if (!isShrinking) explore(input)
    })
    if (!isShrinking) progress.countRun(progress.currentProperty)
    if (result === undefined) return
    if (!isShrinking) until = Date.now() + SHRINK_MS
    thrown = result
    throw result.error
  })
  const details = await fc.check(asyncProperty, {
    seed: batch.seed,
    numRuns: batch.runs,
    verbose: fc.VerbosityLevel.None,
  })
  if (details.counterexample === null || thrown === undefined) return undefined
  return shrunk(property, details.counterexample[0], thrown, progress)
}

/** Shrinks the bytes of a failing input: fast-check cannot remove parts of mutated bytes. */
async function shrunk(
  property: AnyProperty,
  input: unknown,
  first: Thrown,
  progress: SharedProgress,
): Promise<Failure> {
  const { wireOf, withWire } = property
  if (wireOf === undefined || withWire === undefined) return failureOf(property, input, first)
  let smallest = input
  let thrown = first
  const until = Date.now() + SHRINK_MS
  await shrinkWire(wireOf(input), async wire => {
    if (Date.now() > until) return false
    const candidate = withWire(input, wire)
    const result = await checkInput(property, candidate, progress)
    if (result === undefined) return false
    smallest = candidate
    thrown = result
    return true
  })
  return failureOf(property, smallest, thrown)
}
