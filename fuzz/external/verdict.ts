/** How bad a finding is, the worst first. */
export const GRAVITIES = ['fatal', 'desync', 'wrong', 'ambiguity', 'leniency'] as const
export type Gravity = (typeof GRAVITIES)[number]

export const GRAVITY_SAYS: Readonly<Record<Gravity, string>> = {
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
  readonly gravity: Gravity
  /** What happened. */
  readonly happened: string
  readonly rfc: string
  /** A kind that says no more than this one, and is not told after it. */
  readonly covers?: string
}

/** The gravest; of equals, the first. */
export function gravest<V extends Verdict>(verdicts: readonly V[]): V | undefined {
  return verdicts.toSorted((a, b) => GRAVITIES.indexOf(a.gravity) - GRAVITIES.indexOf(b.gravity))[0]
}
