import { PROPERTIES } from './properties.ts'

const usage = `Runs the server in worlds where nothing is left to chance: one seed decides all that happens.

Usage: npm run simulate -- [OPTIONS]

  --seeds N         how many worlds (default: 10000, as many as there is time for where --time is given)
  --seed N          the first of them (default: 0); alone: that one, with all that happens in it
  --time TIME       for how long at most: 30s, 10m, 1h
  --without PARTS   leaves out parts of one world, as the report of a failure tells them: c1,f0,c0.2
  -h, --help

The same seed is the same world. The first that breaks a property ends the run: it is made as small as it goes,
and told. It exits with 0 if no property is broken, 1 if one is, 2 for wrong arguments, 130 on Ctrl-C.

Properties:
`

export function helpText(): string {
  const width = Math.max(...Object.keys(PROPERTIES).map(name => name.length))
  const properties = Object.entries(PROPERTIES).map(
    ([name, sentence]) => `  ${name.padEnd(width)}  ${sentence}`,
  )
  return usage + properties.join('\n')
}
