import type { Contender } from './contender.ts'
import { cell, details, escaped, list, tableRow } from './markdown.ts'
import type { Group, RowResult, Verdict } from './row.ts'
import { setUps } from './set-ups.ts'

/** An installed contender, with a result for each row of the groups, in their order. */
export type ContenderReport = {
  readonly contender: Contender
  readonly version: string
  readonly results: readonly RowResult[]
}

export type RunConditions = {
  readonly date: Date
  readonly processor: string
  readonly node: string
  readonly system: string
  readonly command: string
  /** Contenders that are not installed. */
  readonly missing: readonly Contender[]
}

const MARKS: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✗', none: '–' }

/** Writes docs/comparison.md. */
export function comparisonMarkdown(
  reports: readonly ContenderReport[],
  groups: readonly Group[],
  conditions: RunConditions,
): string {
  let row = 0
  const sections = groups.map(group => {
    const from = row
    row += group.rows.length
    return groupSection(
      group,
      reports.map(one => ({ ...one, results: one.results.slice(from, row) })),
    )
  })
  return [
    introduction(reports, row, conditions),
    ...sections,
    totals(reports, groups),
    '## Set-ups\n',
    'For each group of rows, each server is started with those of its flags and settings that give the',
    'best result. `site` and 8080 stand for the temporary folder and port of the run.\n',
    ...reports.map(({ contender, version }) => setUps(contender, version)),
  ].join('\n')
}

function introduction(
  reports: readonly ContenderReport[],
  rows: number,
  conditions: RunConditions,
): string {
  const { date, processor, node, system, command, missing } = conditions
  const names = reports.map(({ contender, version }) => `${contender.name} ${version}`)
  const absent = missing.map(
    ({ name, installCommand }) =>
      `${name} was not installed and is left out: \`${installCommand}\`.\n`,
  )
  return `# Comparison with other servers

This compares how servers of static files behave, in ${rows} rows. All of them serve the same temporary
folder on loopback. Each request is written to a raw socket as it is, because HTTP clients normalise
requests. The RFC or thread beside a row decides what passes; where the RFC allows several
responses, each of them passes. The rows are about files and what HTTP/1.1 says about them. TLS,
HTTP/2, limits, timeouts and speed are not compared.

\`${command}\` wrote this file on ${date.toISOString().slice(0, 10)}, with Node ${node} on ${system}, ${processor}.
The servers were ${list(names)}.
The [totals](#totals) and the [set-ups](#set-ups) are at the end.
${absent.length === 0 ? '' : `\n${absent.join('')}`}
${MARKS.pass} passes, ${MARKS.fail} does not pass, ${MARKS.none} the server does not offer it. The numbers refer to what was observed, below
each table.
`
}

function groupSection({ name, rows }: Group, reports: readonly ContenderReport[]): string {
  const notes: { readonly servers: Set<string>; readonly text: string }[] = []
  const body = rows.map(({ title, reference }, i) => {
    const cells = reports.map(({ contender, results }) => {
      const { verdict, observed } = results[i]!
      return verdict === 'pass'
        ? MARKS.pass
        : `${MARKS[verdict]}<sup>${noteNumber(contender.name, noteText(verdict, title, observed))}</sup>`
    })
    return tableRow([cell(title), referenceLink(reference), ...cells])
  })
  return [
    `## ${name}\n`,
    tableRow([
      'expected behaviour',
      'reference',
      ...reports.map(({ contender }) => contender.name),
    ]),
    tableRow(['---', '---', ...reports.map(() => ':-:')]),
    ...body,
    '',
    ...(notes.length === 0
      ? []
      : [
          details(
            'Observed',
            notes.map(
              ({ servers, text }, i) => `${i + 1}. **${[...servers].join(', ')}**: ${text}`,
            ),
          ),
        ]),
  ].join('\n')

  /** Servers with the same note share its number. */
  function noteNumber(server: string, text: string): number {
    const existing = notes.findIndex(note => note.text === text)
    notes[existing]?.servers.add(server)
    return existing === -1 ? notes.push({ servers: new Set([server]), text }) : existing + 1
  }
}

/** A feature that is not offered has the same note in all rows of a table. */
function noteText(verdict: Verdict, title: string, observed: string): string {
  return verdict === 'none' ? escaped(observed) : `${title} — ${escaped(observed)}`
}

function totals(reports: readonly ContenderReport[], groups: readonly Group[]): string {
  let from = 0
  const perGroup = groups.map(({ name, rows }) => {
    const cells = reports.map(({ results }) =>
      count(results.slice(from, from + rows.length), 'pass'),
    )
    from += rows.length
    return tableRow([name, `${rows.length}`, ...cells.map(String)])
  })
  const sum = (verdict: Verdict): string[] =>
    reports.map(({ results }) => `${count(results, verdict)}`)
  return [
    '## Totals\n',
    'Rows that passed:\n',
    tableRow([
      '',
      'rows',
      ...reports.map(({ contender, version }) => `${contender.name} ${version}`),
    ]),
    tableRow(['---', '--:', ...reports.map(() => '--:')]),
    ...perGroup,
    tableRow(['**all**', `**${from}**`, ...sum('pass').map(total => `**${total}**`)]),
    tableRow([`${MARKS.fail} does not pass`, '', ...sum('fail')]),
    tableRow([`${MARKS.none} not offered`, '', ...sum('none')]),
    '',
  ].join('\n')
}

function count(results: readonly RowResult[], verdict: Verdict): number {
  return results.filter(result => result.verdict === verdict).length
}

/** Links to the section of an RFC, a thread or an advisory; returns other references unchanged. */
export function referenceLink(reference: string): string {
  const [, rfc, section] = /^RFC (\d+) §([\d.]+)$/.exec(reference) ?? []
  if (rfc !== undefined)
    return `[${reference}](https://www.rfc-editor.org/rfc/rfc${rfc}.html#section-${section})`
  const [, repository, thread] = /^([\w-]+\/[\w.-]+)#(\d+)$/.exec(reference) ?? []
  if (repository !== undefined)
    return `[${reference}](https://github.com/${repository}/issues/${thread})`
  const [, anchor] = /^Fetch (\S+)$/.exec(reference) ?? []
  if (anchor !== undefined) return `[Fetch](https://fetch.spec.whatwg.org/#${anchor})`
  if (reference.startsWith('CVE-'))
    return `[${reference}](https://www.cve.org/CVERecord?id=${reference})`
  return reference
}
