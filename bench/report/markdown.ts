import { type Difference, exceedsNoise } from './against.ts'
import {
  boundText,
  extrasOf,
  isAsked,
  type NamedRatio,
  PARTS,
  ranked,
  ratiosOfRun,
  roundsOf,
  VERDICTS,
  withVersion,
  worksOf,
} from './layout.ts'
import { figure, percentage, timesWithSpread } from './numbers.ts'
import type { Part, Result } from './result.ts'
import { type Run, verdictOf } from './run.ts'
import { summarise } from './statistics.ts'

/** The report for reading beside the code: GitHub's Markdown. */
export function toMarkdown(run: Run, differences: readonly Difference[] = []): string {
  const lines = [
    `# Benchmarks, ${run.date.slice(0, 10)}`,
    '',
    machineLine(run),
    '',
    'Figures are medians of rounds, with the least and the most; ratios are taken round by round, both sides in turns.',
    '',
  ]
  const ratios = ratiosOfRun(run)
  const asked = ratios.filter(isAsked)
  const others = ratios.filter(one => !isAsked(one))
  if (asked.length > 0) lines.push('## Ratios', '', ...ratioTable(asked), '')
  if (others.length > 0)
    lines.push('Beside others, of whom nothing was asked:', '', ...ratioTable(others), '')
  for (const part of Object.keys(PARTS) as Part[]) {
    const works = worksOf(run, part)
    if (works.length === 0) continue
    lines.push(`## ${PARTS[part]}`, '')
    for (const { work, results } of works) {
      lines.push(`### ${text(work)}`, '')
      for (const result of results) lines.push(...resultTable(result), '')
    }
  }
  if (differences.length > 0)
    lines.push('## Against the run before', '', ...toldDifferences(differences), '')
  if (run.omissions.length > 0)
    lines.push(
      '## Left out',
      '',
      ...run.omissions.map(({ name, why }) => `- **${text(name)}**: ${text(why)}`),
      '',
    )
  return lines.join('\n')
}

/** On what, and under what load, it was measured. */
export function machineLine({ machine, quick }: Run): string {
  const { processor, cores, memoryGiB, system, node, commit, loadBefore, loadAfter } = machine
  return (
    `${text(processor)}, ${cores} cores, ${memoryGiB} GiB, ${text(system)}, Node ${text(node)}${commit === undefined ? '' : `, commit ${text(commit)}`}. ` +
    `Load of the machine ${loadBefore} before and ${loadAfter} after.` +
    (quick ? ' A quick run: fewer and shorter rounds, main rows only.' : '')
  )
}

export function ratioTable(ratios: readonly NamedRatio[]): string[] {
  return table(
    ['work', 'of', 'measured', 'must', 'reach for', ''],
    ratios.map(({ result, ratio }) => [
      `${result.work}, ${result.unit}`,
      `${ratio.of} / ${ratio.to}`,
      timesWithSpread(summarise(ratio.values)),
      boundText(result, ratio, ratio.must),
      boundText(result, ratio, ratio.reach),
      VERDICTS[verdictOf(result, ratio)],
    ]),
  )
}

/** Those that exceed the noise, and how many do not. */
export function toldDifferences(differences: readonly Difference[]): string[] {
  const told = differences.filter(exceedsNoise)
  const others = differences.length - told.length
  return [
    ...(told.length === 0 ? ['No difference exceeds the noise.'] : differenceTable(told)),
    '',
    `${others} of ${differences.length} differences lie within the noise, or are of too few rounds to tell.`,
  ]
}

function differenceTable(differences: readonly Difference[]): string[] {
  return table(
    ['work', 'what', 'before', 'after', 'change', ''],
    differences.map(one => [
      `${one.work}, ${one.unit}`,
      one.name,
      figure(one.before),
      figure(one.after),
      percentage(one),
      one.verdict,
    ]),
  )
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
  const note = result.note === undefined ? [] : ['', text(result.note)]
  return [...table([`${roundsOf(result)} rounds`, result.unit, 'spread', ...extras], rows), ...note]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(text).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)]
}

/** Names come from files and from other programs: they neither end a cell nor become markup. */
function text(plain: string): string {
  return plain.replace(/[\\`*_|<>[\]]/g, '\\$&').replace(/\s+/g, ' ')
}
