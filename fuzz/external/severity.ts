/** How bad a finding is, the worst first. */
export const SEVERITIES = ['fatal', 'desync', 'wrong', 'ambiguity', 'leniency'] as const
export type Severity = (typeof SEVERITIES)[number]

export const SEVERITY_DESCRIPTIONS: Readonly<Record<Severity, string>> = {
  fatal: 'the server is gone or answers nobody',
  desync: 'bytes of one message were taken for another',
  wrong: 'an answer is wrong, missing, or a server error',
  ambiguity: 'a malformed message was read',
  leniency:
    'a message was read, or an answer given, as the RFC allows and two servers in a row may differ on',
}

/** What is wrong with one observation. */
export type Verdict = {
  /** Names the finding; there is one of each kind. */
  readonly kind: string
  readonly severity: Severity
  /** What happened. */
  readonly happened: string
  readonly rfc: string
  /** A kind that says no more than this one, and is not told after it. */
  readonly covers?: string
}

/** The gravest; of equals, the first. */
export function mostSevere<V extends Verdict>(verdicts: readonly V[]): V | undefined {
  return verdicts.toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  )[0]
}
