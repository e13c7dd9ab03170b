/**
 * All benchmarks, or the parts that are named: `npm run bench -- server --quick`. Writes what it found as Markdown, JSON and HTML.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { benchMicro } from './micro/index.ts'
import { benchRead } from './read/index.ts'
import { compareRuns, type Difference } from './report/against.ts'
import { toHtml } from './report/html.ts'
import { PARTS } from './report/layout.ts'
import { describeMachine, loadOfMinute } from './report/machine.ts'
import { toldDifferences, toMarkdown } from './report/markdown.ts'
import { LiveProgress } from './report/progress.ts'
import { isWholeRun, withFigures } from './report/publish.ts'
import type { Omission, Part, PartOptions, PartOutcome, Result } from './report/result.ts'
import { parseRun, type Run } from './report/run.ts'
import { ROOT } from './root.ts'
import { benchServers } from './server/index.ts'

const HELP = `npm run bench [-- PARTS] [FLAGS]     PARTS: server, read, micro; all without them

  --quick             fewer and shorter rounds, main rows only
  --only NAME         works whose name contains NAME
  --contender NAME    contenders whose name contains NAME, and ours
  --rounds N          rounds of each work
  --seconds N         length of one round of one contender
  --out FOLDER        where the report goes (default: bench/results of a whole run, whose figures also go into the README and
                      docs/performance.md; else .tmp/bench-results)
  --against FILE      compare with an earlier result, a .json; and say which differences exceed the noise
  --with FILE         run nothing: take this result, compare it, and make its reports anew beside it
`

/** Where whole runs are kept, and what shows their figures. */
const RESULTS = join(ROOT, 'bench/results')
const DOCUMENTS = ['README.md', 'docs/performance.md']

const RUNNERS: Readonly<Record<Part, (options: PartOptions) => Promise<PartOutcome>>> = {
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
      ? await measure(partsNamed(positionals), {
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
  const name = report(run, differences, resolve(values.out ?? folder))
  if (dirname(name) === RESULTS && isWholeRun(run)) publish(run, name)
}

/** Puts the figures of a whole run into the documents that show some. */
function publish(run: Run, name: string): void {
  for (const document of DOCUMENTS.map(file => join(ROOT, file))) {
    const link = relative(dirname(document), `${name}.md`)
    writeFileSync(document, withFigures(readFileSync(document, 'utf8'), run, link))
  }
}

function partsNamed(names: readonly string[]): Part[] {
  const unknown = names.find(name => !Object.hasOwn(PARTS, name))
  if (unknown !== undefined)
    throw new Error(`there is no part ${unknown}: ${Object.keys(PARTS).join(', ')}`)
  return (Object.keys(PARTS) as Part[]).filter(part => names.length === 0 || names.includes(part))
}

function count(
  name: 'rounds' | 'seconds',
  text: string | undefined,
): Partial<Record<typeof name, number>> {
  if (text === undefined) return {}
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new Error(`--${name} takes a whole number from 1, not ${text}`)
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
  parts: readonly Part[],
  options: Omit<PartOptions, 'progress' | 'signal'>,
): Promise<Run> {
  const date = `${new Date().toISOString().slice(0, 19)}Z`
  const loadBefore = loadOfMinute()
  const results: Result[] = []
  const omissions: Omission[] = []
  for (const part of parts) {
    const progress = new LiveProgress()
    try {
      const outcome = await RUNNERS[part]({ ...options, progress, signal: interrupted.signal })
      results.push(...outcome.results)
      omissions.push(...outcome.omissions)
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

/** Returns where it wrote, without the ending. */
function report(run: Run, differences: readonly Difference[], out: string): string {
  const markdown = toMarkdown(run, differences)
  mkdirSync(out, { recursive: true })
  // As the file system of any platform takes it: 2026-02-28-1405
  const name = join(out, run.date.slice(0, 16).replace('T', '-').replace(':', ''))
  writeFileSync(`${name}.md`, `${markdown}\n`)
  writeFileSync(`${name}.json`, `${JSON.stringify(run, undefined, 1)}\n`)
  writeFileSync(`${name}.html`, toHtml(run, differences))
  process.stdout.write(`${relative(process.cwd(), name)}.md, .json and .html\n`)
  if (differences.length > 0) process.stdout.write(`\n${toldDifferences(differences).join('\n')}\n`)
  return name
}

/** Once ends what was started, twice does not wait for it. */
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
