import type { AnyProperty } from '../properties/index.ts'

const usage = `Checks properties with coverage-guided random inputs, and saves each input that breaks one.

Usage: npm run fuzz -- [PROPERTY…] [OPTIONS]

  --time TIME     time limit: 30s, 10m, 1h (default: 60s, or no limit with --runs)
  --runs N        number of inputs to check (default: as many as the time allows)
  --seed N        seed of the random inputs (default: a new one for each run)
  --workers N     number of threads (default: 1)
  --replay FILE   check only the input in FILE: fuzz/corpus/regressions/PROPERTY-HASH.json
  -h, --help

The properties share time and inputs equally. A run with one worker, --seed and --runs, but not
--time, is deterministic. Exit codes: 0 if no property is broken, 1 if one is, 2 for invalid
arguments, 130 after Ctrl-C.

Without PROPERTY all properties are checked:
`

export function helpText(properties: readonly AnyProperty[]): string {
  const width = Math.max(...properties.map(({ name }) => name.length))
  return (
    usage +
    properties.map(({ name, sentence }) => `  ${name.padEnd(width)}  ${sentence}`).join('\n')
  )
}
