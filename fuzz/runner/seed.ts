import { randomInt } from 'node:crypto'

/**
 * Derives the seed of a worker or a batch from `seed` and its numbers, deterministically.
 * Neighbouring numbers give unrelated seeds: each goes through the finalizer of MurmurHash3.
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

/** Returns a new random seed. */
export function randomSeed(): number {
  return randomInt(2 ** 32)
}
