import { StatusCode } from '../../response/index.ts'
import { planText } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import { Deadline } from '../connection/timer-wheel.ts'
import type { EndpointParts } from './parts.ts'

export const SLEEP_PATH = '/sleep'

/** `/sleep`: answers after a while, and holds up nobody else. */
export function answerSleep(exchange: Exchange, { config, wheel }: EndpointParts): void {
  exchange.noHandlerTimeout = true
  const alarm = new Alarm(() => exchange.send(planText(StatusCode.Ok)))
  wheel.set(alarm, config.sleepMs)
  exchange.onAbort(() => wheel.clear(alarm))
}

class Alarm extends Deadline {
  readonly #ring: () => void

  constructor(ring: () => void) {
    super()
    this.#ring = ring
  }

  override expired(): void {
    this.#ring()
  }
}
