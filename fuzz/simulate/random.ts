import { derivedSeed } from '../runner/seed.ts'

/**
 * Random numbers that follow from a seed alone (mulberry32). Each part of a scenario has its own
 * generator, so that leaving out one part does not change the numbers of the others.
 */
export class Random {
  #state: number

  constructor(seed: number, ...path: readonly number[]) {
    this.#state = derivedSeed(seed, ...path)
  }

  /** From 0 up, less than 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below(end: number): number {
    return Math.floor(this.fraction() * end)
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
}
