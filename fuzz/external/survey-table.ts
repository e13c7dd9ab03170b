import type { Summary } from './campaign.ts'
import type { Finding } from './finding.ts'
import { PROBES } from './probes/index.ts'
import { SEVERITIES, SEVERITY_DESCRIPTIONS, type Severity } from './severity.ts'

/** A peer and its findings. */
export type SurveyResult = Summary & {
  readonly name: string
  readonly version: string
  /** Whether it parses requests with node:http. */
  readonly usesNodeHttp: boolean
}

export type SurveyConditions = { readonly date: Date; readonly time: string; readonly seed: number }

/** These findings come first and with commands; the others are folded if there are many. */
const SEVERE: readonly Severity[] = ['fatal', 'desync', 'wrong']
const FOLDED_MIN = 6

/**
 * The probes that test the parsing of requests, which is the task of node:http, not of its users.
 */
const PARSING_PROBES = ['framing', 'order', 'interim', 'chunking', 'last']

/** Returns the Markdown table of the probes. */
export function probeTable(): string {
  const rows = PROBES.map(({ name, sentence }) => `| ${name} | ${sentence} |\n`)
  return `| probe | what must hold |\n|---|---|\n${rows.join('')}`
}

/** Returns the Markdown table of the severities. */
export function severityTable(): string {
  const rows = SEVERITIES.map(severity => `| ${severity} | ${SEVERITY_DESCRIPTIONS[severity]} |\n`)
  return `| severity | what it means |\n|---|---|\n${rows.join('')}`
}

/**
 * Returns a section for each peer, and one for the findings in node:http, which several peers use.
 */
export function surveyMarkdown(
  surveyed: readonly SurveyResult[],
  { date, time, seed }: SurveyConditions,
): string {
  const onNode = surveyed.filter(({ usesNodeHttp }) => usesNodeHttp)
  const isOfParsing = ({ probe }: Finding): boolean => PARSING_PROBES.includes(probe)
  const ofNode = onNode.flatMap(({ findings }) => findings).filter(isOfParsing)
  const own = surveyed.map(({ usesNodeHttp, ...result }) => ({
    ...result,
    findings: result.findings.filter(finding => !usesNodeHttp || !isOfParsing(finding)),
  }))
  const names = onNode.map(({ name }) => name).join(', ')
  return [
    `Made by \`node dist/fuzz/external/survey.js --time ${time} --seed ${seed}\` on ${date.toISOString().slice(0, 10)} with Node ${process.versions.node}.\n`,
    ...own.map(({ name, version, findings, attempts, connections }) =>
      section(`${name} ${version}`, `${attempts} attempts, ${connections} connections.`, findings),
    ),
    section(
      `node:http of Node ${process.versions.node}`,
      `The parsing of requests and the order of responses in ${names}.\nEach finding is listed once, from the first of them that showed it.`,
      ofNode.filter(({ kind }, i) => i === ofNode.findIndex(other => other.kind === kind)),
    ),
    '',
  ].join('\n')
}

function section(title: string, circumstances: string, findings: readonly Finding[]): string {
  const sorted = findings.toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  )
  const rest = sorted.findIndex(({ severity }) => !SEVERE.includes(severity))
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
    ({ severity, kind, detail, rfc, seed, atMs }, i) =>
      `| ${first + i} | ${severity} | ${cell(kind)} | ${cell(detail)} | ${rfc} | ${seed ?? 'any'} | ${(atMs / 1000).toFixed(1)} s |\n`,
  )
  return `| | severity | finding | what happened | reference | seed | found after |\n|---|---|---|---|---|---|---|\n${rows.join('')}`
}

function lines(findings: readonly Finding[]): string {
  return `\`\`\`sh\n${findings.map(({ reproduce }, i) => `# ${i + 1}\n${reproduce}\n`).join('')}\`\`\`\n`
}

function folded(findings: readonly Finding[], first: number): string {
  if (findings.length < FOLDED_MIN) return table(findings, first)
  const counts = SEVERITIES.map(severity => [
    severity,
    findings.filter(finding => finding.severity === severity).length,
  ])
  const summary = counts
    .filter(([, count]) => count !== 0)
    .map(([severity, count]) => `${severity}: ${count}`)
  return `<details><summary>${summary.join(', ')}</summary>\n\n${table(findings, first)}\n</details>\n`
}

function cell(text: string): string {
  return text.replace(/[|\\`<*_]/g, char => `\\${char}`)
}
