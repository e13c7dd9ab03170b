import type { Summary } from './campaign.ts'
import type { Finding } from './finding.ts'
import type { Options } from './options.ts'
import { SEVERITIES, SEVERITY_DESCRIPTIONS } from './severity.ts'
import type { Site } from './target-site.ts'

/** Returns the first lines of the output: the run's options and what is known of the server. */
export function introduction(
  { url, seed, timeMs }: Options,
  { resources, distinct, file }: Site,
): string {
  const lines = [
    `${url.origin}, seed ${seed}, ${seconds(timeMs)} s`,
    `${resources.length} targets with a stable response, ${distinct.length} of them different${file === undefined ? '' : `; Range is tried on ${file.path}`}.`,
  ]
  if (distinct.length < 2)
    lines.push('Fewer than two different responses, so mixed-up requests go unnoticed: add --path.')
  if (file === undefined)
    lines.push('No file of 16 bytes to 64 KiB, so Range is not tried: add --path.')
  return `${lines.join('\n')}\n\n`
}

/** Returns a finding as text. */
export function findingText(finding: Finding): string {
  const { severity, kind, detail, sentence, rfc, responses, reproduce } = finding
  return `${severity.toUpperCase()}  ${kind}
  ${sentence}
  ${detail} (${rfc})
  received: ${responses}
  ${reproduce}

`
}

/** Returns the summary as text. */
export function summaryText({
  findings,
  attempts,
  connections,
  unreproduced,
  isDead,
  tookMs,
}: Summary): string {
  const lines = [
    `${attempts} attempts, ${connections} connections, ${seconds(tookMs)} s: ${findings.length === 0 ? 'nothing found' : `${findings.length} found`}`,
    ...SEVERITIES.map(
      severity =>
        [severity, findings.filter(finding => finding.severity === severity).length] as const,
    )
      .filter(([, count]) => count > 0)
      .map(
        ([severity, count]) =>
          `  ${String(count).padStart(3)} ${severity}: ${SEVERITY_DESCRIPTIONS[severity]}`,
      ),
    ...(unreproduced.length === 0
      ? []
      : [`seen once and not reproduced: ${unreproduced.join('; ')}`]),
    ...(isDead
      ? ['The server is dead. The last finding is its death, with the attempt that was made last.']
      : []),
  ]
  return `${lines.join('\n')}\n`
}

/** Returns the summary as the document of `--json`. */
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
