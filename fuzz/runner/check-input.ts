import * as fc from 'fast-check'
import type { AnyProperty } from '../properties/index.ts'
import type { Thrown } from './failure.ts'
import type { SharedProgress } from './shared-progress.ts'

/**
 * Checks one input while the main thread watches for a hang, then calls `afterwards`.
 *
 * @returns what the check threw; undefined if it passed or an `fc.pre()` did not hold
 */
export async function checkInput(
  property: AnyProperty,
  input: unknown,
  progress: SharedProgress,
  afterwards: () => void = () => {},
): Promise<Thrown | undefined> {
  progress.startCheck(input)
  try {
    await property.check(input)
    afterwards()
  } catch (error) {
    if (!fc.PreconditionFailure.isFailure(error)) return { error }
  } finally {
    progress.endCheck()
  }
  return undefined
}
