import type { Address } from './conversation.ts'
import type { Observation } from './observation.ts'
import type { Judged } from './probes/index.ts'
import { reproduction } from './reproduction.ts'
import type { Verdict } from './severity.ts'
import { text } from './wire-text.ts'

/** Something found, with the smallest attempt that shows it. */
export type Finding = Omit<Verdict, 'covers'> & {
  readonly probe: string
  readonly sentence: string
  /** The statuses that came, and how the connection ended. */
  readonly answers: string
  readonly reproduce: string
  /** What was sent, as Latin-1. */
  readonly bytes: string
  /** The seed it took; none for what is tried with every seed. */
  readonly seed?: number
  /** When, in milliseconds from the start. */
  readonly atMs: number
}

export function findingOf(
  { name, sentence, covers, ...verdict }: Judged,
  { attempt, answers, rest, ending }: Observation,
  address: Address,
): Omit<Finding, 'seed' | 'atMs'> {
  const came = [
    ...answers.map(({ status }) => String(status)),
    ...(rest.length > 0 ? [text(rest)] : []),
  ]
  return {
    ...verdict,
    probe: name,
    sentence,
    answers: `${came.join(', ') || 'nothing'}, then ${ending}`,
    reproduce: reproduction(attempt, address),
    bytes: attempt.bytes.toString('latin1'),
  }
}
