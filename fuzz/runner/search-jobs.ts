import type { Search } from './command-line.ts'
import type { Job } from './messages.ts'
import { derivedSeed } from './seed.ts'

/** A search as jobs, one a worker: each has a seed of its own and its share of the inputs. */
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

/** Of a whole cut into parts as even as can be. */
function share(whole: number, parts: number, part: number): number {
  if (!Number.isFinite(whole)) return whole
  return Math.floor((whole * (part + 1)) / parts) - Math.floor((whole * part) / parts)
}
