import * as fc from 'fast-check'
import type { AnyProperty } from '../properties/index.ts'
import type { Thrown } from './failure.ts'
import type { SharedProgress } from './shared-progress.ts'

/**
 * Checks one input, with the main thread watching, and then does what else is to be done with it. What is thrown, but for an
 * `fc.pre()` that does not hold.
 */
export async function tryInput(
  property: AnyProperty,
  input: unknown,
  board: SharedProgress,
  afterwards: () => void = () => {},
): Promise<Thrown | undefined> {
  board.announce(input)
  try {
    await property.check(input)
    afterwards()
  } catch (error) {
    if (!fc.PreconditionFailure.isFailure(error)) return { error }
  } finally {
    board.settle()
  }
  return undefined
}
