import type { Search } from './command-line.ts'
import { clock, count, duration, many, perSecond } from './figures.ts'
import { ALL_EDGES } from './step.ts'
import type { WorkerGroup } from './worker-group.ts'

const COLUMNS = 100
const INDENT = 10

/** Returns what is needed to repeat a search; it is printed first, in case the run is killed. */
export function headline({ properties, workers, seed }: Search): string {
  return `${many(properties.length, 'property')}, ${many(workers, 'worker')}, seed ${seed}`
}

/** Returns the progress of a search in one line. `ms` is the time it has been running. */
export function liveLine(search: Search, group: WorkerGroup, ms: number): string {
  const runs = totalRuns(search, group)
  const left = Number.isFinite(search.ms)
    ? clock(Math.max(search.ms - ms, 0))
    : count(search.runs - runs)
  return [
    `${count(runs)} runs`,
    `${perSecond(runs, ms)}/s`,
    `edges ${group.corpus.edgesReached}/${ALL_EDGES.length}`,
    `corpus ${count(group.corpus.wires.length)}`,
    `${left} left`,
    group.currentProperties.join(', '),
  ].join('  ')
}

/** Returns the summary of a search that has ended. */
export function summary(search: Search, group: WorkerGroup, ms: number): string {
  const broken = group.failures.map(({ property }) => property)
  const rows = search.properties.map((property, index) => [
    property,
    count(group.runsOf(index)),
    perSecond(group.runsOf(index), group.msOf(index)),
    broken.includes(property) ? 'broken' : '',
  ])
  const runs = totalRuns(search, group)
  const { corpus } = group
  return [
    '',
    ...table([['property', 'runs', 'per s', ''], ...rows]),
    '',
    ...search.properties.flatMap(property => tallyText(group.tallyOf(property))),
    ...wrapped('  edges   ', edgesText(corpus.edgesReached, corpus.edgesMissing)),
    `  corpus  ${many(corpus.wires.length, 'input')}`,
    `  total   ${many(runs, 'run')} in ${duration(ms)}, ${many(search.workers, 'worker')}, seed ${search.seed}`,
    '',
    broken.length === 0
      ? 'No property is broken.'
      : `${many(broken.length, 'property')} broken: ${broken.join(', ')}.`,
  ].join('\n')
}

function totalRuns({ properties }: Search, group: WorkerGroup): number {
  return properties.reduce((sum, _, index) => sum + group.runsOf(index), 0)
}

/** Lists the counts of a tally under their headings, the highest first. */
function tallyText(tally: ReadonlyMap<string, number>): string[] {
  const entries = Array.from(
    tally,
    ([key, figure]) => [...key.split(': '), figure] as [string, string, number],
  )
  const headings = [...new Set(entries.map(([heading]) => heading))].sort()
  return headings.flatMap(heading => {
    const ofHeading = entries
      .filter(([other]) => other === heading)
      .sort(([, , a], [, , b]) => b - a)
    const figures = ofHeading.map(([, key, figure]) => `${key} ${count(figure)}`).join(', ')
    return [`  ${heading}`, ...wrapped(' '.repeat(INDENT), figures), '']
  })
}

function edgesText(reached: number, missing: readonly string[]): string {
  const all = `${reached} of ${ALL_EDGES.length}`
  if (reached === 0) return `${all}: no input went through the parser`
  return missing.length === 0 ? all : `${all}, all but ${missing.join(', ')}`
}

/** Aligns a table: the first and last columns to the left, the numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row => {
    const cells = row.map((cell, column) =>
      column === 1 || column === 2 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    )
    return `  ${cells.join('  ')}`.trimEnd()
  })
}

function wrapped(label: string, text: string): string[] {
  const lines = ['']
  for (const part of text.split(/(?<=,) /)) {
    const line = `${lines.at(-1)} ${part}`.trimStart()
    if (line.length <= COLUMNS - INDENT) lines[lines.length - 1] = line
    else lines.push(part)
  }
  return lines.map((line, index) => (index === 0 ? label : ' '.repeat(INDENT)) + line)
}
