import { setTimeout as sleep } from 'node:timers/promises'
import type { ReceivedResponse } from '../received-response.ts'
import type { Attempt } from './attempt.ts'
import { type Address, converse, type Ending } from './conversation.ts'
import { readFinalResponses } from './final-responses.ts'
import { type ParsedRequests, parseRequests } from './parsed-requests.ts'
import { lastRequest, latin1 } from './request-text.ts'
import type { Site } from './target-site.ts'

/** An attempt and the server's reaction to it. Probes check observations with pure functions. */
export type Observation = {
  readonly site: Site
  readonly attempt: Attempt
  /** The requests that were sent. */
  readonly sent: ParsedRequests
  readonly responses: readonly ReceivedResponse[]
  /** The bytes after the last response that are not a response. */
  readonly rest: Buffer
  readonly ending: Ending
  /** Whether the server accepts connections afterwards, and responds to a GET. */
  readonly health: 'alive' | 'unresponsive' | 'dead'
  /** For an attempt with cuts: the observation of the same bytes in one write. */
  readonly whole?: Observation
}

/**
 * How many health checks a server must fail before it counts as dead, and the pause before each.
 */
const HEALTH_CHECKS = 3
const HEALTH_CHECK_PAUSE_MS = 50

/** Makes attempts on one server and observes its reactions. */
export class ServerObserver {
  /** The number of connections made so far. */
  connections = 0
  readonly #address: Address
  readonly #site: Site
  readonly #deadlineMs: number

  constructor(address: Address, site: Site, deadlineMs: number) {
    this.#address = address
    this.#site = site
    this.#deadlineMs = deadlineMs
  }

  /** Makes an attempt. With a `silenceMs` below the deadline, a late response counts as missing. */
  async observe(attempt: Attempt, silenceMs: number = this.#deadlineMs): Promise<Observation> {
    const { cuts, ...uncut } = attempt
    const whole = cuts === undefined ? undefined : await this.observe(uncut, silenceMs)
    if (whole !== undefined && whole.health !== 'alive') return whole
    const sent = parseRequests(attempt.bytes)
    const methods = sent.requests.map(({ method }) => method)
    const isOpenEnded =
      !attempt.halfCloses && !sent.isTruncated && sent.requests.at(-1)?.keepsAlive === true
    const isEnough = (received: Buffer): boolean =>
      isOpenEnded &&
      sent.refusal === undefined &&
      readFinalResponses(received, methods, false).responses.filter(({ isComplete }) => isComplete)
        .length >= methods.length
    this.connections++
    const { received, ending } = await converse(this.#address, attempt, silenceMs, isEnough)
    const { responses, rest } = readFinalResponses(
      received,
      methods,
      ending === 'closed' || ending === 'reset',
    )
    const hasResponded = responses.length >= Math.max(1, methods.length)
    const health = hasResponded ? 'alive' : await this.#checkHealth()
    const observation = {
      site: this.#site,
      attempt,
      sent,
      responses,
      rest,
      ending,
      health,
    } as const
    return whole === undefined ? observation : { ...observation, whole }
  }

  async #checkHealth(): Promise<Observation['health']> {
    const bytes = latin1(lastRequest('GET', '/', this.#site.host))
    let isListening = false
    for (let check = 0; check < HEALTH_CHECKS; check++) {
      await sleep(HEALTH_CHECK_PAUSE_MS)
      this.connections++
      const { received, ending } = await converse(
        this.#address,
        { bytes },
        this.#deadlineMs,
        () => false,
      )
      if (received.length > 0) return 'alive'
      isListening ||= ending === 'silent' || ending === 'closed'
    }
    return isListening ? 'unresponsive' : 'dead'
  }
}
