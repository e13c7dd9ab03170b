import type { Summary } from './campaign.ts'
import type { Finding } from './finding.ts'
import type { Options } from './options.ts'
import { SEVERITIES, SEVERITY_DESCRIPTIONS } from './severity.ts'
import type { Site } from './target-site.ts'

export function introduction(
  { url, seed, timeMs }: Options,
  { resources, distinct, file }: Site,
): string {
  const lines = [
    `${url.origin}, seed ${seed}, ${seconds(timeMs)} s`,
    `It has ${resources.length} steady answers, ${distinct.length} of them different${file === undefined ? '' : `; Range is tried on ${file.path}`}.`,
  ]
  if (distinct.length < 2)
    lines.push(
      'Answers cannot be told apart, and requests that are mixed up not be found: give --path.',
    )
  if (file === undefined)
    lines.push('There is no file of 16 bytes or more, and Range is not tried: give --path.')
  return `${lines.join('\n')}\n\n`
}

export function findingText(finding: Finding): string {
  const { severity, kind, happened, sentence, rfc, answers, reproduce } = finding
  return `${severity.toUpperCase()}  ${kind}
  ${sentence}
  ${happened} (${rfc})
  came: ${answers}
  ${reproduce}

`
}

export function summaryText({
  findings,
  attempts,
  connections,
  unsteady,
  isDead,
  tookMs,
}: Summary): string {
  const lines = [
    `${attempts} attempts, ${connections} connections, ${seconds(tookMs)} s: ${findings.length === 0 ? 'nothing found' : `${findings.length} found`}`,
    ...SEVERITIES.map(
      severity => [severity, findings.filter(one => one.severity === severity).length] as const,
    )
      .filter(([, count]) => count > 0)
      .map(
        ([severity, count]) =>
          `  ${String(count).padStart(3)} ${severity}: ${SEVERITY_DESCRIPTIONS[severity]}`,
      ),
    ...(unsteady.length === 0 ? [] : [`seen once and not again: ${unsteady.join('; ')}`]),
    ...(isDead
      ? ['The server is gone; its end is the last finding, and what was sent last is its line.']
      : []),
  ]
  return `${lines.join('\n')}\n`
}

export function json(
  { url, seed, timeMs }: Options,
  summary: Summary,
  isInterrupted: boolean,
): string {
  return `${JSON.stringify({ target: url.origin, seed, timeMs, isInterrupted, ...summary }, null, 2)}\n`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 1 : 0)
}
