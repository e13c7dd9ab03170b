import * as fc from 'fast-check'
import type { AnyLaw } from '../laws/index.ts'
import type { Board } from './board.ts'
import type { Thrown } from './failure.ts'

/**
 * Checks one input, with the main thread watching, and then does what else is to be done with it. What is thrown, but for an
 * `fc.pre()` that does not hold.
 */
export async function tryInput(
  law: AnyLaw,
  input: unknown,
  board: Board,
  afterwards: () => void = () => {},
): Promise<Thrown | undefined> {
  board.announce(input)
  try {
    await law.check(input)
    afterwards()
  } catch (error) {
    if (!fc.PreconditionFailure.isFailure(error)) return { error }
  } finally {
    board.settle()
  }
  return undefined
}
