/**
 * The codes of refused requests besides those of the parser, with the status and the meaning of
 * each.
 */
export const REFUSAL_CODES: Readonly<Record<string, readonly [status: number, meaning: string]>> = {
  'head-timeout': [408, 'The request head was not complete within `--head-timeout-ms`.'],
  'content-too-slow': [408, 'The request body was below the minimum rate.'],
  'handler-timeout': [504, 'An endpoint had not begun its response within `--handler-timeout-ms`.'],
  'connections-max': [503, 'There were `--connections-max` connections.'],
  'connections-per-address-max': [
    503,
    'The address had `--connections-per-address-max` connections.',
  ],
  'expectation-unknown': [417, 'The Expect header has another value than 100-continue.'],
  'method-not-allowed': [405, 'The method is not allowed for this path; 501 if it is unknown.'],
  tunnel: [501, 'The method is CONNECT.'],
  'host-unknown': [421, 'The Host is none of the sites, and `--unknown-hosts` is `refuse`.'],
  forbidden: [403, 'The operating system does not let the server read the file.'],
  busy: [503, 'No descriptor is free, or too many files or listings wait.'],
}

/** A request that got an error, and why. */
export type RefusedRequest = {
  /** The code of docs/errors.md. */
  readonly code: string
  readonly status: number
  readonly remoteAddress: string
  /** Method and target, undefined if the request was refused before its head was complete. */
  readonly request: string | undefined
}

/** Counts refused requests by code, and reports each. The codes are those of the program. */
export class RefusalCounter {
  readonly counts: Map<string, number> = new Map()
  readonly #onRefusal: (refused: RefusedRequest) => void

  constructor(onRefusal: (refused: RefusedRequest) => void = () => {}) {
    this.#onRefusal = onRefusal
  }

  count(refused: RefusedRequest): void {
    this.counts.set(refused.code, (this.counts.get(refused.code) ?? 0) + 1)
    this.#onRefusal(refused)
  }
}
