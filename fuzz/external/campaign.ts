import * as fc from 'fast-check'
import type { Attempt } from './attempt.ts'
import type { Address } from './conversation.ts'
import { type Finding, findingOf } from './finding.ts'
import { type Observation, ServerObserver } from './observation.ts'
import { parseRequests } from './parsed-requests.ts'
import { checkAll, PROBES, type ProbeVerdict } from './probes/index.ts'
import { shrink } from './shrink.ts'
import { explore, type Site } from './target-site.ts'

export type CampaignOptions = {
  readonly address: Address
  /** The value of the Host field. */
  readonly host: string
  readonly seed: number
  readonly timeMs: number
  /** How long the server may take to respond or to close the connection. */
  readonly deadlineMs: number
  /** Targets to explore besides those that `/` links to. */
  readonly paths: readonly string[]
  readonly signal: AbortSignal
  readonly onStart?: (site: Site) => void
  readonly onFinding?: (finding: Finding) => void
  /** Starts a dead server again; without it, the campaign ends when the server dies. */
  readonly restart?: () => Promise<void>
}

/** The result of a campaign. */
export type Summary = {
  /** The findings, one of each kind. */
  readonly findings: readonly Finding[]
  readonly attempts: number
  readonly connections: number
  /** The kinds of findings that did not occur finalObservation when their attempt was repeated. */
  readonly unreproduced: readonly string[]
  /** Whether the server was dead at the end. */
  readonly isDead: boolean
  readonly tookMs: number
}

/** No server responds at the address. */
export class NoServerError extends Error {}

/**
 * The first time, an attempt waits only this many times as long as the slowest response took. A
 * finding is confirmed with the whole deadline.
 */
const QUICK_FACTOR = 8
const QUICK_MIN_MS = 250
const SHRINK_MS = 3000
const BATCH = 20

/**
 * Fuzzes a server: first with the tables of all probes, then with random inputs until the time is
 * up.
 *
 * @throws NoServerError if no server responds at the address
 */
export async function campaign(options: CampaignOptions): Promise<Summary> {
  const { address, host, paths, deadlineMs, signal } = options
  const start = performance.now()
  const site = await explore(address, host, paths, deadlineMs)
  if (site.resources.length === 0) throw new NoServerError()
  options.onStart?.(site)
  const observer = new ServerObserver(address, site, deadlineMs)
  const quickMs = Math.min(deadlineMs, Math.max(QUICK_MIN_MS, QUICK_FACTOR * site.slowestMs))
  const findings: Finding[] = []
  const known = new Set<string>()
  const unreproduced = new Set<string>()
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
    unreproduced: [...unreproduced],
    isDead,
    tookMs: elapsed(),
  }

  async function examine(attempt: Attempt): Promise<void> {
    attemptCount++
    const observation = await observe(attempt, quickMs)
    const verdict = checkAll(observation)
    if (isDead || verdict === undefined || isKnown(verdict.kind)) return
    const culprit = observation.attempt
    const confirmation = await observe(culprit, deadlineMs)
    if (checkAll(confirmation)?.kind !== verdict.kind) return void unreproduced.add(verdict.kind)
    const smallest = culprit.isMinimal ? culprit : await shrunk(culprit, verdict.kind)
    const finalObservation =
      smallest === culprit ? confirmation : await observe(smallest, deadlineMs)
    known.add(verdict.kind)
    if (!isDead) report(checkAll(finalObservation) ?? verdict, finalObservation)
  }

  function report(verdict: ProbeVerdict, observation: Observation): void {
    known.add(verdict.kind)
    if (verdict.subsumes !== undefined) known.add(verdict.subsumes)
    const seed = isRandom ? { seed: options.seed } : {}
    const finding = {
      ...findingOf(verdict, observation, address),
      ...seed,
      atMs: Math.round(elapsed()),
    }
    if (findings.some(({ probe, bytes }) => probe === finding.probe && bytes === finding.bytes))
      return
    findings.push(finding)
    options.onFinding?.(finding)
  }

  /** Returns whether this kind was reported, or a more specific kind that begins with it. */
  function isKnown(kind: string): boolean {
    return known.has(kind) || [...known].some(other => other.startsWith(`${kind}: `))
  }

  function shrunk(attempt: Attempt, kind: string): Promise<Attempt> {
    const end = performance.now() + SHRINK_MS
    const { refusal, isTruncated } = parseRequests(attempt.bytes)
    const stillFails = async (candidate: Attempt): Promise<boolean> => {
      const parsed = parseRequests(candidate.bytes)
      const isAlike = parsed.refusal === refusal && parsed.isTruncated === isTruncated
      return isAlike && checkAll(await observe(candidate, quickMs))?.kind === kind
    }
    return shrink(attempt, stillFails, () => isDead || signal.aborted || performance.now() > end)
  }

  /** Makes an attempt. If the server is unhealthy, the observation has the attempt to blame. */
  async function observe(attempt: Attempt, silenceMs: number): Promise<Observation> {
    const observation = await observer.observe(attempt, silenceMs)
    // If the connection was refused, the attempt before killed the server.
    const culprit = observation.ending === 'refused' ? (previous ?? attempt) : attempt
    previous = attempt
    if (observation.health === 'alive') return observation
    const blamed = { ...observation, attempt: culprit }
    if (options.restart === undefined && !isDead) {
      isDead = true
      report(checkAll(blamed)!, blamed)
    }
    await options.restart?.()
    return blamed
  }
}

function sample(inputs: fc.Arbitrary<Attempt> | undefined, seed: number): Attempt[] {
  return inputs === undefined ? [] : fc.sample(inputs, { seed, numRuns: BATCH })
}
