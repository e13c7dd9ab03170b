import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { type KeptInput, parseInput } from '../input-file.ts'
import type { AnyProperty } from '../properties/index.ts'
import { readCommandLine, type Search } from './command-line.ts'
import { messageOf } from './failure.ts'
import { failureReport } from './failure-report.ts'
import { helpText } from './help.ts'
import { keepRegression } from './regression.ts'
import { Screen } from './screen.ts'
import { searchJobs } from './search-jobs.ts'
import { headline, liveLine, summary } from './summary.ts'
import type { Threads } from './watched-worker.ts'
import { work } from './worker.ts'
import { WorkerGroup } from './worker-group.ts'

const HOLDS = 0
const BROKEN = 1
const INVALID = 2
const INTERRUPTED = 130

/** No check takes a tenth of a second; but a machine may be busy with much else. */
const SILENCE_MS = 60_000

/**
 * The `fuzz` command. `entry` is the module that calls this, as a URL: the workers run it too, for properties cannot be sent to them.
 * A check that goes on for longer than `silenceMs` hangs. Resolves to the exit code.
 */
export async function run(
  entry: string,
  properties: readonly AnyProperty[],
  silenceMs: number = SILENCE_MS,
): Promise<number> {
  if (!isMainThread) {
    await work(properties)
    return HOLDS
  }
  const threads: Threads = { entry, silenceMs }
  const command = readCommandLine(
    process.argv.slice(2),
    properties.map(({ name }) => name),
  )
  switch (command.kind) {
    case 'help':
      console.log(helpText(properties))
      return HOLDS
    case 'invalid':
      return complain(...command.problems, '--help tells what is allowed')
    case 'replay':
      return replay(threads, properties, command.file)
    case 'search':
      return search(threads, properties, command)
  }
}

async function search(
  threads: Threads,
  properties: readonly AnyProperty[],
  command: Search,
): Promise<number> {
  const interruption = once(process, 'SIGINT').then(() => INTERRUPTED)
  const screen = new Screen(process.stdout)
  const start = Date.now()
  const crew = new WorkerGroup(threads, searchJobs(command, start), failure => {
    const property = properties.find(({ name }) => name === failure.property)!
    const file = failure.found && keepRegression(property.name, failure.found.input)
    const kept = file && { kept: file, again: `npm run fuzz -- --replay ${file}` }
    screen.print(`\n${failureReport(property, failure, { seed: String(command.seed), ...kept })}`)
  })
  screen.print(headline(command))
  screen.startLive(() => liveLine(command, crew, Date.now() - start))
  try {
    const code = await Promise.race([crew.ended, interruption])
    screen.endLive()
    screen.print(summary(command, crew, Date.now() - start))
    return code ?? (crew.failures.length === 0 ? HOLDS : BROKEN)
  } finally {
    screen.endLive()
    await crew.stop()
  }
}

async function replay(
  threads: Threads,
  properties: readonly AnyProperty[],
  file: string,
): Promise<number> {
  let saved: KeptInput
  try {
    saved = parseInput(readFileSync(file, 'utf8'))
  } catch (error) {
    return complain(`--replay ${file}: ${messageOf(error)}`)
  }
  const property = properties.find(({ name }) => name === saved.property)
  if (property === undefined)
    return complain(`--replay ${file}: there is no property "${saved.property}"`)
  const crew = new WorkerGroup(
    threads,
    [{ kind: 'replay', properties: [property.name], input: saved.input }],
    failure => console.log(failureReport(property, failure, { file })),
  )
  await crew.ended
  if (crew.failures.length > 0) return BROKEN
  console.log(`✓ ${property.name} holds for the input of ${file}. ${property.sentence}`)
  return HOLDS
}

function complain(...lines: readonly string[]): number {
  for (const line of lines) process.stderr.write(`fuzz: ${line}\n`)
  return INVALID
}
