import { randomInt } from 'node:crypto'

/**
 * A seed of its own for each worker and each batch: the same for the same numbers, and far from its neighbours' (the finalizer of
 * MurmurHash3 over each number).
 */
export function derivedSeed(seed: number, ...path: readonly number[]): number {
  let hash = seed | 0
  for (const step of path) {
    hash = Math.imul(hash ^ (step + 0x9e3779b9), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    hash ^= hash >>> 16
  }
  return hash
}

/** Another one each time. */
export function randomSeed(): number {
  return randomInt(2 ** 32)
}
