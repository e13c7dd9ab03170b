import * as fc from 'fast-check'
import type { Attempt } from './attempt.ts'
import type { Address } from './conversation.ts'
import { expectedRequests } from './expected-requests.ts'
import { type Finding, findingOf } from './finding.ts'
import { type Observation, Observer } from './observation.ts'
import { type Judged, judge, PROBES } from './probes/index.ts'
import { shrink } from './shrink.ts'
import { explore, type Site } from './target-site.ts'

export type CampaignOptions = {
  readonly address: Address
  /** For the Host field. */
  readonly host: string
  readonly seed: number
  readonly timeMs: number
  /** How long a server may take to answer or close. */
  readonly deadlineMs: number
  /** Targets to know besides those that `/` links to. */
  readonly paths: readonly string[]
  readonly signal: AbortSignal
  readonly onStart?: (site: Site) => void
  readonly onFinding?: (finding: Finding) => void
  /** Starts the server again when it has ended; without, its end is the end of all. */
  readonly revive?: () => Promise<void>
}

export type Summary = {
  /** One of each kind. */
  readonly findings: readonly Finding[]
  readonly attempts: number
  readonly connections: number
  /** Kinds of things that were seen once and not again. */
  readonly unsteady: readonly string[]
  /** Whether the server was gone at the end. */
  readonly isDead: boolean
  readonly tookMs: number
}

/** Nothing answers at the address. */
export class NobodyThere extends Error {}

/** What was not there by this many times the slowest answer is looked at again with all the time that it may take. */
const GLANCE = 8
const GLANCE_MIN_MS = 250
const SHRINK_MS = 3000
const BATCH = 20

/** Fuzzes a server, first with the tables of all probes, then with what the seed gives, until time is up. */
export async function campaign(options: CampaignOptions): Promise<Summary> {
  const { address, host, paths, deadlineMs, signal } = options
  const start = performance.now()
  const site = await explore(address, host, paths, deadlineMs)
  if (site.resources.length === 0) throw new NobodyThere()
  options.onStart?.(site)
  const observer = new Observer(address, site, deadlineMs)
  const glanceMs = Math.min(deadlineMs, Math.max(GLANCE_MIN_MS, GLANCE * site.slowestMs))
  const findings: Finding[] = []
  const known = new Set<string>()
  const unsteady = new Set<string>()
  let attemptCount = 0
  let isDead = false
  let isRandom = false
  let previous: Attempt | undefined

  const elapsed = (): number => performance.now() - start
  const isOver = (): boolean => isDead || signal.aborted || elapsed() > options.timeMs
  const attempts = PROBES.flatMap(({ table }) => table?.(site) ?? [])
  for (const attempt of attempts.toSorted(
    (a, b) => Number(a.mayKill ?? 0) - Number(b.mayKill ?? 0),
  ))
    if (!isOver()) await examine(attempt)
  isRandom = true
  for (let round = 0; !isOver(); round++)
    for (const { inputs } of PROBES)
      for (const attempt of sample(inputs?.(site), options.seed + round))
        if (!isOver()) await examine(attempt)
  const { connections } = observer
  return {
    findings,
    attempts: attemptCount,
    connections,
    unsteady: [...unsteady],
    isDead,
    tookMs: elapsed(),
  }

  async function examine(attempt: Attempt): Promise<void> {
    attemptCount++
    const observation = await look(attempt, glanceMs)
    const found = judge(observation)
    if (isDead || found === undefined || isKnown(found.kind)) return
    const culprit = observation.attempt
    const seen = await look(culprit, deadlineMs)
    if (judge(seen)?.kind !== found.kind) return void unsteady.add(found.kind)
    const small = culprit.isSmallest ? culprit : await smaller(culprit, found.kind)
    const again = small === culprit ? seen : await look(small, deadlineMs)
    known.add(found.kind)
    if (!isDead) report(judge(again) ?? found, again)
  }

  function report(found: Judged, observation: Observation): void {
    known.add(found.kind)
    if (found.covers !== undefined) known.add(found.covers)
    const seeded = isRandom ? { seed: options.seed } : {}
    const finding = {
      ...findingOf(found, observation, address),
      ...seeded,
      atMs: Math.round(elapsed()),
    }
    if (findings.some(({ probe, bytes }) => probe === finding.probe && bytes === finding.bytes))
      return
    findings.push(finding)
    options.onFinding?.(finding)
  }

  /** Of a kind and of no other is what has the kind's name for the first part of its own. */
  function isKnown(kind: string): boolean {
    return known.has(kind) || [...known].some(one => one.startsWith(`${kind}: `))
  }

  function smaller(attempt: Attempt, kind: string): Promise<Attempt> {
    const end = performance.now() + SHRINK_MS
    const { refusal, isCut } = expectedRequests(attempt.bytes)
    const stillDoes = async (candidate: Attempt): Promise<boolean> => {
      const reading = expectedRequests(candidate.bytes)
      const isAlike = reading.refusal === refusal && reading.isCut === isCut
      return isAlike && judge(await look(candidate, glanceMs))?.kind === kind
    }
    return shrink(attempt, stillDoes, () => isDead || signal.aborted || performance.now() > end)
  }

  /** With the attempt that is to be blamed. */
  async function look(attempt: Attempt, silenceMs: number): Promise<Observation> {
    const observation = await observer.observe(attempt, silenceMs)
    // Where nobody was there to take it, what ended the server came before.
    const culprit = observation.ending === 'refused' ? (previous ?? attempt) : attempt
    previous = attempt
    if (observation.life === 'well') return observation
    const blamed = { ...observation, attempt: culprit }
    if (options.revive === undefined && !isDead) {
      isDead = true
      report(judge(blamed)!, blamed)
    }
    await options.revive?.()
    return blamed
  }
}

function sample(inputs: fc.Arbitrary<Attempt> | undefined, seed: number): Attempt[] {
  return inputs === undefined ? [] : fc.sample(inputs, { seed, numRuns: BATCH })
}
