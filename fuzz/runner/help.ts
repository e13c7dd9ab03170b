import type { AnyProperty } from '../properties/index.ts'

const usage = `Tries properties on inputs of all kinds, and keeps the inputs that break one.

Usage: npm run fuzz -- [PROPERTY…] [OPTIONS]

  --time TIME     for how long: 30s, 10m, 1h (default: 60s, without end where --runs is given)
  --runs N        how many inputs (default: as many as there is time for)
  --seed N        where the inputs come from (default: another each time)
  --workers N     threads that search side by side (default: 1)
  --replay FILE   checks the one input of a file, alone: fuzz/corpus/regressions/PROPERTY-HASH.json
  -h, --help

Time and inputs are shared fairly by the properties. With one worker, --seed and --runs alone, a run can be
had again. It exits with 0 if no property is broken, 1 if one is, 2 for wrong arguments, 130 on Ctrl-C.

Properties, all of them where none is named:
`

export function helpText(properties: readonly AnyProperty[]): string {
  const width = Math.max(...properties.map(({ name }) => name.length))
  return (
    usage +
    properties.map(({ name, sentence }) => `  ${name.padEnd(width)}  ${sentence}`).join('\n')
  )
}
