import type { Search } from './command-line.ts'
import type { Job } from './messages.ts'
import { derivedSeed } from './seed.ts'

/** Divides a search into one job per worker, each with its own seed and its share of the inputs. */
export function searchJobs({ properties, ms, runs, seed, workers }: Search, start: number): Job[] {
  return Array.from({ length: workers }, (_, worker) => ({
    kind: 'search',
    properties,
    seed: derivedSeed(seed, worker),
    runs: properties.map((_, property) =>
      share(runs, properties.length * workers, property * workers + worker),
    ),
    deadline: start + ms,
  }))
}

/** Returns the size of one part of `whole`, divided into parts that differ by at most 1. */
function share(whole: number, parts: number, part: number): number {
  if (!Number.isFinite(whole)) return whole
  return Math.floor((whole * (part + 1)) / parts) - Math.floor((whole * part) / parts)
}
