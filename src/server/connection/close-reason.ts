/** Why connections close. Each is counted once, by what happened first. */
export const CLOSE_REASONS = [
  /** The client sent FIN between requests, or asked for the close. */
  'client-closed',
  /** The client vanished, or reset the connection. */
  'reset',
  /** The client sent FIN within a request. */
  'cut-short',
  /** No next request within `idleTimeoutMs`. */
  'idle-timeout',
  /** No complete head within `headTimeoutMs`. */
  'head-timeout',
  'content-too-slow',
  'reader-too-slow',
  /** The client had sent FIN, and its response moved no byte for `halfClosedTimeoutMs`. */
  'half-closed-timeout',
  /** An endpoint had not begun its response within `handlerTimeoutMs`. */
  'handler-timeout',
  /** The bytes are not a request, or are over a limit. */
  'parse-error',
  /** A balancer's connection did not begin with a valid PROXY header. */
  'proxy-refused',
  /** Content that no endpoint read was too much to discard. */
  'content-unwanted',
  /** An endpoint failed before or within its response. */
  'response-failed',
  /** The connection has had `requestsMax` requests. */
  'requests-max',
  /** Rejected with 503 because of `connectionsMax`. */
  'connections-max',
  /** Rejected with 503 because of `connectionsPerAddressMax`. */
  'connections-per-address-max',
  /** Over one of these two limits, with too many connections to reject each with 503. */
  'dropped',
  /** Closed while the server drained. */
  'drained',
  /** Closed with the server. */
  'cut-off',
] as const

/**
 * Why a connection was closed.
 *
 * @example
 * const reason: CloseReason = 'reader-too-slow'
 */
export type CloseReason = (typeof CLOSE_REASONS)[number]

/**
 * How many connections were closed for each reason.
 *
 * @example
 * const server = await serve({ root: 'examples/site', port: 0 })
 * const { reset, 'reader-too-slow': tooSlow }: CloseCounts = server.closeCounts
 * reset + tooSlow // => 0
 * await server.close()
 */
export type CloseCounts = Readonly<Record<CloseReason, number>>

/** Counts closed connections by reason, and reports each. */
export class CloseReasonCounter {
  readonly #counts = zeroCloseCounts()
  readonly #onClose: (reason: CloseReason, remoteAddress: string) => void

  constructor(onClose: (reason: CloseReason, remoteAddress: string) => void = () => {}) {
    this.#onClose = onClose
  }

  count(reason: CloseReason, remoteAddress: string): void {
    this.#counts[reason]++
    this.#onClose(reason, remoteAddress)
  }

  /** A copy, as of now. */
  get counts(): CloseCounts {
    return { ...this.#counts }
  }

  /** The counts above 0, such as `2 reset, 1 drained`. */
  toString(): string {
    return CLOSE_REASONS.filter(reason => this.#counts[reason] > 0)
      .map(reason => `${this.#counts[reason]} ${reason}`)
      .join(', ')
  }
}

export function zeroCloseCounts(): Record<CloseReason, number> {
  return Object.fromEntries(CLOSE_REASONS.map(reason => [reason, 0])) as Record<CloseReason, number>
}
