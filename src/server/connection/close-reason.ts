/** Why connections end, each counted once, by what came first. */
export const CLOSE_REASONS = [
  /** The client finished between requests, or asked for the close. */
  'client-closed',
  /** The client vanished, or cut the connection. */
  'reset',
  /** The client finished within a request. */
  'cut-short',
  /** No next request within `idleTimeoutMs`. */
  'idle-timeout',
  /** No whole head within `headTimeoutMs`. */
  'head-timeout',
  'content-too-slow',
  'reader-too-slow',
  /** An endpoint had not begun its answer within `handlerTimeoutMs`. */
  'handler-timeout',
  /** What came is not a request, or over a limit. */
  'parse-error',
  /** A balancer did not say, as PROXY has it, for whom it was. */
  'proxy-refused',
  /** Content that nobody wanted was too much to read. */
  'content-unwanted',
  /** An endpoint failed, within its answer or before it. */
  'answer-failed',
  /** It has had all requests that `requestsMax` grants. */
  'requests-max',
  /** Told 503, as there were as many connections as may be. */
  'connections-max',
  /** Told 503, as there were as many of its address. */
  'connections-per-address-max',
  /** Over one of these two, with too many to tell. */
  'dropped',
  /** Closed in order as the server ends. */
  'drained',
  /** Cut off as the server ends. */
  'cut-off',
] as const

/**
 * Why a connection ended.
 *
 * @example
 * const end: ConnectionEnd = 'reader-too-slow'
 */
export type CloseReason = (typeof CLOSE_REASONS)[number]

/**
 * How many connections ended for each reason.
 *
 * @example
 * const server = await serve({ root: 'examples/site', port: 0 })
 * const { reset, 'reader-too-slow': tooSlow }: ConnectionEnds = server.connectionEnds
 * reset + tooSlow // => 0
 * await server.close()
 */
export type CloseCounts = Readonly<Record<CloseReason, number>>

/** Counts them, and tells of each. */
export class CloseReasonCounter {
  onClose: (end: CloseReason, remote: string) => void = () => {}
  readonly #counts = zeroCloseCounts()

  count(end: CloseReason, remote: string): void {
    this.#counts[end]++
    this.onClose(end, remote)
  }

  /** A copy, as of now. */
  get counts(): CloseCounts {
    return { ...this.#counts }
  }

  /** Those that there were, in words; empty: none. */
  toString(): string {
    return CLOSE_REASONS.filter(end => this.#counts[end] > 0)
      .map(end => `${this.#counts[end]} ${end}`)
      .join(', ')
  }
}

export function zeroCloseCounts(): Record<CloseReason, number> {
  return Object.fromEntries(CLOSE_REASONS.map(end => [end, 0])) as Record<CloseReason, number>
}
