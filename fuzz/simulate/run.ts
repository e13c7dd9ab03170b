import { once } from 'node:events'
import { Screen } from '../runner/screen.ts'
import { readCommandLine } from './command-line.ts'
import { helpText } from './help.ts'
import { failureReport, liveLine, summary } from './report.ts'
import { Search } from './search.ts'
import { scenarioOf, shrink, simulate } from './simulate.ts'

const OK = 0
const VIOLATED = 1
const INVALID = 2
const INTERRUPTED = 130

/** Runs the `simulate` command. Resolves to the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const command = readCommandLine(argv)
  switch (command.kind) {
    case 'help':
      console.log(helpText())
      return OK
    case 'invalid':
      for (const line of [...command.problems, 'use --help to see all options'])
        process.stderr.write(`simulate: ${line}\n`)
      return INVALID
    case 'show':
      return showTimeline(command.seed, command.without)
    case 'search':
      return search(command.from, command.seeds, command.ms)
  }
}

async function search(from: number, seeds: number, ms: number): Promise<number> {
  const screen = new Screen(process.stdout)
  const search = new Search()
  const startMs = Date.now()
  const elapsedMs = (): number => Date.now() - startMs
  screen.startLive(() => liveLine(search, seeds, elapsedMs()))
  const interruption = once(process, 'SIGINT').then(() => INTERRUPTED)
  const code = await Promise.race([search.run(from, seeds, startMs + ms), interruption])
  search.stop()
  screen.endLive()
  const { failure } = search
  if (failure !== undefined) {
    const { seed, violation } = failure
    await showTimeline(seed, await shrink(scenarioOf(seed), violation.property))
  }
  screen.print(summary(search, elapsedMs()))
  return code ?? (failure === undefined ? OK : VIOLATED)
}

/** Runs one scenario and prints everything that happens in it. Resolves to the exit code. */
async function showTimeline(seed: number, without: readonly string[]): Promise<number> {
  const scenario = scenarioOf(seed, without)
  const { violation, timeline, events } = await simulate(scenario, { hasTimeline: true })
  if (violation !== undefined) {
    console.log(`\n${failureReport(violation, scenario, without, timeline)}`)
    return VIOLATED
  }
  for (const line of timeline) console.log(line)
  console.log(`\n✓ All properties hold in the ${events} events of seed ${seed}.`)
  return OK
}
