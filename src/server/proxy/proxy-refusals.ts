import type { Clock } from '../connection/clock.ts'
import type { Log } from '../log/log.ts'
import { PROXY_ERRORS, type ProxyErrorCode } from './proxy-result.ts'

/** A balancer with a wrong configuration causes thousands of refusals in a second. */
const LOG_INTERVAL_MS = 1000

/**
 * Logs connections that were closed because of their PROXY header, in at most one line per second.
 * Each line has the number of these connections since the line before it.
 */
export class ProxyRefusals {
  readonly #clock: Clock
  readonly #log: Log
  #count = 0
  #nextLogMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  add(code: ProxyErrorCode, remoteAddress: string): void {
    this.#count++
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#nextLogMs) return
    this.#nextLogMs = nowMs + LOG_INTERVAL_MS
    const text = `closed a connection from the balancer ${remoteAddress}: ${PROXY_ERRORS[code]}`
    this.#log.warn({ code, remoteAddress, connections: this.#count }, text)
    this.#count = 0
  }
}
