import { type NamedRatio, ratiosOfRun, SUITES } from './layout.ts'
import { loadText, machineText, markdownTable, ratioTable } from './markdown.ts'
import { times } from './numbers.ts'
import type { Suite } from './result.ts'
import type { Run } from './run.ts'
import { medianOf } from './statistics.ts'

/** The documents that show figures of the latest whole run. */
export const DOCUMENTS = ['README.md', 'docs/performance.md'] as const

/**
 * The blocks that a document can show, each between two comments with its name. `reportLink` leads
 * from the document to the Markdown report of the run.
 */
const BLOCKS: Readonly<Record<string, (run: Run, reportLink: string) => string[]>> = {
  summary: summaryBlock,
  machine: machineBlock,
  server: run => ratioTable(ratiosOfSuite(run, 'server')),
  read: run => ratioTable(ratiosOfSuite(run, 'read')),
  micro: run => ratioTable(ratiosOfSuite(run, 'micro')),
}

/** Whether a run has all suites at full length. Only such runs are published. */
export function isWholeRun({ quick, results }: Run): boolean {
  return !quick && SUITES.every(suite => results.some(result => result.suite === suite))
}

/** Returns the document with each of its blocks replaced by that of this run. */
export function withFigures(document: string, run: Run, reportLink: string): string {
  return Object.entries(BLOCKS).reduce((text, [name, linesOf]) => {
    const [begin, end] = [`<!-- measured ${name} -->`, `<!-- end of ${name} -->`]
    const from = text.indexOf(begin)
    const to = text.indexOf(end)
    if (from === -1 || to < from) return text
    const lines = linesOf(run, reportLink).join('\n')
    return `${text.slice(0, from + begin.length)}\n${lines}\n${text.slice(to)}`
  }, document)
}

function ratiosOfSuite(run: Run, suite: Suite): NamedRatio[] {
  return ratiosOfRun(run).filter(({ result }) => result.suite === suite)
}

function machineBlock(run: Run, reportLink: string): string[] {
  return [
    `Measured on ${run.date.slice(0, 10)}; the [report](${reportLink}) has the absolute figures.`,
    `Machine: ${machineText(run)}.`,
    loadText(run),
  ]
}

type SummaryRow = {
  readonly workload: string
  readonly unit: string
  readonly better: 'more' | 'less'
  readonly label?: string
}

const SUMMARY_COLUMNS = ['nginx', 'Bun', 'node:http', 'sirv', 'serve'] as const

/** sirv's command is another package than its library. Only start-up measures the command. */
const COLUMN_OF: Readonly<Record<string, string>> = { 'sirv-cli': 'sirv' }

const SUMMARY_ROWS: readonly SummaryRow[] = [
  { workload: '1 KiB file, 64 connections', unit: 'requests/s', better: 'more' },
  {
    workload: 'wide: 20 000 files of 2 to 14 KiB at random',
    unit: 'requests/s',
    better: 'more',
    label: '20 000 files of 2 to 14 KiB at random, requests/s',
  },
  {
    workload: 'missing: 404, each path another',
    unit: 'requests/s',
    better: 'more',
    label: '404, each path another, requests/s',
  },
  {
    workload: 'closing: 1 KiB file, Connection: close',
    unit: 'requests/s',
    better: 'more',
    label: '1 KiB file, connection closed, requests/s',
  },
  { workload: '16 KiB file, 64 connections', unit: 'requests/s', better: 'more' },
  { workload: '1 MiB file, 16 connections', unit: 'requests/s', better: 'more' },
  { workload: '100 MiB file, 4 connections', unit: 'MB/s', better: 'more' },
  {
    workload: '1 KiB file, half of the maximum rate of nginx',
    unit: 'p99 µs',
    better: 'less',
    label: 'p99 latency at half of the maximum rate of nginx',
  },
  {
    workload: 'Start-up',
    unit: 'ms to the first response',
    better: 'less',
    label: 'time from start to the first response',
  },
  {
    workload: '8000 idle connections',
    unit: 'KiB resident/connection',
    better: 'less',
    label: 'memory of an idle connection',
  },
]

/**
 * The few ratios that a user chooses a server by: medians only, a column for each other server.
 * Workloads that the run does not have are left out.
 */
function summaryBlock(run: Run): string[] {
  const ratios = ratiosOfRun(run)
  const measured = SUMMARY_ROWS.filter(({ workload, unit }) =>
    ratios.some(({ result }) => result.workload === workload && result.unit === unit),
  )
  return [
    'The figure of statewire divided by that of each other server. Empty cells were not measured.',
    '',
    ...markdownTable(
      ['statewire divided by', 'better', ...SUMMARY_COLUMNS],
      measured.map(row => [
        row.label ?? `${row.workload}, ${row.unit}`,
        row.better,
        ...SUMMARY_COLUMNS.map(column => cell(ratios, row, column)),
      ]),
    ),
    '',
    `Measured on ${run.date.slice(0, 10)} on`,
    `${machineText(run)}.`,
    'All ratios, and the reasons: [docs/performance.md](docs/performance.md).',
  ]
}

function cell(
  ratios: readonly NamedRatio[],
  { workload, unit }: SummaryRow,
  column: string,
): string {
  const found = ratios.find(
    ({ result, ratio }) =>
      result.workload === workload &&
      result.unit === unit &&
      (COLUMN_OF[ratio.denominator] ?? ratio.denominator) === column,
  )
  return found === undefined ? '' : times(medianOf(found.ratio.values))
}
