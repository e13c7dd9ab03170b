import { type Difference, exceedsNoise } from './compare-runs.ts'
import {
  extrasOf,
  type NamedRatio,
  ranked,
  ratiosOfRun,
  roundsOf,
  SUITE_TITLES,
  SUITES,
  sectionsOf,
  withVersion,
} from './layout.ts'
import { figure, percentage, timesWithSpread } from './numbers.ts'
import type { Result } from './result.ts'
import { directionOf, type Run } from './run.ts'
import { summarise } from './statistics.ts'

/** The report as GitHub's Markdown. */
export function toMarkdown(run: Run, differences: readonly Difference[] = []): string {
  const lines = [
    `# Benchmarks, ${run.date.slice(0, 10)}`,
    '',
    `${machineText(run)}.`,
    loadText(run),
    ...(run.quick ? ['A quick run: fewer and shorter rounds of the main workloads.'] : []),
    '',
    'Figures are medians of the rounds, with the lowest and the highest. Ratios are computed round by',
    'round, from contenders that ran in alternation.',
    '',
  ]
  const ratios = ratiosOfRun(run)
  if (ratios.length > 0) lines.push('## Ratios', '', ...ratioTable(ratios), '')
  for (const suite of SUITES) {
    const sections = sectionsOf(run, suite)
    if (sections.length === 0) continue
    lines.push(`## ${SUITE_TITLES[suite]}`, '')
    for (const { title, workloads } of sections) {
      if (title !== undefined) lines.push(`### ${escaped(title)}`, '')
      for (const { workload, results } of workloads) {
        lines.push(`${title === undefined ? '###' : '####'} ${escaped(workload)}`, '')
        lines.push(...workloadTables(results))
      }
    }
  }
  if (differences.length > 0)
    lines.push('## Compared with the earlier run', '', ...differenceSummary(differences), '')
  if (run.omissions.length > 0)
    lines.push(
      '## Left out',
      '',
      ...run.omissions.map(({ name, reason }) => `- **${escaped(name)}**: ${escaped(reason)}`),
      '',
    )
  return lines.join('\n')
}

/** The machine and the commit, without a full stop. */
export function machineText({ machine }: Run): string {
  const { processor, cores, memoryGiB, system, node, commit } = machine
  return [
    ...[escaped(processor), `${cores} cores`, `${memoryGiB} GiB`, escaped(system)],
    ...[`Node ${escaped(node)}`, ...(commit === undefined ? [] : [`commit ${escaped(commit)}`])],
  ].join(', ')
}

/** The load average of the machine. */
export function loadText({ machine }: Run): string {
  return `Load average ${machine.loadBefore} before and ${machine.loadAfter} after the run.`
}

export function ratioTable(ratios: readonly NamedRatio[]): string[] {
  return markdownTable(
    ['workload, unit', 'ratio', 'median (lowest–highest)', 'better'],
    ratios.map(({ result, ratio }) => [
      `${result.workload}, ${result.unit}`,
      `${ratio.numerator} / ${ratio.denominator}`,
      timesWithSpread(summarise(ratio.values)),
      directionOf(result, ratio) === 'more' ? 'higher' : 'lower',
    ]),
  )
}

/** The differences that exceed the noise, and the number of those that do not. */
export function differenceSummary(differences: readonly Difference[]): string[] {
  const significant = differences.filter(exceedsNoise)
  const others = differences.length - significant.length
  return [
    ...(significant.length === 0
      ? ['No difference exceeds the noise.']
      : differenceTable(significant)),
    '',
    `${others} of ${differences.length} differences are within the noise, or have too few rounds.`,
  ]
}

function differenceTable(differences: readonly Difference[]): string[] {
  return markdownTable(
    ['workload, unit', 'contender or ratio', 'before', 'after', 'change', ''],
    differences.map(one => [
      `${one.workload}, ${one.unit}`,
      one.name,
      figure(one.before),
      figure(one.after),
      percentage(one),
      one.verdict,
    ]),
  )
}

/** A table for each result of a workload, and their note once. */
function workloadTables(results: readonly Result[]): string[] {
  const notes = new Set(results.flatMap(({ note }) => (note === undefined ? [] : [escaped(note)])))
  return [
    ...results.flatMap(result => [...resultTable(result), '']),
    ...[...notes].flatMap(note => [note, '']),
  ]
}

function resultTable(result: Result): string[] {
  const extras = extrasOf(result)
  const rows = ranked(result).map(({ name, version, samples, extra }) => {
    const { median, least, most } = summarise(samples)
    return [
      withVersion(name, version),
      figure(median),
      `${figure(least)}–${figure(most)}`,
      ...extras.map(key => (extra?.[key] === undefined ? '' : figure(extra[key]))),
    ]
  })
  return markdownTable([`${roundsOf(result)} rounds`, result.unit, 'spread', ...extras], rows)
}

export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)]
}

/** Escapes text from files and programs, so that it can neither end a cell nor become markup. */
function escaped(plain: string): string {
  return plain.replace(/[\\`*_|<>[\]]/g, '\\$&').replace(/\s+/g, ' ')
}
