import type { Address } from './conversation.ts'
import { excerpt } from './excerpt.ts'
import type { Observation } from './observation.ts'
import type { ProbeVerdict } from './probes/index.ts'
import { reproduction } from './reproduction.ts'
import type { Verdict } from './severity.ts'

/** A verdict as it is reported, with the smallest attempt that reproduces it. */
export type Finding = Omit<Verdict, 'covers'> & {
  readonly probe: string
  readonly sentence: string
  /** The statuses of the responses, and how the connection ended. */
  readonly responses: string
  /** A shell command that sends the attempt. */
  readonly reproduce: string
  /** The bytes that were sent, as Latin-1. */
  readonly bytes: string
  /** The seed of the random input; absent for an attempt from a table. */
  readonly seed?: number
  /** When it was found, in milliseconds from the start. */
  readonly atMs: number
}

export function findingOf(
  { name, sentence, subsumes, ...verdict }: ProbeVerdict,
  { attempt, responses, rest, ending }: Observation,
  address: Address,
): Omit<Finding, 'seed' | 'atMs'> {
  const received = [
    ...responses.map(({ status }) => String(status)),
    ...(rest.length > 0 ? [excerpt(rest)] : []),
  ]
  return {
    ...verdict,
    probe: name,
    sentence,
    responses: `${received.join(', ') || 'nothing'}, then ${ending}`,
    reproduce: reproduction(attempt, address),
    bytes: attempt.bytes.toString('latin1'),
  }
}
