import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { parseInput, type SavedInput } from '../input-file.ts'
import type { AnyProperty } from '../properties/index.ts'
import { readCommandLine, type Search } from './command-line.ts'
import { messageOf } from './failure.ts'
import { failureReport } from './failure-report.ts'
import { helpText } from './help.ts'
import { saveRegression } from './regression.ts'
import { Screen } from './screen.ts'
import { searchJobs } from './search-jobs.ts'
import { headline, liveLine, summary } from './summary.ts'
import type { WorkerOptions } from './watched-worker.ts'
import { work } from './worker.ts'
import { WorkerGroup } from './worker-group.ts'

const HOLDS = 0
const BROKEN = 1
const INVALID = 2
const INTERRUPTED = 130

/** A check takes less than 0.1 s; the rest is for a machine that is busy with other work. */
const CHECK_MS_MAX = 60_000

/**
 * Runs the `fuzz` command and resolves to its exit code. `entry` is the URL of the calling module:
 * the workers import it too, because functions cannot be posted to them. A check that takes longer
 * than `checkMsMax` counts as a hang.
 */
export async function run(
  entry: string,
  properties: readonly AnyProperty[],
  checkMsMax: number = CHECK_MS_MAX,
): Promise<number> {
  if (!isMainThread) {
    await work(properties)
    return HOLDS
  }
  const options: WorkerOptions = { entry, checkMsMax }
  const command = readCommandLine(
    process.argv.slice(2),
    properties.map(({ name }) => name),
  )
  switch (command.kind) {
    case 'help':
      console.log(helpText(properties))
      return HOLDS
    case 'invalid':
      return complain(...command.problems, 'use --help for the options')
    case 'replay':
      return replay(options, properties, command.file)
    case 'search':
      return search(options, properties, command)
  }
}

async function search(
  options: WorkerOptions,
  properties: readonly AnyProperty[],
  command: Search,
): Promise<number> {
  const interruption = once(process, 'SIGINT').then(() => INTERRUPTED)
  const screen = new Screen(process.stdout)
  const start = Date.now()
  const group = new WorkerGroup(options, searchJobs(command, start), failure => {
    const property = properties.find(({ name }) => name === failure.property)!
    const file = failure.found && saveRegression(property.name, failure.found.input)
    const saved = file && { saved: file, replay: `npm run fuzz -- --replay ${file}` }
    screen.print(`\n${failureReport(property, failure, { seed: String(command.seed), ...saved })}`)
  })
  screen.print(headline(command))
  screen.startLive(() => liveLine(command, group, Date.now() - start))
  try {
    const code = await Promise.race([group.ended, interruption])
    screen.endLive()
    screen.print(summary(command, group, Date.now() - start))
    return code ?? (group.failures.length === 0 ? HOLDS : BROKEN)
  } finally {
    screen.endLive()
    await group.stop()
  }
}

async function replay(
  options: WorkerOptions,
  properties: readonly AnyProperty[],
  file: string,
): Promise<number> {
  let saved: SavedInput
  try {
    saved = parseInput(readFileSync(file, 'utf8'))
  } catch (error) {
    return complain(`--replay ${file}: ${messageOf(error)}`)
  }
  const property = properties.find(({ name }) => name === saved.property)
  if (property === undefined)
    return complain(`--replay ${file}: there is no property "${saved.property}"`)
  const group = new WorkerGroup(
    options,
    [{ kind: 'replay', properties: [property.name], input: saved.input }],
    failure => console.log(failureReport(property, failure, { file })),
  )
  await group.ended
  if (group.failures.length > 0) return BROKEN
  console.log(`✓ ${property.name} holds for the input of ${file}. ${property.sentence}`)
  return HOLDS
}

function complain(...lines: readonly string[]): number {
  for (const line of lines) process.stderr.write(`fuzz: ${line}\n`)
  return INVALID
}
