import type { Search } from './command-line.ts'
import { clock, count, duration, many, perSecond } from './figures.ts'
import { ALL_EDGES } from './step.ts'
import type { WorkerGroup } from './worker-group.ts'

const COLUMNS = 100
const INDENT = 10

/** What it takes to have a search again, for when it ends without a word. */
export function headline({ properties, workers, seed }: Search): string {
  return `${many(properties.length, 'property')}, ${many(workers, 'worker')}, seed ${seed}`
}

/** Where a search stands, in one line. `ms` is how long it has been running. */
export function liveLine(search: Search, crew: WorkerGroup, ms: number): string {
  const runs = totalRuns(search, crew)
  const left = Number.isFinite(search.ms)
    ? clock(Math.max(search.ms - ms, 0))
    : count(search.runs - runs)
  return [
    `${count(runs)} runs`,
    `${perSecond(runs, ms)}/s`,
    `edges ${crew.corpus.edgesReached}/${ALL_EDGES.length}`,
    `corpus ${count(crew.corpus.wires.length)}`,
    `${left} left`,
    crew.currentProperties.join(', '),
  ].join('  ')
}

/** What a search has done, when it is over. */
export function summary(search: Search, crew: WorkerGroup, ms: number): string {
  const broken = crew.failures.map(({ property }) => property)
  const rows = search.properties.map((property, index) => [
    property,
    count(crew.runsOf(index)),
    perSecond(crew.runsOf(index), crew.msOf(index)),
    broken.includes(property) ? 'broken' : '',
  ])
  const runs = totalRuns(search, crew)
  const { corpus } = crew
  return [
    '',
    ...table([['property', 'runs', 'per s', ''], ...rows]),
    '',
    ...search.properties.flatMap(property => tallyText(crew.tallyOf(property))),
    ...wrapped('  edges   ', edgesText(corpus.edgesReached, corpus.edgesMissing)),
    `  corpus  ${many(corpus.wires.length, 'input')}`,
    `  in all  ${many(runs, 'run')} in ${duration(ms)}, ${many(search.workers, 'worker')}, seed ${search.seed}`,
    '',
    broken.length === 0
      ? 'No property is broken.'
      : `${many(broken.length, 'property')} broken: ${broken.join(', ')}.`,
  ].join('\n')
}

function totalRuns({ properties }: Search, crew: WorkerGroup): number {
  return properties.reduce((sum, _, index) => sum + crew.runsOf(index), 0)
}

/** Under each heading its keys, the most frequent first. */
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

/** The first column to the left, the figures to the right. */
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
