import type { Summary } from './campaign.ts'
import type { Finding } from './finding.ts'
import { PROBES } from './probes/index.ts'
import { GRAVITIES, GRAVITY_SAYS, type Gravity } from './verdict.ts'

/** A peer, and what was found in it. */
export type Surveyed = Summary & {
  readonly name: string
  readonly version: string
  /** Whether node:http reads its requests. */
  readonly usesNode: boolean
}

export type Circumstances = { readonly date: Date; readonly time: string; readonly seed: number }

/** What has a line that shows it. */
const SHOWN: readonly Gravity[] = ['fatal', 'desync', 'wrong']

/** What is about how requests are read, and not about what is done with them. */
const READING = ['framing', 'order', 'chunking', 'last']

export function probeTable(): string {
  const rows = PROBES.map(({ name, sentence }) => `| ${name} | ${sentence} |\n`)
  return `| probe | what must hold |\n|---|---|\n${rows.join('')}`
}

export function gravityTable(): string {
  const rows = GRAVITIES.map(gravity => `| ${gravity} | ${GRAVITY_SAYS[gravity]} |\n`)
  return `| gravity | what it means |\n|---|---|\n${rows.join('')}`
}

/** A table for each peer, and one for what all that run on node:http have in common. */
export function surveyMarkdown(surveyed: readonly Surveyed[], { date, time, seed }: Circumstances): string {
  const onNode = surveyed.filter(({ usesNode }) => usesNode)
  const isOfNode = ({ kind, probe }: Finding): boolean =>
    READING.includes(probe) && onNode.every(({ findings }) => findings.some(other => other.kind === kind))
  const common = onNode[0]?.findings.filter(isOfNode) ?? []
  const own = surveyed.map(({ usesNode, ...one }) => ({
    ...one,
    findings: one.findings.filter(finding => !usesNode || !isOfNode(finding)),
  }))
  const names = onNode.map(({ name }) => name).join(', ')
  return [
    `Made by \`node dist/fuzz/external/survey.js --time ${time} --seed ${seed}\` on ${date.toISOString().slice(0, 10)} with Node ${process.versions.node}.\n`,
    ...own.map(({ name, version, findings, attempts, connections }) =>
      section(`${name} ${version}`, `${attempts} attempts, ${connections} connections.`, findings),
    ),
    section(
      `node:http of Node ${process.versions.node}`,
      `How requests are read in all of ${names}; the lines are for ${onNode[0]?.name}.`,
      common,
    ),
    '',
  ].join('\n')
}

function section(title: string, circumstances: string, findings: readonly Finding[]): string {
  const sorted = findings.toSorted((a, b) => GRAVITIES.indexOf(a.gravity) - GRAVITIES.indexOf(b.gravity))
  const rows = sorted.map(
    ({ gravity, kind, happened, rfc, seed, atMs }, i) =>
      `| ${i + 1} | ${gravity} | ${cell(kind)} | ${cell(happened)} | ${rfc} | ${seed ?? 'any'} | ${(atMs / 1000).toFixed(1)} s |`,
  )
  const lines = sorted.flatMap(({ reproduce, gravity }, i) =>
    SHOWN.includes(gravity) ? [`# ${i + 1}\n${reproduce}`] : [],
  )
  const block = lines.length === 0 ? '' : `\n\`\`\`sh\n${lines.join('\n')}\n\`\`\`\n`
  return `### ${title}

${circumstances}

| | gravity | finding | what happened | where it stands | seed | after |
|---|---|---|---|---|---|---|
${rows.join('\n')}
${block}`
}

function cell(text: string): string {
  return text.replace(/[|\\`<*_]/g, char => `\\${char}`)
}
