import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The repository's root folder. The benchmarks run as compiled JavaScript from .tmp/bench, and need
 * files that are not compiled: C sources, packages, results.
 */
export const ROOT: string = findRoot(import.meta.dirname)

function findRoot(from: string): string {
  const file = join(from, 'package.json')
  if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'statewire') return from
  if (dirname(from) === from) throw new Error('no folder above has the package.json of statewire')
  return findRoot(dirname(from))
}
