import type { Summary } from './campaign.ts'
import type { Finding } from './finding.ts'
import { PROBES } from './probes/index.ts'
import { SEVERITIES, SEVERITY_DESCRIPTIONS, type Severity } from './severity.ts'

/** A peer, and what was found in it. */
export type Surveyed = Summary & {
  readonly name: string
  readonly version: string
  /** Whether node:http reads its requests. */
  readonly usesNode: boolean
}

export type Circumstances = { readonly date: Date; readonly time: string; readonly seed: number }

/** What is shown first, with lines that show it again; all else is folded where there is much of it. */
const GRAVE: readonly Severity[] = ['fatal', 'desync', 'wrong']
const FOLDED_MIN = 6

/** What is about how requests are read, and not about what is done with them. */
const READING = ['framing', 'order', 'interim', 'chunking', 'last']

export function probeTable(): string {
  const rows = PROBES.map(({ name, sentence }) => `| ${name} | ${sentence} |\n`)
  return `| probe | what must hold |\n|---|---|\n${rows.join('')}`
}

export function severityTable(): string {
  const rows = SEVERITIES.map(severity => `| ${severity} | ${SEVERITY_DESCRIPTIONS[severity]} |\n`)
  return `| severity | what it means |\n|---|---|\n${rows.join('')}`
}

/** Tables for each peer, and for what is node:http's own in those that run on it. */
export function surveyMarkdown(
  surveyed: readonly Surveyed[],
  { date, time, seed }: Circumstances,
): string {
  const onNode = surveyed.filter(({ usesNode }) => usesNode)
  const isOfReading = ({ probe }: Finding): boolean => READING.includes(probe)
  const ofNode = onNode.flatMap(({ findings }) => findings).filter(isOfReading)
  const own = surveyed.map(({ usesNode, ...one }) => ({
    ...one,
    findings: one.findings.filter(finding => !usesNode || !isOfReading(finding)),
  }))
  const names = onNode.map(({ name }) => name).join(', ')
  return [
    `Made by \`node dist/fuzz/external/survey.js --time ${time} --seed ${seed}\` on ${date.toISOString().slice(0, 10)} with Node ${process.versions.node}.\n`,
    ...own.map(({ name, version, findings, attempts, connections }) =>
      section(`${name} ${version}`, `${attempts} attempts, ${connections} connections.`, findings),
    ),
    section(
      `node:http of Node ${process.versions.node}`,
      `How requests are read, and answers lined up, in ${names}; each finding once, as it was in the first of them to show it.`,
      ofNode.filter(({ kind }, i) => i === ofNode.findIndex(other => other.kind === kind)),
    ),
    '',
  ].join('\n')
}

function section(title: string, circumstances: string, findings: readonly Finding[]): string {
  const sorted = findings.toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  )
  const rest = sorted.findIndex(({ severity }) => !GRAVE.includes(severity))
  const count = rest === -1 ? sorted.length : rest
  const parts = [
    `### ${title}\n\n${circumstances}\n`,
    ...(count === 0 ? [] : [table(sorted.slice(0, count), 1), lines(sorted.slice(0, count))]),
    ...(count === sorted.length ? [] : [folded(sorted.slice(count), count + 1)]),
  ]
  return parts.join('\n')
}

function table(findings: readonly Finding[], first: number): string {
  const rows = findings.map(
    ({ severity, kind, happened, rfc, seed, atMs }, i) =>
      `| ${first + i} | ${severity} | ${cell(kind)} | ${cell(happened)} | ${rfc} | ${seed ?? 'any'} | ${(atMs / 1000).toFixed(1)} s |\n`,
  )
  return `| | severity | finding | what happened | where it stands | seed | after |\n|---|---|---|---|---|---|---|\n${rows.join('')}`
}

function lines(findings: readonly Finding[]): string {
  return `\`\`\`sh\n${findings.map(({ reproduce }, i) => `# ${i + 1}\n${reproduce}\n`).join('')}\`\`\`\n`
}

function folded(findings: readonly Finding[], first: number): string {
  if (findings.length < FOLDED_MIN) return table(findings, first)
  const counts = SEVERITIES.map(severity => [
    severity,
    findings.filter(one => one.severity === severity).length,
  ])
  const summary = counts
    .filter(([, count]) => count !== 0)
    .map(([severity, count]) => `${severity}: ${count}`)
  return `<details><summary>${summary.join(', ')}</summary>\n\n${table(findings, first)}\n</details>\n`
}

function cell(text: string): string {
  return text.replace(/[|\\`<*_]/g, char => `\\${char}`)
}
