import { setTimeout as sleep } from 'node:timers/promises'
import { type Attempt, lastRequest, latin1 } from './attempt.ts'
import { type Address, converse, type Ending } from './conversation.ts'
import { type ExpectedRequests, expectedRequests } from './expected-requests.ts'
import { type Response, readResponses } from './response.ts'
import type { Site } from './target-site.ts'

/** What a server made of an attempt. All that is found is found in these, by pure functions. */
export type Observation = {
  readonly site: Site
  readonly attempt: Attempt
  readonly reading: ExpectedRequests
  readonly answers: readonly Response[]
  /** What came after the answers and is none. */
  readonly rest: Buffer
  readonly ending: Ending
  /** Whether it accepts connections afterwards, and answers a GET there. */
  readonly life: 'well' | 'mute' | 'dead'
  /** Of an attempt that is cut: the same bytes, sent in one write. */
  readonly whole?: Observation
}

/** How often, and how long apart, a server is asked before it is called dead. */
const CALLS = 3
const CALL_PAUSE_MS = 50

export class Observer {
  /** Connections made so far. */
  connections = 0
  readonly #address: Address
  readonly #site: Site
  readonly #deadlineMs: number

  constructor(address: Address, site: Site, deadlineMs: number) {
    this.#address = address
    this.#site = site
    this.#deadlineMs = deadlineMs
  }

  /** Waits for as long as the server may take, or less: what is missing by then is to be looked at again. */
  async observe(attempt: Attempt, silenceMs: number = this.#deadlineMs): Promise<Observation> {
    const { cuts, ...uncut } = attempt
    const whole = cuts === undefined ? undefined : await this.observe(uncut, silenceMs)
    if (whole !== undefined && whole.life !== 'well') return whole
    const reading = expectedRequests(attempt.bytes)
    const methods = reading.requests.map(({ method }) => method)
    const isOpenEnded =
      !attempt.finishes && !reading.isCut && reading.requests.at(-1)?.keepsOpen === true
    const isEnough = (received: Buffer): boolean =>
      isOpenEnded &&
      reading.refusal === undefined &&
      readResponses(received, methods, false).list.filter(({ isWhole }) => isWhole).length >=
        methods.length
    this.connections++
    const { received, ending } = await converse(this.#address, attempt, silenceMs, isEnough)
    const { list: answers, rest } = readResponses(
      received,
      methods,
      ending === 'closed' || ending === 'reset',
    )
    const isPlainlyAlive = answers.length >= Math.max(1, methods.length)
    const life = isPlainlyAlive ? 'well' : await this.#life()
    const observation = { site: this.#site, attempt, reading, answers, rest, ending, life } as const
    return whole === undefined ? observation : { ...observation, whole }
  }

  async #life(): Promise<Observation['life']> {
    const bytes = latin1(lastRequest('GET', '/', this.#site.host))
    let isThere = false
    for (let call = 0; call < CALLS; call++) {
      await sleep(CALL_PAUSE_MS)
      this.connections++
      const { received, ending } = await converse(
        this.#address,
        { bytes },
        this.#deadlineMs,
        () => false,
      )
      if (received.length > 0) return 'well'
      isThere ||= ending === 'silent' || ending === 'closed'
    }
    return isThere ? 'mute' : 'dead'
  }
}
