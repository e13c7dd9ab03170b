import type { IntervalHistogram } from 'node:perf_hooks'

/** More than the largest status, and more than the largest endpoint. */
const STATUSES = 1000
const ENDPOINTS = 16
/** How often the delay of the event loop is measured. */
export const LOOP_RESOLUTION_MS = 20

/** The upper ends of the ranges of durations. The last range has none. */
export const DURATIONS_MS: readonly number[] = [1, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 60_000]

/** What a server of this process holds now. */
export type Gauges = {
  readonly connections: number
  readonly cacheEntries: number
  readonly cacheBytes: number
  readonly fileBytes: number
  readonly compressing: number
  readonly waitingToCompress: number
}

/**
 * The counts of this process, over all servers that it has had. Counting a cached response is six
 * additions; formatting is left to `snapshotOf()`.
 */
export class Metrics {
  readonly #responses = new Float64Array(STATUSES * ENDPOINTS)
  /** By range of DURATIONS_MS. */
  readonly durations: Float64Array = new Float64Array(DURATIONS_MS.length + 1)
  durationSumMs = 0
  requestBytes = 0
  responseBytes = 0
  cacheHits = 0
  readonly closed: Map<string, number> = new Map()
  readonly refused: Map<string, number> = new Map()
  /** The servers that have connections: after a reload, the one before it too. */
  readonly servers: Map<object, () => Gauges> = new Map()
  /** The labels of endpoints, by number. */
  readonly endpointNames: readonly string[]
  readonly cachedEndpoint: number
  readonly loopDelay: IntervalHistogram

  /** `cachedName` is the endpoint whose responses are cached. */
  constructor(endpointNames: readonly string[], cachedName: string) {
    this.endpointNames = endpointNames
    this.cachedEndpoint = endpointNames.indexOf(cachedName)
    // Loading it takes 2 ms, which servers without metrics save.
    const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks')
    this.loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
    this.loopDelay.enable()
  }

  countCached(status: number, bytesIn: number, bytesOut: number): void {
    this.#responses[status * ENDPOINTS + this.cachedEndpoint]!++
    this.durations[0]!++
    this.requestBytes += bytesIn
    this.responseBytes += bytesOut
    this.cacheHits++
  }

  /** `endpoint` is 0 if the request was refused before it had one. */
  count(
    endpoint: number,
    status: number,
    bytesIn: number,
    bytesOut: number,
    durationMs: number,
  ): void {
    this.#responses[status * ENDPOINTS + endpoint]!++
    let range = 0
    while (range < DURATIONS_MS.length && durationMs > DURATIONS_MS[range]!) range++
    this.durations[range]!++
    this.durationSumMs += durationMs
    this.requestBytes += bytesIn
    this.responseBytes += bytesOut
  }

  /** The counts above 0. */
  *responses(): Generator<readonly [status: number, endpoint: number, count: number]> {
    for (const [at, count] of this.#responses.entries())
      if (count > 0) yield [Math.floor(at / ENDPOINTS), at % ENDPOINTS, count]
  }
}

/** Adds 1 to the count of a name. */
export function countIn(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
