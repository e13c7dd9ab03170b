/**
 * Runs all benchmark suites, or those that are named: `npm run bench -- server --quick`. Writes the
 * results as JSON, Markdown and HTML, and prints how they compare with the targets.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { benchMicro } from './micro/index.ts'
import { benchRead } from './read/index.ts'
import { compareRuns, type Difference } from './report/compare-runs.ts'
import { toHtml } from './report/html.ts'
import { SUITES } from './report/layout.ts'
import { describeMachine, loadOfMinute } from './report/machine.ts'
import { differenceSummary, toMarkdown } from './report/markdown.ts'
import { LiveProgress } from './report/progress.ts'
import { DOCUMENTS, isWholeRun, withFigures } from './report/publish.ts'
import type { Omission, Result, Suite, SuiteOptions, SuiteResults } from './report/result.ts'
import { parseRun, type Run } from './report/run.ts'
import { targetLines } from './report/target-lines.ts'
import { ROOT } from './root.ts'
import { benchServers } from './server/index.ts'

const HELP = `npm run bench [-- SUITES] [FLAGS]    SUITES: server, read, micro (default: all)

  --quick             fewer and shorter rounds of the main workloads
  --only NAME         run only workloads whose name contains NAME
  --contender NAME    run only contenders whose name contains NAME, and statewire
  --rounds N          rounds of each workload
  --seconds N         length of one round of one contender
  --out FOLDER        folder for the report (default: .tmp/bench-results; for a run of all suites
                      bench/results, and its figures also go into README.md and
                      docs/performance.md)
  --against FILE      compare with an earlier result, a .json file, and list the differences that
                      exceed the noise
  --with FILE         measure nothing; write the reports of this earlier result again, beside it
`

/** Results of whole runs. */
const RESULTS = join(ROOT, 'bench/results')

const RUNNERS: Readonly<Record<Suite, (options: SuiteOptions) => Promise<SuiteResults>>> = {
  server: benchServers,
  read: benchRead,
  micro: benchMicro,
}

const interrupted = new AbortController()

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ help: { type: 'boolean', short: 'h' }, quick: { type: 'boolean' } },
      ...{ only: { type: 'string' }, contender: { type: 'string' } },
      ...{ rounds: { type: 'string' }, seconds: { type: 'string' } },
      ...{ out: { type: 'string' }, against: { type: 'string' }, with: { type: 'string' } },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const before = values.against === undefined ? undefined : readRun(values.against)
  const run =
    values.with === undefined
      ? await measure(suitesNamed(positionals), {
          quick: values.quick ?? false,
          ...(values.only === undefined ? {} : { only: values.only }),
          ...(values.contender === undefined ? {} : { contender: values.contender }),
          ...count('rounds', values.rounds),
          ...count('seconds', values.seconds),
        })
      : readRun(values.with)
  const differences = before === undefined ? [] : compareRuns(before, run)
  const isWhole = positionals.length === 0 && !values.quick && !values.only && !values.contender
  const folder =
    values.with === undefined
      ? isWhole
        ? RESULTS
        : join(ROOT, '.tmp/bench-results')
      : dirname(values.with)
  const name = writeReports(run, differences, resolve(values.out ?? folder))
  if (dirname(name) === RESULTS && isWholeRun(run)) publish(run, name)
}

/** Puts the figures of a whole run into the documents that show them. */
function publish(run: Run, name: string): void {
  for (const document of DOCUMENTS.map(file => join(ROOT, file))) {
    const link = relative(dirname(document), `${name}.md`)
    writeFileSync(document, withFigures(readFileSync(document, 'utf8'), run, link))
  }
}

function suitesNamed(names: readonly string[]): Suite[] {
  const unknown = names.find(name => !SUITES.some(suite => suite === name))
  if (unknown !== undefined)
    throw new Error(`there is no suite "${unknown}"; use ${SUITES.join(', ')}`)
  return SUITES.filter(suite => names.length === 0 || names.includes(suite))
}

function count(
  name: 'rounds' | 'seconds',
  text: string | undefined,
): Partial<Record<typeof name, number>> {
  if (text === undefined) return {}
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new Error(`--${name}: "${text}" is not a number of ${name}; use 1 to 9999, such as 5`)
  return { [name]: Number(text) }
}

function readRun(file: string): Run {
  try {
    return parseRun(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`)
  }
}

async function measure(
  suites: readonly Suite[],
  options: Omit<SuiteOptions, 'progress' | 'signal'>,
): Promise<Run> {
  const date = `${new Date().toISOString().slice(0, 19)}Z`
  const loadBefore = loadOfMinute()
  const results: Result[] = []
  const omissions: Omission[] = []
  for (const suite of suites) {
    const progress = new LiveProgress()
    try {
      const measured = await RUNNERS[suite]({ ...options, progress, signal: interrupted.signal })
      results.push(...measured.results)
      omissions.push(...measured.omissions)
    } finally {
      progress.end()
    }
  }
  return {
    date,
    quick: options.quick,
    machine: describeMachine(ROOT, loadBefore),
    results,
    omissions,
  }
}

/** Writes the reports, prints the comparisons, and returns the reports' path without extension. */
function writeReports(run: Run, differences: readonly Difference[], folder: string): string {
  const markdown = toMarkdown(run, differences)
  mkdirSync(folder, { recursive: true })
  // No colon, which some file systems refuse: 2026-02-28-1405.
  const name = join(folder, run.date.slice(0, 16).replace('T', '-').replace(':', ''))
  writeFileSync(`${name}.md`, `${markdown}\n`)
  writeFileSync(`${name}.json`, `${JSON.stringify(run, undefined, 1)}\n`)
  writeFileSync(`${name}.html`, toHtml(run, differences))
  process.stdout.write(`${relative(process.cwd(), name)}.md, .json and .html\n`)
  for (const lines of [targetLines(run), differenceLines(differences)])
    if (lines.length > 0) process.stdout.write(`\n${lines.join('\n')}\n`)
  return name
}

function differenceLines(differences: readonly Difference[]): string[] {
  return differences.length === 0 ? [] : differenceSummary(differences)
}

/** The first signal ends what was started; the second exits at once. */
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    if (interrupted.signal.aborted) process.exit(130)
    interrupted.abort(new Error('interrupted'))
  })

main().catch((error: unknown) => {
  const cause =
    error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
  process.stderr.write(`${error instanceof Error ? error.message : error}${cause}\n`)
  process.exitCode = interrupted.signal.aborted ? 130 : 1
})
