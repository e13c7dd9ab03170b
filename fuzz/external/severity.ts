/** The severities of findings, the worst first. */
export const SEVERITIES = ['fatal', 'desync', 'wrong', 'ambiguity', 'leniency'] as const
export type Severity = (typeof SEVERITIES)[number]

export const SEVERITY_DESCRIPTIONS: Readonly<Record<Severity, string>> = {
  fatal: 'the server is dead or no longer responds',
  desync: 'bytes of one message were parsed as part of another',
  wrong: 'a response is wrong, missing, or a server error',
  ambiguity: 'a malformed message was accepted',
  leniency: 'the RFC allows the behaviour, but two servers in a row may differ in it',
}

/** What is wrong with one observation. */
export type Verdict = {
  /** The name of the finding; each kind is reported once. */
  readonly kind: string
  readonly severity: Severity
  /** What the server did. */
  readonly detail: string
  readonly rfc: string
  /** A more general kind, which is not reported after this one. */
  readonly subsumes?: string
}

/** Returns the most severe verdict, and the first of equals. */
export function mostSevere<V extends Verdict>(verdicts: readonly V[]): V | undefined {
  return verdicts.toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  )[0]
}
