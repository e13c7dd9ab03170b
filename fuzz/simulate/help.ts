import { PROPERTIES } from './properties.ts'

const usage = `Runs the server in a deterministic simulation: one seed decides everything that happens.

Usage: npm run simulate -- [OPTIONS]

  --seeds N      how many scenarios to run (default: 10000; with --time, no limit)
  --seed N       the seed of the first (default: 0); alone: run one scenario, print its timeline
  --time TIME    the longest time to run for: 30s, 10m, 1h
  --without IDS  with --seed alone: leave out parts, as a report names them: c1,f0,c0.2
  -h, --help     print this help

The same seed always gives the same run. The first violation of a property ends the search: its
scenario is shrunk and printed. Exit codes: 0 if all properties hold, 1 if one is violated, 2 for
wrong arguments, 130 after Ctrl-C.

Properties:
`

export function helpText(): string {
  const width = Math.max(...Object.keys(PROPERTIES).map(name => name.length))
  const properties = Object.entries(PROPERTIES).map(
    ([name, sentence]) => `  ${name.padEnd(width)}  ${sentence}`,
  )
  return usage + properties.join('\n')
}
