import { StatusCode } from '../../response/index.ts'
import { planText } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import { Deadline } from '../connection/timer-wheel.ts'
import type { ServerContext } from '../server-context.ts'

export const SLEEP_PATH = '/sleep'

/** `/sleep`: responds after `sleepMs`, and delays no other request. */
export function respondSleep(exchange: Exchange, { config, wheel }: ServerContext): void {
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
