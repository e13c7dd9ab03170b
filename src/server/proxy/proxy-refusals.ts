import type { Clock } from '../connection/clock.ts'
import type { Log } from '../log/log.ts'
import { PROXY_ERRORS, type ProxyErrorCode } from './index.ts'

/** A balancer that is set up wrongly makes thousands in a second: the log has one line for them. */
const QUIET_MS = 1000

/** Tells of connections that were closed for what they began with in the place of a PROXY header. */
export class ProxyRefusals {
  readonly #clock: Clock
  readonly #log: Log
  #count = 0
  #quietUntilMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  add(code: ProxyErrorCode, remote: string): void {
    this.#count++
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#quietUntilMs) return
    this.#quietUntilMs = nowMs + QUIET_MS
    const text = `a connection from the balancer ${remote} was closed: ${PROXY_ERRORS[code]}`
    // Those of the quiet before it are counted in.
    this.#log.warn({ code, remote, connections: this.#count }, text)
    this.#count = 0
  }
}
