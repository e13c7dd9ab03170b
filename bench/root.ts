import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of the repository: the benchmarks run compiled, from elsewhere in it, and need files that are not compiled. */
export const ROOT: string = findRoot(import.meta.dirname)

function findRoot(from: string): string {
  const file = join(from, 'package.json')
  if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'statewire') return from
  if (dirname(from) === from) throw new Error('the benchmarks stand in no folder of statewire')
  return findRoot(dirname(from))
}
