import { once } from 'node:events'
import { Screen } from '../runner/screen.ts'
import { readCommandLine } from './command-line.ts'
import { helpText } from './help.ts'
import { failureReport, liveLine, summary } from './report.ts'
import { Search } from './search.ts'
import { scenarioOf, shrink, simulate } from './simulate.ts'

const HOLDS = 0
const BROKEN = 1
const INVALID = 2
const INTERRUPTED = 130

/** The `simulate` command. Resolves to the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const command = readCommandLine(argv)
  switch (command.kind) {
    case 'help':
      console.log(helpText())
      return HOLDS
    case 'invalid':
      for (const line of [...command.problems, '--help tells what is allowed'])
        process.stderr.write(`simulate: ${line}\n`)
      return INVALID
    case 'show':
      return show(command.seed, command.without)
    case 'search':
      return search(command.from, command.seeds, command.ms)
  }
}

async function search(from: number, seeds: number, ms: number): Promise<number> {
  const screen = new Screen(process.stdout)
  const search = new Search()
  const startMs = Date.now()
  const passedMs = (): number => Date.now() - startMs
  screen.startLive(() => liveLine(search, seeds, passedMs()))
  const interruption = once(process, 'SIGINT').then(() => INTERRUPTED)
  const code = await Promise.race([search.run(from, seeds, startMs + ms), interruption])
  search.stop()
  screen.endLive()
  const { failure } = search
  if (failure !== undefined)
    await tell(failure.seed, await shrink(scenarioOf(failure.seed), failure.breach.property))
  screen.print(summary(search, passedMs()))
  return code ?? (failure === undefined ? HOLDS : BROKEN)
}

/** One world with all that happens in it. */
async function show(seed: number, without: readonly string[]): Promise<number> {
  const isBroken = await tell(seed, without)
  return isBroken ? BROKEN : HOLDS
}

async function tell(seed: number, without: readonly string[]): Promise<boolean> {
  const scenario = scenarioOf(seed, without)
  const { breach, timeline, events } = await simulate(scenario, undefined, true)
  if (breach !== undefined) console.log(`\n${failureReport(breach, scenario, without, timeline)}`)
  else
    console.log(
      [...timeline, '', `✓ No property is broken in the ${events} events of seed ${seed}.`].join(
        '\n',
      ),
    )
  return breach !== undefined
}
